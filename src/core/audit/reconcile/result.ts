import type { Change } from './changes.ts'
import type { Grouped, Listed, WriteFinding } from './findings.ts'
import type { Counts, EventlessGroup, ExemptGroup, Ledger } from './ledger.ts'
import { longestSilence } from './silence.ts'
import type { ChainHole } from './sequences.ts'
import { holesIn, type Spans } from './spans.ts'
import { timeText } from './time-text.ts'

/** A stretch of time in which something is missing. Times are RFC 3339. */
export interface Window {
  readonly from: string
  readonly to: string
  /** Where: a log of the API server, or a chain of ours. */
  readonly of: string
  readonly what: 'events' | 'records'
  /** How many records. */
  readonly records: number | null
}

/** Unseen writes that follow each other closely, and the change of admission before them. */
export interface Gap {
  readonly from: string
  readonly to: string
  readonly writes: number
  readonly after: Change | null
}

interface Read {
  readonly records: number
  readonly events: number
  readonly unreadableRecords: number
  readonly unreadableEvents: number
}

export interface Reconciliation {
  /** Every write of the period has one decision, and nothing kept us from knowing. */
  readonly verdict: 'explained' | 'unexplained' | 'not-provable'
  readonly period: { readonly from: string; readonly to: string } | null
  readonly read: Read
  /** Of the records; the log does not name its own. */
  readonly clusters: readonly string[]
  readonly counts: Counts
  readonly reasons: readonly Grouped<{ readonly reason: string }>[]
  readonly exempt: readonly Grouped<ExemptGroup>[]
  readonly unseen: Listed<WriteFinding>
  readonly gaps: readonly Gap[]
  readonly withoutRecord: Listed<WriteFinding>
  readonly contradictions: Listed<WriteFinding>
  readonly impersonations: Listed<WriteFinding>
  readonly unsure: Listed<WriteFinding>
  readonly withoutEvent: Listed<Grouped<EventlessGroup>>
  readonly notCommitted: Listed<WriteFinding>
  readonly changes: Listed<Change>
  readonly notProvable: readonly Window[]
}

export interface Found {
  readonly ledger: Ledger
  readonly read: Read
  readonly clusters: readonly string[]
  readonly places: ReadonlyMap<string, Spans>
  readonly period: readonly [from: number, to: number]
  readonly changes: Listed<Change>
  readonly holes: readonly ChainHole[]
}

export function toReconciliation(found: Found): Reconciliation {
  const { ledger, read, clusters, period } = found
  const changes = inOrder(found.changes)
  const result = {
    period: read.events === 0 ? null : { from: timeText(period[0]), to: timeText(period[1]) },
    read,
    clusters,
    counts: ledger.counts,
    reasons: ledger.reasons.grouped().list,
    exempt: ledger.exempt.grouped().list,
    unseen: inOrder(ledger.unseen.listed()),
    gaps: ledger.unseenTimes.all().map((span) => ({
      from: timeText(span.from),
      to: timeText(span.to),
      writes: span.count,
      after: changes.list.findLast(({ time }) => time <= timeText(span.from)) ?? null,
    })),
    withoutRecord: inOrder(ledger.withoutRecord.listed()),
    contradictions: inOrder(ledger.contradictions.listed()),
    impersonations: inOrder(ledger.impersonations.listed()),
    unsure: inOrder(ledger.unsure.listed()),
    withoutEvent: ledger.withoutEvent.grouped(),
    notCommitted: inOrder(ledger.notCommitted.listed()),
    changes,
    notProvable: windowsOf(found),
  }
  return { verdict: verdictOn(result), ...result }
}

function verdictOn(result: Omit<Reconciliation, 'verdict'>): Reconciliation['verdict'] {
  const { unseen, withoutRecord, contradictions, impersonations } = result
  const unexplained = [unseen, withoutRecord, contradictions, impersonations]
  if (unexplained.some(({ count }) => count > 0)) return 'unexplained'
  const { unsure, withoutEvent, notProvable, read } = result
  const isProvable =
    unsure.count === 0 &&
    withoutEvent.count === 0 &&
    notProvable.length === 0 &&
    read.unreadableEvents + read.unreadableRecords === 0 &&
    read.records > 0 &&
    read.events > 0
  return isProvable ? 'explained' : 'not-provable'
}

function windowsOf({ places, period, holes }: Found): readonly Window[] {
  const [begin, end] = period
  const silent = Array.from(places, ([of, spans]) =>
    holesIn(spans.all(), period, longestSilence).map(([from, to]) => ({
      from: timeText(from),
      to: timeText(to),
      of,
      what: 'events' as const,
      records: null,
    })),
  )
  const broken = holes
    .filter(({ from, to }) => to >= begin && (from ?? begin) <= end)
    .map(({ writer, records, from, to }) => ({
      from: timeText(Math.max(from ?? begin, begin)),
      to: timeText(Math.min(to, end)),
      of: writer,
      what: 'records' as const,
      records,
    }))
  return [...silent.flat(), ...broken].toSorted((a, b) => (a.from < b.from ? -1 : 1))
}

function inOrder<T extends { readonly time: string }>({ count, list }: Listed<T>): Listed<T> {
  return { count, list: list.toSorted((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0)) }
}
