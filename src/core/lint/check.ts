import type { ClusterFacts, Ground, LookedAt } from './facts.ts'
import { severityOrder, type CheckName, type Finding } from './finding.ts'

export type CheckStatus = 'ok' | 'warning' | 'problem' | 'unknown'

export interface CheckOutcome {
  readonly check: CheckName
  readonly title: string
  readonly status: CheckStatus
  /** One line about what was found to be so, whatever the status. */
  readonly summary: string
  /** From the worst. */
  readonly findings: readonly Finding[]
  /** What could not be read, and is therefore not judged. */
  readonly unknown: readonly { readonly what: string; readonly why: string }[]
}

export interface Judgement {
  readonly summary: string
  readonly findings: readonly Finding[]
}

export type Check = (facts: ClusterFacts, ground: Ground) => CheckOutcome

/** A check that is made only when all that it needs could be read. */
export function checkOf<K extends keyof LookedAt>(
  name: { readonly check: CheckName; readonly title: string },
  needs: readonly K[],
  judge: (values: Pick<LookedAt, K>, ground: Ground) => Judgement,
): Check {
  return (facts, ground) => {
    const unknown = needs.flatMap((key) => {
      const looked = facts[key]
      return looked.kind === 'unknown' ? [{ what: looked.what, why: looked.why }] : []
    })
    if (unknown.length > 0) {
      return {
        ...name,
        status: 'unknown',
        summary: 'could not be looked at',
        findings: [],
        unknown,
      }
    }
    const { summary, findings } = judge(valuesOf(facts, needs), ground)
    const sorted = findings.toSorted(
      (a, b) => severityOrder[a.severity] - severityOrder[b.severity],
    )
    return { ...name, status: statusOf(sorted), summary, findings: sorted, unknown: [] }
  }
}

function valuesOf<K extends keyof LookedAt>(
  facts: ClusterFacts,
  needs: readonly K[],
): Pick<LookedAt, K> {
  const entries = needs.map((key) => {
    const looked = facts[key]
    return [key, looked.kind === 'found' ? looked.value : undefined] as const
  })
  return Object.fromEntries(entries) as Pick<LookedAt, K>
}

function statusOf(sorted: readonly Finding[]): CheckStatus {
  const worst = sorted[0]?.severity ?? 'note'
  return worst === 'note' ? 'ok' : worst
}
