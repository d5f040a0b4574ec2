import { isCollection } from './population.ts'
import { toEventless, type Ledger } from './ledger.ts'
import { isSameOperation } from './judge-asked.ts'
import { isDuring, skew, type Group } from './judge-group.ts'
import type { RecordFacts } from './record-facts.ts'
import type { ToldWrite } from './findings.ts'

/** How long a request may take before its event is written. */
const longestRequest = 60_000

/**
 * Records of which no event bears the id, beside the events of the same user and kind that could be
 * why: collections, and calls whose answer never arrived.
 */
export function judgeLeftovers(
  { told, records }: Group,
  period: readonly [from: number, to: number],
  ledger: Ledger,
): void {
  const byName = Map.groupBy(told, ({ target }) => target.name)
  for (const record of records) {
    const near = [...(byName.get(record.target.name) ?? []), ...(byName.get('') ?? [])]
    const cause = near.find(
      (one) => isDuring(record, one) && isSameOperation(one.operation, record.operation),
    )
    explain(record, cause, period, ledger)
  }
}

function explain(
  record: RecordFacts,
  cause: ToldWrite | undefined,
  [from, to]: readonly [from: number, to: number],
  { counts, withoutEvent }: Ledger,
): void {
  if (record.time < from || record.time > to) return
  if (cause !== undefined) {
    if (isCollection(cause)) counts.ofCollections += 1
    else counts.lostAnswers += 1
  } else if (record.time < from + skew || record.time > to - longestRequest) counts.atTheEdges += 1
  else withoutEvent.add(toEventless(record))
}
