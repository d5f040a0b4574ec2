import { holderOf } from '../core/breakglass/holder.ts'
import { stringAt, type JsonObject } from '../core/manifest/json.ts'
import type { StoreChange } from './watch-store.ts'

/** Grants by holder: a decision looks at those of one user, however many others there are. */
export class GrantIndex {
  readonly #byHolder = new Map<string, Map<string, JsonObject>>()

  ofUser(username: string): readonly JsonObject[] {
    return Array.from(this.#byHolder.get(username)?.values() ?? [])
  }

  take({ before, after }: StoreChange): void {
    if (before !== undefined) this.#remove(before)
    if (after !== undefined) this.#add(after)
  }

  #add(grant: JsonObject): void {
    const holder = holderOf(grant)
    if (holder === undefined) return
    const own = this.#byHolder.get(holder) ?? new Map<string, JsonObject>()
    this.#byHolder.set(holder, own.set(nameOf(grant), grant))
  }

  #remove(grant: JsonObject): void {
    const holder = holderOf(grant) ?? ''
    const own = this.#byHolder.get(holder)
    own?.delete(nameOf(grant))
    if (own?.size === 0) this.#byHolder.delete(holder)
  }
}

function nameOf(grant: JsonObject): string {
  return stringAt(grant, 'metadata', 'name') ?? ''
}
