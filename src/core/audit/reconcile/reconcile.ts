import { stringAt, type Json } from '../../manifest/json.ts'
import type { Policy } from '../../policy/schema.ts'
import { readEvent, timesOf } from './api-event.ts'
import { changesOf } from './changes.ts'
import { impersonatedWriters } from './identities.ts'
import { intakeOf, isNear, type Period } from './intake.ts'
import { joinKeys } from './join-key.ts'
import { judgeGroup, type Group } from './judge-group.ts'
import { judgeLeftovers } from './judge-leftovers.ts'
import { openLedger } from './ledger.ts'
import { readRecord } from './record-facts.ts'
import { toReconciliation, type Reconciliation } from './result.ts'
import { leftRoute, routeOf, type Routed } from './routing.ts'
import { longestSilence } from './silence.ts'
import { sequencesOf } from './sequences.ts'
import { spansOf, type Spans } from './spans.ts'

/** By default the period is from the first to the last event of the log. */
export interface ReconcilerOptions extends Period {
  readonly policy?: Policy
  /** uid of kube-system, when it is known before the first record is read. */
  readonly cluster?: string
}

/**
 * Joins records and events of the API server; each line is added once. Without `cluster` all records
 * come first. What adding gives back is kept until then by the caller, who brings together what has
 * the same key: `judge` for the round of requests, then `judgeLeft` for that of kinds. Nothing here
 * grows with the number of lines.
 */
export interface Reconciler {
  addRecord(text: string, line: Json | undefined): readonly Routed[]
  /** `place`: what one API server writes; each has gaps of its own. */
  addEvent(line: Json | undefined, place: string): readonly Routed[]
  judge(group: Group): readonly Routed[]
  judgeLeft(group: Group): void
  /** Those of the records so far: there must be one. */
  clusters(): readonly string[]
  result(): Reconciliation
}

interface State {
  readonly options: ReconcilerOptions
  readonly read: {
    records: number
    events: number
    unreadableRecords: number
    unreadableEvents: number
  }
  readonly clusters: Set<string>
  readonly places: Map<string, Spans>
}

const mostClusters = 10

export function reconciler(options: ReconcilerOptions): Reconciler {
  const read = { records: 0, events: 0, unreadableRecords: 0, unreadableEvents: 0 }
  const state: State = { options, read, clusters: new Set(), places: new Map() }
  const [ledger, changes, sequences] = [openLedger(), changesOf(), sequencesOf()]
  const judgement = {
    isInDoubt: (time: number) => changes.isInDoubt(time),
    impersonated: impersonatedWriters(options.policy),
  }
  const keyOf = keysOf(state)
  const take = intakeOf({ period: options, policy: options.policy, ledger, changes, keyOf })
  let period: readonly [number, number] | undefined
  return {
    addRecord: (text, line) => {
      if (line !== undefined) sequences.add(line)
      const record = recordIn(text, line, state)
      return record === undefined ? [] : [routeOf(record, keyOf)]
    },
    addEvent: (line, place) => {
      const event = eventIn(line, place, state)
      return event === undefined ? [] : take(event)
    },
    judge: (group) => judgeGroup(group, judgement, ledger).map(leftRoute),
    judgeLeft: (group) => judgeLeftovers(group, (period ??= periodOf(state)), ledger),
    clusters: () => [...state.clusters],
    result: () =>
      toReconciliation({
        ledger,
        read,
        clusters: [...state.clusters],
        places: state.places,
        period: periodOf(state),
        changes: changes.listed(),
        holes: sequences.holes(),
      }),
  }
}

/** When the first is asked for, the cluster is known. */
function keysOf({ options, clusters }: State): (id: string) => string {
  let keys: ((id: string) => string) | undefined
  return (id) => (keys ??= joinKeys(options.cluster ?? [...clusters][0] ?? ''))(id)
}

function recordIn(text: string, line: Json | undefined, { options, read, clusters }: State) {
  if (line === undefined) {
    read.unreadableRecords += 1
    return undefined
  }
  const record = readRecord(text, line)
  if (record === undefined) return undefined
  read.records += 1
  if (clusters.size < mostClusters) clusters.add(stringAt(line, 'cluster') ?? '')
  return isNear(record.time, options) ? record : undefined
}

function eventIn(line: Json | undefined, place: string, { read, places }: State) {
  const times = line === undefined ? undefined : timesOf(line)
  const event = line === undefined ? undefined : readEvent(line)
  if (times === undefined || event === undefined) {
    read.unreadableEvents += 1
    return undefined
  }
  read.events += 1
  const spans = places.get(place) ?? spansOf(longestSilence)
  places.set(place, spans)
  spans.add(times.endedAt)
  return event === 'none' ? undefined : event
}

function periodOf({ options, places }: State): readonly [from: number, to: number] {
  const spans = [...places.values()].flatMap((one) => one.all())
  const first = spans.reduce((least, { from }) => Math.min(least, from), Infinity)
  const last = spans.reduce((most, { to }) => Math.max(most, to), -Infinity)
  const from = options.from ?? (spans.length === 0 ? 0 : first)
  return [from, options.to ?? (spans.length === 0 ? 0 : last)]
}
