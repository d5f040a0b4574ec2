import type { ObjectId } from '../manifest/object-id.ts'
import type { Reason } from '../decision/reasons.ts'

/** In the order in which summaries have them. */
export const findingKinds = ['undeclared', 'different', 'missing', 'superseded'] as const

export type FindingKind =
  /** It is in the cluster, and no head declares it. */
  | 'undeclared'
  /** A head declares it otherwise. */
  | 'different'
  /** A head declares it, and it is not in the cluster. */
  | 'missing'
  /** It is as an older commit of the branch declares it, and not as the head does. */
  | 'superseded'

/** Where Git declares the object. */
export interface DeclaredPlace {
  readonly repository: string
  readonly branch: string
  readonly commit: string
  /** From the root of the repository. */
  readonly file: string
  /** From 1. */
  readonly line: number
}

/** What managedFields say of the last write: client text, which anybody can choose. Never proof. */
export interface WriterHint {
  readonly isHint: true
  readonly manager: string
  /** `Apply` or `Update`. */
  readonly operation: string
  /** RFC 3339; empty if nobody says. */
  readonly time: string
  readonly subresource?: string
}

/** What the decision table says of the write by which the object came to be so, were it made now. */
export interface WouldDeny {
  /** To a person, and to whoever nobody knows. */
  readonly human: DeniedBy
  /** To a writer of the policy that brings no better commit; absent where the policy has none. */
  readonly writer?: DeniedBy
  /** Of the scope: under `audit` and `warn` it would only be recorded. */
  readonly mode: 'audit' | 'warn' | 'enforce' | 'sealed'
}

export interface DeniedBy {
  readonly reason: Reason
  /** Number of the row of the decision table. */
  readonly row: number
  /** What the row is about, in a word or two. */
  readonly rule: string
}

export interface ScannedObject extends ObjectId {
  /** As it was read, or as it is declared where it is missing. */
  readonly version: string
  /** Plural of the kind; empty where nothing of the kind is served. */
  readonly resource: string
  /** Empty where it is missing. */
  readonly uid: string
}

export interface Finding {
  readonly type: 'finding'
  readonly kind: FindingKind
  readonly object: ScannedObject
  /** Fields that are not as declared, at most 20; never a value. */
  readonly paths: readonly string[]
  /** How many more there are. */
  readonly morePaths: number
  /** What the heads declare; absent where nothing does. */
  readonly declared?: DeclaredPlace
  /** The older commit by which it is as it is, or which was the last to declare it. */
  readonly former?: DeclaredPlace
  /** Why it was looked at in another way than most: one sentence. */
  readonly note?: string
  readonly who?: WriterHint
  readonly wouldDeny: WouldDeny
}

/** Why something that no head declares is no finding. */
export type Ignored =
  /** Never desired state, or its scope is off. */
  | 'out-of-scope'
  /** Solewriter's own. */
  | 'own'
  /** A row of the built-in table or of the policy lets its writer make it. */
  | 'exception'
  /** The object that owns it is explained by itself. */
  | 'owner'
  /** An object from which it follows, such as the release of a chart, is as declared. */
  | 'derived'
  /** It is declared to come and go: hooks, Jobs that remove themselves, names made by the server. */
  | 'transient'
  /** It is declared encrypted: only that it is there can be told. */
  | 'encrypted'
  /** It is being deleted. */
  | 'terminating'

/** What nobody could find out; nothing is clean before it is put right. */
export interface Unknown {
  readonly type: 'unknown'
  /** A kind, a repository or a source: what could not be read. */
  readonly what: string
  readonly why: string
  /** Objects of which therefore nothing is known; 0 if nobody can count them. */
  readonly objects: number
  /** Our account may not read it, so that the next scan will not know either. */
  readonly lacksRight?: true
}

interface ScannedHead {
  readonly repository: string
  readonly branch: string
  readonly commit: string
}

export interface DeniedCount extends DeniedBy {
  readonly as: 'human' | 'writer'
  readonly count: number
}

export type ScanTrigger = 'command' | 'start' | 'schedule' | 'gap'

/** The last line of the results. */
export interface ScanSummary {
  readonly type: 'summary'
  /** `drift` goes before `unknown`: what was found is certain. */
  readonly verdict: 'clean' | 'drift' | 'unknown'
  readonly trigger: ScanTrigger
  /** Uid of the cluster. */
  readonly cluster: string
  /** Hash of the policy. */
  readonly policy: string
  /** RFC 3339. */
  readonly startedAt: string
  readonly endedAt: string
  readonly heads: readonly ScannedHead[]
  /** Of live objects, looked at. */
  readonly objects: number
  /** Of kinds that were listed. */
  readonly kinds: number
  /** As a head declares them. */
  readonly asDeclared: number
  readonly findings: Readonly<Record<FindingKind, number>>
  readonly ignored: Readonly<Record<Ignored, number>>
  /** What would have been denied, and by which rule; most first. */
  readonly wouldDeny: readonly DeniedCount[]
  readonly unknown: number
  /** Groups that admission is never asked about, since other API servers serve them. */
  readonly notSeen: readonly string[]
  /** Findings that are counted and not listed. */
  readonly omitted: number
}

/** One line of the results, as JSON. */
export type ScanLine = Finding | Unknown | ScanSummary
