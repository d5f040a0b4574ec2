import type { JsonObject } from '../manifest/json.ts'
import type { UsedObject } from './hold.ts'

/** The grants of the cluster. All that is asked of whoever keeps them is one write at a time. */
export interface Grants {
  /**
   * All grants of a holder, see holderOf, and perhaps others. `seen`: as a watch last had them; `live`:
   * no older than this call. Rejects with ClusterUnreachable.
   */
  ofUser(
    username: string,
    freshness: 'seen' | 'live',
    signal: AbortSignal,
  ): Promise<readonly JsonObject[]>
  /** No older than this call; undefined if there is none. Rejects with ClusterUnreachable. */
  read(name: string, signal: AbortSignal): Promise<JsonObject | undefined>
  /** All approvals of a grant, no older than this call. Rejects with ClusterUnreachable. */
  approvals(grant: string, signal: AbortSignal): Promise<readonly JsonObject[]>
  /**
   * Grants with a use on that object, as a watch last had them, and perhaps others. None while nobody
   * knows: what they are asked for must not stop automation.
   */
  usedOn(on: UsedObject): readonly JsonObject[]
  /** Stores a new grant, unless there is one of its name. Rejects with ClusterUnreachable. */
  create(grant: JsonObject, signal: AbortSignal): Promise<'created' | 'exists'>
  /** Replaces the status, unless the grant has changed since it was read. Never rejects. */
  record(name: string, next: NextStatus, signal: AbortSignal): Promise<Recorded>
  /** Before a write that met another one is tried again: soon, and by chance. */
  pause(signal: AbortSignal): Promise<void>
  /** After a write, before the next one: long enough for those of others, where others write it too. */
  rest(name: string): Promise<void>
}

interface NextStatus {
  readonly resourceVersion: string
  readonly status: JsonObject
}

export type Recorded =
  | { readonly kind: 'stored' }
  | { readonly kind: 'conflict' }
  | { readonly kind: 'gone' }
  /** It may have been stored all the same. */
  | { readonly kind: 'failed'; readonly why: string }

/** What somebody makes of a grant as it is: another status, or nothing. */
export type Change<T> = (grant: JsonObject) => Promise<Changed<T>>
export type Changed<T> =
  | { readonly kind: 'store'; readonly status: JsonObject; readonly answer: T }
  | { readonly kind: 'leave'; readonly answer: T }

export type Amended<T> =
  | { readonly kind: 'done'; readonly answer: T }
  | { readonly kind: 'gone' }
  | { readonly kind: 'failed'; readonly why: string }

/** Where decisions read grants and leave their uses. */
export interface GrantStore extends Pick<
  Grants,
  'ofUser' | 'read' | 'approvals' | 'usedOn' | 'create'
> {
  /**
   * Asks `change` about the grant as it is now, and again whenever somebody else was faster, until what
   * it says is stored or the signal ends it. Never rejects.
   */
  amend<T>(name: string, change: Change<T>, signal: AbortSignal): Promise<Amended<T>>
}
