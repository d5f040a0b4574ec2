import type { PolicySource } from '../../config/policy-file.ts'
import type { Drift } from '../../core/console/drift-page.ts'
import type { MirrorFacts } from '../../core/console/repositories-page.ts'
import type { ClusterLists } from './cluster-lists.ts'
import type { RecordIndex } from './record-index.ts'
import type { RecordSearch } from './record-search.ts'

/** Where the pages have what they show. */
export interface ConsoleSources {
  readonly policy: PolicySource
  readonly lists: ClusterLists
  /** Undefined where no records are read. */
  readonly records: { readonly index: RecordIndex; readonly search: RecordSearch } | undefined
  readonly gate: () => GateState
  /** By repository; undefined where this replica keeps none. */
  readonly mirrors: () => ReadonlyMap<string, MirrorFacts> | undefined
  readonly drift: (signal: AbortSignal) => Promise<Drift>
  /** What people call the cluster. */
  readonly cluster: () => string
  readonly now: () => number
}

export interface GateState {
  readonly isLeading: boolean
  readonly isEmergency: boolean
  readonly faults: readonly { readonly fault: string; readonly detail: string }[]
}
