import type { Operation } from '../admission/request.ts'
import type { ParentRule } from './parent-rule.ts'
import type { RowCondition } from './row-condition.ts'
import type { ExactSubject, Subject } from './subject.ts'
import type { WrittenWriter } from './writer-schema.ts'

/** Which entry of the policy asked for the preset that this comes from. */
export interface PresetOrigin {
  readonly preset: string
  readonly list: 'writers' | 'exceptions'
  /** Name of the entry. */
  readonly entry: string
}

/** A writer with all that it lacked from its preset. */
export interface Writer extends Omit<
  WrittenWriter,
  'name' | 'preset' | 'namespace' | 'accounts' | 'subject' | 'podBound'
> {
  readonly name: string
  readonly subject: ExactSubject
  readonly podBound: boolean
  readonly evidence: NonNullable<WrittenWriter['evidence']>
  readonly from?: PresetOrigin
}

export interface Exception {
  readonly name: string
  readonly subject: Subject
  readonly allow: readonly ExceptionRow[]
  readonly reason: string
  readonly from?: PresetOrigin
}

/** In rows of presets alone: `*` for every namespace, and `*.GROUP` for every resource of a group. */
export interface ExceptionRow {
  readonly resources: readonly string[]
  readonly operations: readonly Operation[]
  readonly fields?: readonly string[]
  readonly namespaces: readonly string[]
  readonly names?: readonly string[]
  readonly only?: RowCondition
  /** Of this row, where the exception has several. */
  readonly reason?: string
}

/** What an operator may make of objects that Git declares. */
export interface DerivedEntry {
  readonly name: string
  readonly subject: ExactSubject
  readonly parent: ParentRule
  readonly allow: readonly DerivedRow[]
  readonly reason: string
  readonly from?: PresetOrigin
}

/** In rows of presets alone: `*` for every main resource. */
export interface DerivedRow {
  readonly resources: readonly string[]
  readonly operations: readonly Exclude<Operation, 'CONNECT'>[]
  readonly fields?: readonly string[]
  readonly namespaces?: readonly string[]
  readonly names?: readonly string[]
}
