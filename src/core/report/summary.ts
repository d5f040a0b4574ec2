import type { Reconciliation } from '../audit/reconcile/result.ts'
import type { Verification } from '../audit/verify.ts'
import { momentOf } from '../breakglass/moment.ts'
import type { ReportedGrant, ReportedUse } from './break-glass.ts'
import type { Coverage } from './coverage.ts'
import { grounds } from './decided.ts'
import type { DecisionTotals } from './decision-totals.ts'
import type { GroupName, NumberName } from './numbers.ts'
import { isWithin, type Period } from './period.ts'
import { tallyOf, type Counted } from './tally.ts'

export interface Summary {
  /** Null where what it would be made of was not given. */
  readonly numbers: Readonly<Record<NumberName, number | null>>
  readonly groups: Readonly<Record<GroupName, readonly Counted[] | null>>
}

export interface Found {
  readonly period: Period
  readonly totals: DecisionTotals
  /** Null where no cluster and no files were given. */
  readonly grants: readonly ReportedGrant[] | null
  readonly reconciliation: Reconciliation | null
  readonly verification: Verification
  readonly coverage: Coverage
}

export function summaryOf(found: Found): Summary {
  return {
    numbers: {
      ...decisionNumbers(found.totals),
      ...(found.grants === null ? unknown(glassNames) : glassNumbers(found.grants, found)),
      ...(found.reconciliation === null
        ? unknown(populationNames)
        : populationNumbers(found.reconciliation)),
      chains: found.verification.chains.length,
      chain_problems: found.verification.problemCount,
      unrecorded: found.coverage.unrecorded,
    },
    groups: groupsOf(found),
  }
}

type Numbers<Name extends NumberName> = Readonly<Record<Name, number | null>>

function unknown<Name extends NumberName>(names: readonly Name[]): Numbers<Name> {
  return Object.fromEntries(names.map((name) => [name, null])) as Numbers<Name>
}

function decisionNumbers(totals: DecisionTotals) {
  const { byGround, denied, dryRuns, records, commits } = totals
  const admitted = grounds.reduce((sum, ground) => sum + byGround[ground], 0)
  return {
    records,
    decisions: admitted + denied,
    dry_runs: dryRuns,
    admitted,
    unchanged: byGround.unchanged,
    changes: admitted - byGround.unchanged,
    changes_from_git: byGround.git,
    commits,
    changes_under_break_glass: byGround['break-glass'],
    changes_by_exception: byGround.exception,
    changes_of_own_objects: byGround['own-object'],
    changes_out_of_scope: byGround['out-of-scope'],
    changes_not_enforced: byGround['not-enforced'],
    denied,
  }
}

const glassNames = [
  'grants',
  'grants_created',
  'grants_unused',
  'approvals',
  'approvals_by_holder',
  'uses',
  'uses_open',
  'uses_unnecessary',
  'uses_without_record',
  'records_without_use',
  'longest_open_seconds',
  'post_mortems_closed',
  'post_mortems_open',
  'post_mortems_overdue',
  'reviews_by_holder',
] as const

function glassNumbers(
  grants: readonly ReportedGrant[],
  { totals, period }: Pick<Found, 'totals' | 'period'>,
): Numbers<(typeof glassNames)[number]> {
  const uses = usesInPeriod(grants)
  const approvals = grants.flatMap((one) => one.approvals).filter(({ counted }) => counted)
  const known = new Set(grants.flatMap((one) => one.uses.map(({ decisionId }) => decisionId)))
  const open = grants.filter(({ postMortem, closedAt }) => postMortem !== null && closedAt === null)
  const created = grants.filter(({ createdInPeriod }) => createdInPeriod)
  const longest = uses.flatMap(({ secondsOpen }) => secondsOpen ?? [])
  return {
    grants: grants.length,
    grants_created: created.length,
    grants_unused: created.filter((one) => one.uses.length === 0).length,
    approvals: approvals.length,
    approvals_by_holder: approvals.filter(({ byHolder }) => byHolder).length,
    uses: uses.length,
    uses_open: uses.filter(({ resolution }) => resolution === null).length,
    uses_unnecessary: uses.filter(({ unnecessary }) => unnecessary).length,
    uses_without_record: uses.filter(({ hasRecord }) => !hasRecord).length,
    records_without_use: Array.from(totals.underBreakGlass).filter((id) => !known.has(id)).length,
    longest_open_seconds: longest.length === 0 ? null : Math.max(...longest),
    post_mortems_closed: grants.filter(({ closedAt }) =>
      isWithin(momentOf(closedAt ?? undefined), period),
    ).length,
    post_mortems_open: open.length,
    post_mortems_overdue: open.filter(({ overdue }) => overdue.length > 0).length,
    reviews_by_holder: grants.filter(
      ({ review, holder }) => review !== null && review.by !== '' && review.by === holder,
    ).length,
  }
}

const populationNames = [
  'writes_stored',
  'writes_decided',
  'writes_exempt',
  'unseen',
  'without_record',
  'contradictions',
  'impersonations',
  'unsure',
] as const

function populationNumbers(found: Reconciliation): Numbers<(typeof populationNames)[number]> {
  return {
    writes_stored: found.counts.written,
    writes_decided: found.counts.decided,
    writes_exempt: found.counts.exempt,
    unseen: found.unseen.count,
    without_record: found.withoutRecord.count,
    contradictions: found.contradictions.count,
    impersonations: found.impersonations.count,
    unsure: found.unsure.count,
  }
}

function groupsOf({ totals, grants }: Found): Summary['groups'] {
  const byGround = grounds
    .map((key) => ({ key, count: totals.byGround[key] }))
    .filter(({ count }) => count > 0)
  return {
    changes_by_ground: byGround,
    changes_by_repository: totals.byRepository,
    changes_by_writer: totals.byWriter,
    changes_by_author: totals.byAuthor,
    changes_by_namespace: totals.byNamespace,
    changes_by_user: totals.byUser,
    exceptions_by_rule: totals.byException,
    not_enforced_by_reason: totals.notEnforcedByReason,
    denials_by_reason: totals.denialsByReason,
    denials_by_user: totals.denialsByUser,
    grants_by_phase:
      grants === null ? null : counted(grants.map(({ grantPhase }) => grantPhase ?? '')),
    uses_by_resolution:
      grants === null
        ? null
        : counted(usesInPeriod(grants).map(({ resolution }) => resolution?.kind ?? 'Open')),
  }
}

function usesInPeriod(grants: readonly ReportedGrant[]): readonly ReportedUse[] {
  return grants.flatMap(({ uses }) => uses).filter(({ inPeriod }) => inPeriod)
}

function counted(keys: readonly string[]): readonly Counted[] {
  const tally = tallyOf()
  for (const key of keys) tally.add(key)
  return tally.counts()
}
