import type { JsonObject } from '../manifest/json.ts'

/** A live object by its kind, as ownerReferences name it; the adapter knows the resource. */
export interface LiveReference {
  readonly group: string
  /** Empty when nobody says: then the preferred one of the group. */
  readonly version: string
  readonly kind: string
  /** Empty for cluster-scoped objects. */
  readonly namespace: string
  readonly name: string
}

export type Live =
  | { readonly kind: 'found'; readonly object: JsonObject }
  /** It does not exist, or nothing of its kind is served. */
  | { readonly kind: 'absent' }
  /** Our account may not read it: `permission` is what it lacks, such as `get widgets.example.com`. */
  | { readonly kind: 'unreadable'; readonly permission: string }

/** The cluster as conditions of exceptions see it: always the present state, never a cache. */
export interface Cluster {
  /** Rejects with ClusterUnreachable when there is no answer. */
  read(reference: LiveReference, signal: AbortSignal): Promise<Live>
}
