import type { JsonObject } from '../manifest/json.ts'

/** A kind of live object, as ownerReferences name it; the adapter knows the resource. */
export interface LiveKind {
  readonly group: string
  /** Empty when nobody says: then the preferred one of the group. */
  readonly version: string
  readonly kind: string
  /**
   * Of the object that refers to it: an adapter leaves it out for a kind that is cluster-scoped.
   * Empty for cluster-scoped objects, which cannot refer to one in a namespace.
   */
  readonly namespace: string
}

export interface LiveReference extends LiveKind {
  readonly name: string
}

/** Our account may not read it: `permission` is what it lacks, such as `get widgets.example.com`. */
interface Unreadable {
  readonly kind: 'unreadable'
  readonly permission: string
}

export type Live =
  | { readonly kind: 'found'; readonly object: JsonObject }
  /** It does not exist, or nothing of its kind is served. */
  | { readonly kind: 'absent' }
  | Unreadable

export type LiveList =
  { readonly kind: 'found'; readonly objects: readonly JsonObject[] } | Unreadable

/** The cluster as conditions of exceptions see it: always the present state, never a cache. */
export interface Cluster {
  /** Rejects with ClusterUnreachable when there is no answer. */
  read(reference: LiveReference, signal: AbortSignal): Promise<Live>
  /** All of one kind, in the namespace if there is one; rejects like `read`. */
  list(kind: LiveKind, signal: AbortSignal): Promise<LiveList>
}
