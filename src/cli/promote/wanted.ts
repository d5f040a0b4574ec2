import type { JsonObject } from '../../core/manifest/json.ts'
import type { ObjectId } from '../../core/manifest/object-id.ts'

/** What Git is to say of one object. */
export interface Wanted {
  readonly id: ObjectId
  /** Fields that change, as people are told; none where all of it comes or goes. */
  readonly paths: readonly string[]
  /** Uses that ask for it; none of a proposal. */
  readonly uses: readonly number[]
  readonly change: Change
}

export type Change =
  /** Of what Git declares already; why, where that is impossible. */
  | { readonly kind: 'change'; readonly next: (declared: JsonObject) => JsonObject | string }
  /** Declared already or not. */
  | {
      readonly kind: 'add'
      readonly next: (declared?: JsonObject) => JsonObject | string
      /** A whole document that says it, comments and all, for where nothing declares it. */
      readonly text?: string
    }
  | { readonly kind: 'remove' }

/** What nothing has to be done for, or nothing can. */
export interface Unwanted {
  readonly kind: 'skipped' | 'blocked'
  readonly title: string
  readonly why: string
  readonly uses: readonly number[]
}

export const secretsText =
  'values of Secrets do not go into Git as they are: change it where it is encrypted, or in the store that it comes from'

export function titleOf({ kind, namespace, name }: ObjectId): string {
  return `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`
}
