import type { Operation } from '../../admission/request.ts'
import type { Evidence } from '../evidence.ts'
import type { ParentRule } from '../parent-rule.ts'
import type { RowCondition } from '../row-condition.ts'

/** What a default install of an engine or operator writes on its own account, as data. */
export interface Preset {
  readonly name: string
  /** Which install, for people. */
  readonly install: string
  /** Where it runs by default; `namespace` of the entry says otherwise. */
  readonly namespace: string
  readonly accounts: readonly PresetAccount[]
  /** What whoever the entry names as its subject may do: a group of people, mostly. */
  readonly forSubject?: readonly PresetRow[]
}

/** A service account of the install, with the rows that it needs. */
export interface PresetAccount {
  readonly account: string
  /** Where it runs whatever `namespace` says; in the namespace of the install without it. */
  readonly namespace?: string
  /** It changes the cluster from Git. */
  readonly writer?: PresetWriter
  readonly allow: readonly PresetRow[]
  readonly derived?: readonly PresetDerived[]
}

interface PresetWriter {
  /** Behind the name of the entry: writers have names of their own. */
  readonly suffix: string
  readonly evidence: readonly [Evidence, ...Evidence[]]
}

/** `install`: of the install itself; `cluster`: cluster-scoped objects; `anywhere`: both of the others. */
export type Reach = 'every-namespace' | 'install' | 'cluster' | 'anywhere'

export interface PresetRow {
  /** Exact ones, or `*.GROUP` and `*.GROUP/SUBRESOURCE` for kinds that only the cluster knows. */
  readonly resources: readonly string[]
  readonly operations: readonly Operation[]
  readonly fields?: readonly string[]
  readonly where: Reach | { readonly namespace: string }
  readonly names?: readonly string[]
  readonly only?: RowCondition
  readonly reason: string
}

/** What it makes of objects that Git declares. */
export interface PresetDerived {
  /** Behind the name of the entry. */
  readonly suffix: string
  readonly parent: ParentRule
  readonly allow: readonly PresetDerivedRow[]
  readonly reason: string
}

interface PresetDerivedRow {
  /** Exact ones, or `*` for every main resource. */
  readonly resources: readonly string[]
  readonly operations: readonly Exclude<Operation, 'CONNECT'>[]
  readonly fields?: readonly string[]
}
