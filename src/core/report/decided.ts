import type { Recorded } from './recorded.ts'

/** On what ground something was admitted; `not-enforced`: only the mode admitted it. */
export const grounds = [
  'git',
  'break-glass',
  'exception',
  'own-object',
  'out-of-scope',
  'not-enforced',
  'unchanged',
] as const

export type Ground = (typeof grounds)[number]

const groundOf: Readonly<Record<string, Ground>> = {
  VerifiedCommit: 'git',
  BreakGlass: 'break-glass',
  Exception: 'exception',
  OwnObject: 'own-object',
  OutOfScope: 'out-of-scope',
  NoDesiredStateChange: 'unchanged',
}

/** All records of one decision id, as one decision. */
export interface Decided {
  /** Of the first record: it decides in which period the decision is. */
  readonly time: string
  readonly ms: number
  readonly records: number
  readonly outcome: 'admitted' | 'denied' | 'dry-run'
  /** Null unless it is admitted. */
  readonly ground: Ground | null
  /** The first record that allows; where none does, the first. */
  readonly told: Recorded
}

/** At least one record; all of the same id. The order in which they come does not matter. */
export function toDecided(records: readonly [Recorded, ...Recorded[]]): Decided {
  const real = records.filter(({ dryRun }) => !dryRun)
  const isReal = real.length > 0
  const all = (isReal ? real : [...records]).toSorted(inOrder)
  const first = all[0] ?? records[0]
  const told = all.find(({ isAllow }) => isAllow) ?? first
  const outcome = isReal ? (told.isAllow ? 'admitted' : 'denied') : 'dry-run'
  return {
    time: first.time,
    ms: first.ms,
    records: all.length,
    outcome,
    ground: outcome === 'admitted' ? groundFor(told) : null,
    told,
  }
}

/** A reason that is not known is nobody's ground: it is shown as what was not enforced. */
function groundFor({ wouldDeny, reason }: Recorded): Ground {
  if (wouldDeny || !Object.hasOwn(groundOf, reason)) return 'not-enforced'
  return groundOf[reason] ?? 'not-enforced'
}

function inOrder(a: Recorded, b: Recorded): number {
  if (a.ms !== b.ms) return a.ms - b.ms
  if (a.writer !== b.writer) return a.writer < b.writer ? -1 : 1
  return a.seq - b.seq
}
