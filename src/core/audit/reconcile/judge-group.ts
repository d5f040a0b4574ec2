import type { ToldWrite } from './findings.ts'
import { judgeAsked } from './judge-asked.ts'
import { judgeUnasked } from './judge-unasked.ts'
import { toFinding, type Ledger } from './ledger.ts'
import { resourceText } from './population.ts'
import type { RecordFacts } from './record-facts.ts'

export interface Group {
  readonly told: readonly ToldWrite[]
  readonly records: readonly RecordFacts[]
}

export interface Judgement {
  readonly isInDoubt: (time: number) => boolean
  /** Whose name engines bear when they act for them. */
  readonly impersonated: ReadonlySet<string>
}

/** Between the clock of the API server and ours. */
export const skew = 10_000

/** All that share a request, and what of the records is left. */
export function judgeGroup(
  { told, records }: Group,
  judgement: Judgement,
  ledger: Ledger,
): readonly RecordFacts[] {
  const requests = onePerRequest(told)
  const distinct = [...new Map(records.map((record) => [record.hash, record])).values()]
  const taken = new Set<RecordFacts>()
  for (const request of requests) {
    const its = distinct.filter(({ decisionId }) => decisionId === request.decisionId)
    let record: RecordFacts | undefined
    if (request.decisionId === undefined) judgeUnasked(request, judgement.isInDoubt, ledger)
    else record = judgeAsked(request, its, taken, ledger)
    if (record !== undefined) taken.add(record)
    noteImpersonation(request, record, judgement, ledger)
  }
  return distinct.filter((record) => {
    if (taken.has(record) || record.isDryRun) return false
    const again = requests.find((request) => isDuring(record, request))
    if (again?.isInside === true) ledger.counts.retries += 1
    return again === undefined
  })
}

/** A long request has an event at its beginning and one at its end; logs may overlap. */
function onePerRequest(told: readonly ToldWrite[]): readonly ToldWrite[] {
  const requests = new Map<string, ToldWrite>()
  for (const one of told) {
    const key = requestKey(one)
    const known = requests.get(key)
    if (known === undefined || known.endedAt < one.endedAt) requests.set(key, one)
  }
  // Those first that say which record is theirs.
  const hashes = ({ recordHash }: ToldWrite): number => (recordHash === undefined ? 1 : 0)
  return [...requests.values()].toSorted((a, b) => hashes(a) - hashes(b))
}

/** An id alone is no request: clients choose it, and may give it to all that they do. */
function requestKey({ auditId, received, verb, username, target }: ToldWrite): string {
  const { namespace, name } = target
  return JSON.stringify([auditId, received, verb, username, resourceText(target), namespace, name])
}

export function isDuring({ time }: RecordFacts, { receivedAt, endedAt }: ToldWrite): boolean {
  return time >= receivedAt - skew && time <= endedAt + skew
}

function noteImpersonation(
  told: ToldWrite,
  record: RecordFacts | undefined,
  { impersonated }: Judgement,
  ledger: Ledger,
): void {
  if (told.impersonator === undefined || !told.isInside || told.outcome === 'refused') return
  const isWriter = record?.isWriter === true && !impersonated.has(told.username)
  if (told.named === undefined && !isWriter) return
  if (told.exemption !== undefined && told.kind === 'write') ledger.counts.written += 1
  ledger.impersonations.add(toFinding(told, 'impersonated'))
}
