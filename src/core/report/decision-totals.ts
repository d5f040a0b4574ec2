import { grounds, type Ground } from './decided.ts'
import type { Period } from './period.ts'
import type { ChangeRow, DenialRow, DryRunRow } from './rows.ts'
import { tallyOf, type Counted } from './tally.ts'
import { timelineOf, type Slot } from './timeline.ts'

export interface DecisionTotals {
  readonly records: number
  readonly dryRuns: number
  readonly denied: number
  readonly byGround: Readonly<Record<Ground, number>>
  readonly commits: number
  readonly byRepository: readonly Counted[]
  readonly byWriter: readonly Counted[]
  readonly byAuthor: readonly Counted[]
  readonly byNamespace: readonly Counted[]
  readonly byException: readonly Counted[]
  readonly byUser: readonly Counted[]
  readonly notEnforcedByReason: readonly Counted[]
  readonly denialsByReason: readonly Counted[]
  readonly denialsByUser: readonly Counted[]
  readonly timeline: readonly Slot[]
  /** Decisions that were admitted under break-glass, to be compared with stored uses. */
  readonly underBreakGlass: ReadonlySet<string>
}

export interface Totalling {
  addChange(row: ChangeRow, ms: number): void
  addDenial(row: DenialRow, ms: number): void
  addDryRun(row: DryRunRow): void
  totals(): DecisionTotals
}

const noNamespace = '(cluster)'

/** Counts row by row. What it keeps grows with names and commits, not with decisions. */
export function totalling(period: Period): Totalling {
  const byGround = Object.fromEntries(grounds.map((ground) => [ground, 0])) as Record<
    Ground,
    number
  >
  const counted = { records: 0, dryRuns: 0, denied: 0 }
  const commits = new Set<string>()
  const underBreakGlass = new Set<string>()
  const [repositories, writers, authors, exceptions] = [tallyOf(), tallyOf(), tallyOf(), tallyOf()]
  const [namespaces, users, notEnforced] = [tallyOf(), tallyOf(), tallyOf()]
  const [reasons, denied] = [tallyOf(), tallyOf()]
  const timeline = timelineOf(period)

  const addFromGit = ({ repository, commit, rule, author }: ChangeRow): void => {
    commits.add(`${repository} ${commit}`)
    repositories.add(repository)
    writers.add(rule)
    authors.add(author)
  }

  return {
    addChange: (row, ms) => {
      const { ground, decision_id: id, rule, reason, namespace, user } = row
      counted.records += row.records
      byGround[ground] += 1
      timeline.add(ms, ground)
      if (ground === 'unchanged') return
      namespaces.add(namespace === '' ? noNamespace : namespace)
      users.add(user)
      if (ground === 'git') addFromGit(row)
      if (ground === 'exception') exceptions.add(rule)
      if (ground === 'break-glass') underBreakGlass.add(id)
      if (ground === 'not-enforced') notEnforced.add(reason)
    },
    addDenial: ({ records, reason, user }, ms) => {
      counted.records += records
      counted.denied += 1
      timeline.add(ms, 'denied')
      reasons.add(reason)
      denied.add(user)
    },
    addDryRun: ({ records }) => {
      counted.records += records
      counted.dryRuns += 1
    },
    totals: () => ({
      ...counted,
      byGround,
      commits: commits.size,
      byRepository: repositories.counts(),
      byWriter: writers.counts(),
      byAuthor: authors.counts(),
      byNamespace: namespaces.counts(),
      byException: exceptions.counts(),
      byUser: users.counts(),
      notEnforcedByReason: notEnforced.counts(),
      denialsByReason: reasons.counts(),
      denialsByUser: denied.counts(),
      timeline: timeline.slots(),
      underBreakGlass,
    }),
  }
}
