import type { WriteFinding } from '../../../src/core/audit/reconcile/findings.ts'
import type { Reconciliation } from '../../../src/core/audit/reconcile/result.ts'
import { reconciler } from '../../../src/core/audit/reconcile/reconcile.ts'

const write: WriteFinding = {
  time: '2026-08-02T12:00:00.000Z',
  auditId: 'a1',
  user: 'eve',
  impersonator: null,
  verb: 'create',
  resource: 'configmaps',
  namespace: 'pay',
  name: 'x',
  code: 201,
  decisionId: null,
  why: 'not-asked',
  sourceIps: ['10.0.0.1'],
}

type List = 'unseen' | 'withoutRecord' | 'contradictions' | 'impersonations' | 'unsure'

/** As `audit reconcile` would have it, with so many findings; of these at most `listed` are listed. */
export function reconciliation(
  counts: Partial<Record<List, number>> = {},
  { listed = 10, ...changes }: Partial<Reconciliation> & { readonly listed?: number } = {},
): Reconciliation {
  const empty = reconciler({}).result()
  const lists = Object.entries(counts).map(([name, count]) => [
    name,
    { count, list: Array.from({ length: Math.min(count, listed) }, () => write) },
  ])
  return {
    ...empty,
    read: { ...empty.read, events: 10, records: 10 },
    verdict: Object.keys(counts).length === 0 ? 'explained' : 'unexplained',
    ...(Object.fromEntries(lists) as Partial<Reconciliation>),
    ...changes,
  }
}
