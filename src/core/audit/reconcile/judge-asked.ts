import type { ToldWrite, Why } from './findings.ts'
import { toFinding, type Ledger } from './ledger.ts'
import { isCollection, resourceText } from './population.ts'
import type { RecordFacts } from './record-facts.ts'

/** Between the clock of the API server and that of any of our processes. */
const farApart = 60_000

/**
 * A write about which we said something: the record of it, when there is one. `records` are those of
 * its decision; `taken` those that another write has already.
 */
export function judgeAsked(
  told: ToldWrite,
  records: readonly RecordFacts[],
  taken: ReadonlySet<RecordFacts>,
  ledger: Ledger,
): RecordFacts | undefined {
  const record = recordOf(told, records, taken)
  if (!told.isInside) return typeof record === 'string' ? undefined : record
  countWritten(told, ledger)
  if (record === 'no-record') missing(told, ledger)
  else if (typeof record === 'string') ledger.contradictions.add(toFinding(told, record))
  if (typeof record === 'string') return undefined
  const wrong = whyWrong(told, record)
  if (wrong !== undefined) ledger.contradictions.add(toFinding(told, wrong))
  else count(told, record, ledger)
  return record
}

function countWritten({ kind, outcome }: ToldWrite, { counts }: Ledger): void {
  if (kind === 'write' && outcome === 'done') counts.written += 1
}

function missing(told: ToldWrite, { counts, withoutRecord }: Ledger): void {
  // Denials are recorded behind their answers: a process may die in between, and nothing was written.
  if (told.decision === 'deny' && told.outcome === 'refused') counts.deniedWithoutRecord += 1
  else withoutRecord.add(toFinding(told, 'no-record'))
}

/**
 * The one whose hash the API server was told. Without a hash, one that is left: the same request may
 * be denied, and allowed some seconds later, under one id.
 */
function recordOf(
  { recordHash, decision }: ToldWrite,
  records: readonly RecordFacts[],
  taken: ReadonlySet<RecordFacts>,
): RecordFacts | 'no-record' | 'record-changed' | 'used-twice' {
  if (records.length === 0) return 'no-record'
  const fitting =
    recordHash === undefined ? records : records.filter(({ hash }) => hash === recordHash)
  if (fitting.length === 0) return 'record-changed'
  const left = fitting.filter((record) => !taken.has(record))
  const same = left.find(({ isAllow }) => isAllow === (decision === 'allow'))
  return same ?? left[0] ?? 'used-twice'
}

function whyWrong(told: ToldWrite, record: RecordFacts): Why | undefined {
  if (!isAbout(told, record)) return 'other-request'
  if (told.outcome !== 'done') return undefined
  if (!record.isAllow || told.decision !== 'allow') return 'denied'
  // Only a deletion can be a dry run without its URL saying so.
  return record.isDryRun && record.operation !== 'DELETE' ? 'dry-run' : undefined
}

function isAbout(told: ToldWrite, record: RecordFacts): boolean {
  const [its, ours] = [told.target, record.target]
  return (
    told.username === record.username &&
    isNear(told, record) &&
    resourceText(its) === resourceText(ours) &&
    areSame(its.namespace, ours.namespace) &&
    areSame(its.name, ours.name) &&
    isSameOperation(told.operation, record.operation)
  )
}

/** A record of which no event needed the hash is nothing for later: clocks do not differ that much. */
function isNear({ receivedAt, endedAt }: ToldWrite, { time }: RecordFacts): boolean {
  return time >= receivedAt - farApart && time <= endedAt + farApart
}

/** The API server may name an object after its event has begun. */
function areSame(name: string, other: string): boolean {
  return name === other || name === '' || other === ''
}

/** A refused update or patch does not tell whether it would have made the object. */
export function isSameOperation(told: string, recorded: string): boolean {
  return told === recorded || (told === 'UPDATE' && recorded === 'CREATE')
}

function count(told: ToldWrite, record: RecordFacts, ledger: Ledger): void {
  const { counts } = ledger
  if (record.isDryRun) {
    if (told.outcome === 'done') counts.written -= 1
    counts.dryRuns += 1
  } else if (told.outcome === 'done') {
    if (told.kind === 'connection') counts.connections += 1
    else counts.decided += 1
    ledger.reasons.add({ reason: record.reason })
  } else if (told.decision === 'allow') {
    ledger.notCommitted.add(toFinding(told, whyNotCommitted(told)))
  } else counts.denied += 1
}

function whyNotCommitted(told: ToldWrite): Why {
  if (told.outcome === 'unsure') return 'no-answer'
  return isCollection(told) ? 'partly' : 'refused-later'
}
