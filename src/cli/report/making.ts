import { toChangeRow, toDenialRow, toDryRunRow } from '../../core/report/rows.ts'
import type { Decided } from '../../core/report/decided.ts'
import { totalling, type DecisionTotals } from '../../core/report/decision-totals.ts'
import { isWithin, type Period } from '../../core/report/period.ts'
import type { Env } from '../env.ts'
import type { Progress } from '../output.ts'
import type { Authors } from './authors.ts'
import type { DecisionSorter } from './decision-sorter.ts'
import type { RowSpool } from './row-spool.ts'

interface Parts {
  readonly period: Period
  readonly sorter: DecisionSorter
  readonly authors: Authors
  readonly rows: RowSpool
  readonly shown: Progress
}

/** Counts every decision of the period once, and keeps its row. */
export async function countDecisions(parts: Parts, env: Env): Promise<DecisionTotals> {
  const { period, sorter, authors, rows, shown } = parts
  const totals = totalling(period)
  const add = async (one: Decided): Promise<void> => {
    const { outcome, ground, ms, told } = one
    if (ground !== null) {
      const author = ground === 'git' ? await authors.of(told.repository, told.commit) : undefined
      const row = toChangeRow(one, ground, author)
      totals.addChange(row, ms)
      await rows.add('changes', row)
    } else if (outcome === 'denied') {
      const row = toDenialRow(one)
      totals.addDenial(row, ms)
      await rows.add('denials', row)
    } else {
      const row = toDryRunRow(one)
      totals.addDryRun(row)
      await rows.add('dry-runs', row)
    }
  }
  let count = 0
  for await (const one of sorter.decisions()) {
    env.signal.throwIfAborted()
    if (!isWithin(one.ms, period)) continue
    await add(one)
    count += 1
    shown.update(`counting decisions: ${count}`)
  }
  return totals.totals()
}
