import type { AdmissionRequest, Operation } from '../admission/request.ts'
import type { BuiltInSubject } from '../identity/built-in-subject.ts'
import type { LiveKind, LiveReference, Live, LiveList } from './cluster.ts'

/** One line of the built-in table: what a part of the control plane may do without a commit. */
export interface BuiltInRow {
  /** Unique; records and messages name it. */
  readonly name: string
  readonly subject: BuiltInSubject
  /** `resource[.group][/subresource]`, each exact; `*` is every main resource. */
  readonly resources: readonly string[]
  readonly operations: readonly Operation[]
  /** For CREATE and UPDATE: what may change, with all below it. */
  readonly fields?: readonly string[]
  /** Every name without it. */
  readonly names?: readonly string[]
  /** Every namespace and cluster-scoped objects without it. */
  readonly namespaces?: readonly string[]
  readonly condition?: Condition
  /** What the control plane does with it. */
  readonly note: string
}

/** A predicate over a write and the cluster. */
export interface Condition {
  /** What must hold, to be read after "only where". */
  readonly says: string
  readonly holds: (write: Write) => boolean | Promise<boolean>
}

/** A write under judgement, with eyes on the cluster. */
export interface Write {
  readonly request: AdmissionRequest
  readonly read: (reference: LiveReference) => Promise<Live>
  readonly list: (kind: LiveKind) => Promise<LiveList>
}

export function all(...conditions: readonly Condition[]): Condition {
  return {
    says: conditions.map(({ says }) => says).join(', and '),
    async holds(write) {
      for (const condition of conditions) if (!(await condition.holds(write))) return false
      return true
    },
  }
}
