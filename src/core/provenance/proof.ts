import type { AdmissionRequest } from '../admission/request.ts'
import type { EngineObjects } from '../engines/engine-objects.ts'
import type { Cluster } from '../exceptions/cluster.ts'
import type { ObjectId } from '../manifest/object-id.ts'
import type { Policy, PolicyRepository, Writer } from '../policy/schema.ts'
import type { Declarations } from './declarations.ts'
import type { Repositories, Repository } from './repository.ts'

/** What Git showed, for the record. */
export interface Provenance {
  readonly repository: string
  readonly commit: string
  /** `file:line` of the declaration, when level `declared` or above looked for it. */
  readonly path: string | undefined
  readonly evidence: string
}

export type RefutingReason =
  | 'EvidenceMissing'
  | 'EvidenceConflict'
  | 'EvidenceRefused'
  | 'RepositoryNotAllowed'
  | 'CommitMalformed'
  | 'CommitUnknown'
  | 'CommitNotOnBranch'
  | 'CommitSuperseded'
  | 'MirrorStale'
  | 'IndexPending'
  | 'NotDeclared'
  | 'VersionMismatch'
  | 'ContentMismatch'
  | 'StillDeclared'

export interface Refutation {
  readonly kind: 'refuted'
  readonly reason: RefutingReason
  /** Why, and the way out. */
  readonly why: string
  /** Fields that are not as Git declares them. */
  readonly paths?: readonly string[]
}

export type Proof = { readonly kind: 'proven'; readonly provenance: Provenance } | Refutation

/** Everything that a claim is checked against. */
export interface Ground {
  readonly policy: Policy
  readonly repositories: Repositories
  readonly declarations: Declarations
  readonly cluster: Cluster
  readonly engineObjects: EngineObjects
  /**
   * Waits until the plans of engines follow what is known by now; false if they already did. Absent
   * where nothing changes.
   */
  readonly plansSettled?: (signal: AbortSignal) => Promise<boolean>
  /** False until they were followed once: until then nobody knows what engines declare. */
  readonly arePlansKnown?: () => boolean
  /** Epoch ms. */
  readonly now: () => number
  /** Ends the waiting for fetches and index jobs. */
  readonly signal: AbortSignal
}

/** The write whose origin is in question. */
export interface Subject {
  readonly request: AdmissionRequest
  readonly writer: Writer
  /** Undefined where nobody here knows what kind of object a subresource belongs to. */
  readonly target: ObjectId | undefined
}

/** A repository that the writer may apply, with its mirror. */
export interface Sourced {
  readonly settings: PolicyRepository
  readonly mirror: Repository
}

export function refuted(reason: RefutingReason, why: string): Refutation {
  return { kind: 'refuted', reason, why }
}
