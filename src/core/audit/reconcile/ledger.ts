import {
  groupsBy,
  listOf,
  type Groups,
  type List,
  type ToldWrite,
  type Why,
  type WriteFinding,
} from './findings.ts'
import { resourceText } from './population.ts'
import type { RecordFacts } from './record-facts.ts'
import { spansOf, type Spans } from './spans.ts'
import { timeText } from './time-text.ts'

/** How many of what; those beside the period are in none. */
export interface Counts {
  /** Stored, by what the API server answered; the exempt apart. */
  written: number
  /** Of the written: with a decision of their own that fits. */
  decided: number
  exempt: number
  /** Connections into Pods and the like with a decision; nothing is stored by them. */
  connections: number
  /** Denied by us. */
  denied: number
  /** Denials that the API server tells of and that have no record: these follow their answers. */
  deniedWithoutRecord: number
  /** Refused by others without asking us. */
  refused: number
  dryRuns: number
  /** Deletions of collections about which nobody asked, since nothing was in them. */
  emptyCollections: number
  /** Records of a deletion of a collection: one for each object. */
  ofCollections: number
  /** Records of a request that was asked about again. */
  retries: number
  /** Records of calls that ended before their answer arrived. */
  lostAnswers: number
  /** Records without an event so close to an end of the period that it may be beside it. */
  atTheEdges: number
}

export interface ExemptGroup {
  readonly condition: string
  readonly isSure: boolean
  readonly user: string
  readonly resource: string
}

export interface EventlessGroup {
  readonly user: string
  readonly operation: string
  readonly resource: string
  readonly decision: 'allow' | 'deny'
  /** Of the first one. */
  readonly time: string
  readonly decisionId: string
}

export interface Ledger {
  readonly counts: Counts
  readonly reasons: Groups<{ readonly reason: string }>
  readonly exempt: Groups<ExemptGroup>
  readonly unseen: List<WriteFinding>
  readonly unseenTimes: Spans
  readonly unsure: List<WriteFinding>
  readonly withoutRecord: List<WriteFinding>
  readonly contradictions: List<WriteFinding>
  readonly notCommitted: List<WriteFinding>
  readonly impersonations: List<WriteFinding>
  readonly withoutEvent: Groups<EventlessGroup>
}

/** Unseen writes that are closer than this are of one gap. */
const oneGap = 10_000

export function openLedger(): Ledger {
  return {
    counts: {
      written: 0,
      decided: 0,
      exempt: 0,
      connections: 0,
      denied: 0,
      deniedWithoutRecord: 0,
      refused: 0,
      dryRuns: 0,
      emptyCollections: 0,
      ofCollections: 0,
      retries: 0,
      lostAnswers: 0,
      atTheEdges: 0,
    },
    reasons: groupsBy(({ reason }) => reason),
    exempt: groupsBy(({ condition, user, resource }) => `${condition}\n${user}\n${resource}`),
    unseen: listOf(),
    unseenTimes: spansOf(oneGap),
    unsure: listOf(),
    withoutRecord: listOf(),
    contradictions: listOf(),
    notCommitted: listOf(),
    impersonations: listOf(),
    withoutEvent: groupsBy(
      ({ user, operation, resource, decision }) =>
        `${user}\n${operation}\n${resource}\n${decision}`,
    ),
  }
}

export function toFinding(told: ToldWrite, why: Why): WriteFinding {
  const { target } = told
  return {
    time: timeText(told.receivedAt),
    auditId: told.auditId,
    user: told.username,
    impersonator: told.impersonator ?? null,
    verb: told.verb,
    resource: resourceText(target),
    namespace: target.namespace,
    name: target.name,
    code: told.code,
    decisionId: told.decisionId ?? null,
    why,
    sourceIps: told.sourceIps,
  }
}

export function toEventless(record: RecordFacts): EventlessGroup {
  return {
    user: record.username,
    operation: record.operation,
    resource: resourceText(record.target),
    decision: record.isAllow ? 'allow' : 'deny',
    time: timeText(record.time),
    decisionId: record.decisionId,
  }
}
