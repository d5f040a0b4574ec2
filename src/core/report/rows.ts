import { authorText, type Author } from './author.ts'
import type { Decided, Ground } from './decided.ts'

/** What both files of decisions say of one. An alias, since an interface is no row to TypeScript. */
type DecisionRow = {
  readonly time: string
  readonly decision_id: string
  /** How many records it has. */
  readonly records: number
  readonly reason: string
  readonly rule: string
  readonly operation: string
  readonly resource: string
  readonly subresource: string
  readonly namespace: string
  readonly name: string
  readonly user: string
  readonly identity: string
  readonly mode: string
  readonly policy: string
}

/** A decision that was admitted. */
export type ChangeRow = DecisionRow & {
  readonly ground: Ground
  readonly repository: string
  readonly commit: string
  readonly path: string
  /** Empty where no commit shows the change. */
  readonly author: string
}

/** A decision that was denied; repository and commit are what was claimed. */
export type DenialRow = DecisionRow & {
  readonly claimed_repository: string
  readonly claimed_commit: string
}

export type DryRunRow = Pick<DecisionRow, 'time' | 'decision_id' | 'records'> & {
  readonly answer: 'allow' | 'deny'
}

/** `author` is asked for where a commit shows the change. */
export function toChangeRow(one: Decided, ground: Ground, author: Author | undefined): ChangeRow {
  const { repository, commit, path } = one.told
  const isFromGit = ground === 'git'
  return {
    ...rowOf(one),
    ground,
    repository: isFromGit ? repository : '',
    commit: isFromGit ? commit : '',
    path: isFromGit ? path : '',
    author: isFromGit && author !== undefined ? authorText(author) : '',
  }
}

export function toDenialRow(one: Decided): DenialRow {
  const { repository, commit } = one.told
  return { ...rowOf(one), claimed_repository: repository, claimed_commit: commit }
}

export function toDryRunRow({ time, told, records }: Decided): DryRunRow {
  return { time, decision_id: told.id, records, answer: told.isAllow ? 'allow' : 'deny' }
}

function rowOf({ time, records, told }: Decided): DecisionRow {
  return {
    time,
    decision_id: told.id,
    records,
    reason: told.reason,
    rule: told.rule,
    operation: told.operation,
    resource: told.resource,
    subresource: told.subresource,
    namespace: told.namespace,
    name: told.name,
    user: told.user,
    identity: told.identity,
    mode: told.mode,
    policy: told.policy,
  }
}
