import type { Verification } from '../audit/verify.ts'
import type { Reconciliation } from '../audit/reconcile/result.ts'
import type { Coverage } from './coverage.ts'
import type { Period } from './period.ts'

/**
 * `shown`: what was given shows it. `not-provable`: nothing speaks against it, and it is not shown.
 * `contradicted`: what was given speaks against it.
 */
export type Standing = 'shown' | 'not-provable' | 'contradicted'

interface Doubt {
  readonly standing: Exclude<Standing, 'shown'>
  readonly text: string
}

export interface Part {
  readonly standing: Standing
  /** Why it is no better; none where it is shown. */
  readonly doubts: readonly Doubt[]
}

export interface Completeness {
  /** The worse of both. */
  readonly standing: Standing
  /** Whether the records are all there, and as they were written. */
  readonly records: Part
  /** Whether every write has a record. */
  readonly population: Part
}

export interface Evidence {
  readonly period: Period
  readonly verification: Verification
  readonly coverage: Coverage
  readonly hasKeys: boolean
  readonly hasAnchors: boolean
  /** Null without an audit log of the API server. */
  readonly reconciliation: Reconciliation | null
}

export function completenessOf(evidence: Evidence): Completeness {
  const { reconciliation } = evidence
  const records = partOf([
    ...chainDoubts(evidence),
    ...tailDoubts(evidence),
    ...absenceDoubts(evidence),
    ...readingDoubts(evidence),
  ])
  const population = partOf(reconciliation === null ? [noLog] : populationDoubts(reconciliation))
  return { standing: worst([records.standing, population.standing]), records, population }
}

function partOf(doubts: readonly Doubt[]): Part {
  return { standing: worst(doubts.map(({ standing }) => standing)), doubts }
}

function worst(all: readonly Standing[]): Standing {
  if (all.includes('contradicted')) return 'contradicted'
  return all.includes('not-provable') ? 'not-provable' : 'shown'
}

function chainDoubts({ verification }: Evidence): readonly Doubt[] {
  const { problems, problemCount, records } = verification
  if (records === 0) return [unproven('There are no records.')]
  const [first] = problems
  if (first === undefined) return []
  const place = `${first.file}:${first.line}`
  return [
    against(
      `${count(problemCount, 'place')} where a chain is not as it was written; the first: ${place}: ${first.problem}.`,
    ),
  ]
}

function tailDoubts({ verification, coverage, period }: Evidence): readonly Doubt[] {
  return verification.chains.flatMap((chain) => {
    const times = coverage.chains.find(({ writer }) => writer === chain.writer)
    if (chain.end !== 'open' || times === undefined || times.first >= period.to) return []
    const behind = times.lastInside - chain.vouchedFor
    return [
      ...(times.last < period.to
        ? [
            unproven(
              `The chain of ${chain.writer} is open, and its last record is from before the end of the period: what it wrote afterwards may not be here.`,
            ),
          ]
        : []),
      ...(behind > 0
        ? [
            unproven(
              `${count(behind, 'record')} at the end of ${chain.writer} stand behind its last checkpoint: whoever has the files could have written them.`,
            ),
          ]
        : []),
    ]
  })
}

function absenceDoubts({ verification, coverage, period }: Evidence): readonly Doubt[] {
  const isFromBefore = (writer: string) => (coverage.namedAt.get(writer) ?? Infinity) <= period.from
  const cut = verification.chains.filter(({ writer, from }) => {
    const times = coverage.chains.find((one) => one.writer === writer)
    return from > 1 && times !== undefined && times.first > period.from
  })
  const gone = verification.removed.filter(
    ({ writer }) =>
      !verification.chains.some((chain) => chain.writer === writer) && !isFromBefore(writer),
  )
  const absent = verification.absent.filter(({ writer }) => !isFromBefore(writer))
  return [
    ...absent.map(({ writer, seq }) =>
      unproven(`The chain of ${writer}, of ${count(seq, 'record')} at least, is not here.`),
    ),
    ...[...cut, ...gone].map(({ writer }) =>
      unproven(`Records of ${writer} were removed since they were old; some may be of the period.`),
    ),
  ]
}

function readingDoubts({ coverage, hasKeys, hasAnchors }: Evidence): readonly Doubt[] {
  return [
    ...(coverage.unreadable > 0
      ? [against(`${count(coverage.unreadable, 'line')} of the records cannot be read.`)]
      : []),
    ...(coverage.unrecorded > 0
      ? [
          against(
            `${count(coverage.unrecorded, 'decision')} could not be written down, as the chains say themselves.`,
          ),
        ]
      : []),
    ...(hasKeys
      ? []
      : [unproven('No public keys were given: signatures of checkpoints were not checked.')]),
    ...(hasAnchors
      ? []
      : [
          unproven(
            'No anchors were given: a chain that nothing here names would not be missed, nor an end that was cut off.',
          ),
        ]),
  ]
}

const noLog = unproven(
  'No audit log of the API server was given: whether every write was decided cannot be said.',
)

function populationDoubts(found: Reconciliation): readonly Doubt[] {
  const doubts = knownDoubts(found)
  if (found.verdict === 'explained' || doubts.length > 0) return doubts
  return [
    found.verdict === 'unexplained'
      ? against('audit reconcile finds what it cannot explain.')
      : unproven('audit reconcile could not compare everything.'),
  ]
}

function knownDoubts(found: Reconciliation): readonly Doubt[] {
  const { unseen, withoutRecord, contradictions, impersonations, unsure, withoutEvent } = found
  const { unreadableEvents, unreadableRecords, events } = found.read
  return [
    ...some(unseen.count, against, 'were stored and nobody asked us', 'write'),
    ...some(withoutRecord.count, against, 'have a decision without a record', 'write'),
    ...some(contradictions.count, against, 'contradict their records', 'write'),
    ...some(impersonations.count, against, 'were made under borrowed names', 'write'),
    ...some(unsure.count, unproven, 'cannot be told: the API server gave up on them', 'write'),
    ...some(
      withoutEvent.count,
      unproven,
      'have no event in the log, which is not whole',
      'decision',
    ),
    ...some(found.notProvable.length, unproven, 'lack events or records', 'stretch'),
    ...some(unreadableEvents + unreadableRecords, unproven, 'cannot be read', 'line'),
    ...(events === 0 ? [unproven('The audit log holds no event.')] : []),
    ...(found.verdict === 'not-provable' && found.read.records === 0
      ? [unproven('There are no records to compare the log with.')]
      : []),
  ]
}

type Kind = (text: string) => Doubt

function some(n: number, kind: Kind, rest: string, what: string): readonly Doubt[] {
  return n === 0 ? [] : [kind(`${count(n, what)} ${rest}.`)]
}

function count(n: number, what: string): string {
  return `${n} ${n === 1 ? what : `${what}${what.endsWith('ch') ? 'es' : 's'}`}`
}

function unproven(text: string): Doubt {
  return { standing: 'not-provable', text }
}

function against(text: string): Doubt {
  return { standing: 'contradicted', text }
}
