import { openKeys, usedKey, type UsedObject } from '../core/breakglass/hold.ts'
import { holderOf } from '../core/breakglass/holder.ts'
import { stringAt, type JsonObject } from '../core/manifest/json.ts'
import type { StoreChange } from './watch-store.ts'

/**
 * Grants by holder, and by the objects of their open uses: a decision looks at those of one user or
 * object, however many others there are.
 */
export class GrantIndex {
  readonly #byHolder = new Shelves()
  readonly #byObject = new Shelves()

  ofUser(username: string): readonly JsonObject[] {
    return this.#byHolder.at(username)
  }

  usedOn(on: UsedObject): readonly JsonObject[] {
    // Most of the time there are none, and every write of an engine asks.
    return this.#byObject.isEmpty() ? [] : this.#byObject.at(usedKey(on))
  }

  take({ before, after }: StoreChange): void {
    if (before !== undefined) {
      this.#byHolder.remove(holdersOf(before), before)
      this.#byObject.remove(openKeys(before), before)
    }
    if (after !== undefined) {
      this.#byHolder.add(holdersOf(after), after)
      this.#byObject.add(openKeys(after), after)
    }
  }
}

/** Grants by name, under each of their keys. */
class Shelves {
  readonly #shelves = new Map<string, Map<string, JsonObject>>()

  isEmpty(): boolean {
    return this.#shelves.size === 0
  }

  at(key: string): readonly JsonObject[] {
    return Array.from(this.#shelves.get(key)?.values() ?? [])
  }

  add(keys: Iterable<string>, grant: JsonObject): void {
    for (const key of keys) {
      const shelf = this.#shelves.get(key) ?? new Map<string, JsonObject>()
      this.#shelves.set(key, shelf.set(nameOf(grant), grant))
    }
  }

  remove(keys: Iterable<string>, grant: JsonObject): void {
    for (const key of keys) {
      const shelf = this.#shelves.get(key)
      shelf?.delete(nameOf(grant))
      if (shelf?.size === 0) this.#shelves.delete(key)
    }
  }
}

function holdersOf(grant: JsonObject): readonly string[] {
  const holder = holderOf(grant)
  return holder === undefined ? [] : [holder]
}

function nameOf(grant: JsonObject): string {
  return stringAt(grant, 'metadata', 'name') ?? ''
}
