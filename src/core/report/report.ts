import type { Reconciliation } from '../audit/reconcile/result.ts'
import { timeText } from '../audit/reconcile/time-text.ts'
import type { Verification } from '../audit/verify.ts'
import { momentText } from '../breakglass/moment.ts'
import type { ReportedGrant } from './break-glass.ts'
import { completenessOf, type Completeness } from './completeness.ts'
import { controlsOf, type ControlFinding } from './controls.ts'
import { summaryOf, type Found, type Summary } from './summary.ts'
import { slotWidth, type Slot } from './timeline.ts'

const reportVersion = 'solewriter.dev/audit-report/v1'

/** What a report was made of. */
export interface Inputs {
  readonly records: readonly string[]
  readonly apiserverLog: readonly string[]
  readonly jwks: string | null
  readonly anchors: readonly string[]
  /** Where grants and post-mortems come from, in words; null without any. */
  readonly breakGlass: string | null
  readonly repositories: readonly string[]
  readonly policy: string | null
}

/** All that is told of a period, but for the rows of single decisions. Times are RFC 3339 in UTC. */
export interface Report {
  readonly version: typeof reportVersion
  readonly madeAt: string
  readonly period: {
    readonly from: string
    /** The first moment that is no more in it. */
    readonly to: string
    readonly timeZone: 'UTC'
    readonly isOver: boolean
  }
  /** uid of its namespace kube-system; null without records. */
  readonly cluster: string | null
  readonly inputs: Inputs
  readonly warnings: readonly string[]
  readonly completeness: Completeness
  readonly summary: Summary
  readonly timeline: { readonly slotSeconds: number; readonly slots: readonly Slot[] }
  readonly integrity: Omit<Verification, 'halfWritten'>
  /** What `audit reconcile` finds in the period. */
  readonly population: Reconciliation | null
  readonly breakGlass: { readonly grants: readonly ReportedGrant[] } | null
  readonly controls: readonly ControlFinding[]
}

export interface Making extends Found {
  readonly inputs: Inputs
  /** Epoch ms. */
  readonly now: number
}

export function toReport(making: Making): Report {
  const { period, now, inputs, coverage, totals, grants, reconciliation } = making
  const { halfWritten: _halfWritten, ...integrity } = making.verification
  const completeness = completenessOf({
    ...making,
    hasKeys: inputs.jwks !== null,
    hasAnchors: inputs.anchors.length > 0,
  })
  const summary = summaryOf(making)
  return {
    version: reportVersion,
    madeAt: momentText(now),
    period: {
      from: timeText(period.from),
      to: timeText(period.to),
      timeZone: 'UTC',
      isOver: period.to <= now,
    },
    cluster: coverage.clusters[0] ?? null,
    inputs,
    warnings: warningsOf(making, summary),
    completeness,
    summary,
    timeline: { slotSeconds: slotWidth(period) / 1000, slots: totals.timeline },
    integrity,
    population: reconciliation,
    breakGlass: grants === null ? null : { grants },
    controls: controlsOf({ completeness, summary, inputs }),
  }
}

function warningsOf({ period, now, reconciliation }: Making, { numbers }: Summary) {
  const lists = [
    ['unseen writes', reconciliation?.unseen],
    ['decisions without a record', reconciliation?.withoutRecord],
    ['contradictions', reconciliation?.contradictions],
    ['borrowed names', reconciliation?.impersonations],
    ['writes that cannot be told', reconciliation?.unsure],
  ] as const
  return [
    ...(period.to > now
      ? [
          `The period is not over: this report was made at ${momentText(now)}, and its numbers will change.`,
        ]
      : []),
    ...(numbers.decisions === 0 ? ['There is no decision in the period.'] : []),
    ...lists.flatMap(([what, found]) =>
      found !== undefined && found.list.length < found.count
        ? [`Only the first ${found.list.length} of ${found.count} ${what} are listed.`]
        : [],
    ),
  ]
}
