import type { Anchor } from '../audit/anchors.ts'
import { momentOf } from '../breakglass/moment.ts'
import { at, isJsonObject, stringAt, type Json } from '../manifest/json.ts'
import { isWithin, type Period } from './period.ts'

/** Which time a chain of records is from. Epoch ms. */
interface ChainTimes {
  readonly writer: string
  readonly first: number
  readonly last: number
  /** Number of its last record from before the end of the period; 0 where there is none. */
  readonly lastInside: number
}

export interface Coverage {
  readonly chains: readonly ChainTimes[]
  /** When a chain was first named by another one: it was over, or removed, by then. */
  readonly namedAt: ReadonlyMap<string, number>
  /** Decisions of the period that could not be written down, as the chains say. */
  readonly unrecorded: number
  readonly clusters: readonly string[]
  /** Records of decisions that lack an id, a time or an answer. */
  readonly unreadable: number
}

export interface Covering {
  add(line: Json): void
  addUnreadable(): void
  coverage(): Coverage
}

const mostClusters = 10

/** An anchor that closes its chain tells when that was over. */
export function covering(period: Period, anchors: readonly Anchor[] = []): Covering {
  const chains = new Map<string, { -readonly [K in keyof ChainTimes]: ChainTimes[K] }>()
  const namedAt = new Map<string, number>()
  const nameAt = (writer: string, ms: number): void => {
    namedAt.set(writer, Math.min(namedAt.get(writer) ?? Infinity, ms))
  }
  for (const { checkpoint } of anchors) {
    const closedAt = momentOf(checkpoint.time)
    if (checkpoint.closes && closedAt !== undefined) nameAt(checkpoint.writer, closedAt)
  }
  const clusters = new Set<string>()
  let unrecorded = 0
  let unreadable = 0

  const follow = (writer: string, time: number | undefined) => {
    // Not every line tells its time.
    const ms = time ?? chains.get(writer)?.last ?? period.from
    const chain = chains.get(writer) ?? { writer, first: ms, last: ms, lastInside: 0 }
    chain.last = Math.max(chain.last, ms)
    chains.set(writer, chain)
    return { chain, ms }
  }

  return {
    add: (line) => {
      const [writer, seq] = [stringAt(line, 'writer'), at(line, 'seq')]
      if (writer === undefined || typeof seq !== 'number') return
      const { chain, ms } = follow(writer, timeOf(line))
      // A checkpoint stands by itself.
      const isCheckpoint = at(line, 'checkpoint') !== undefined
      if (!isCheckpoint && ms < period.to) chain.lastInside = Math.max(chain.lastInside, seq)
      for (const name of namesIn(line)) nameAt(name, ms)
      const cluster = stringAt(line, 'cluster')
      if (cluster !== undefined && clusters.size < mostClusters) clusters.add(cluster)
      if (isWithin(ms, period)) unrecorded += unwritten(line)
    },
    addUnreadable: () => {
      unreadable += 1
    },
    coverage: () => ({
      chains: [...chains.values()],
      namedAt,
      unrecorded,
      clusters: [...clusters],
      unreadable,
    }),
  }
}

function timeOf(line: Json): number | undefined {
  return momentOf(stringAt(line, 'time') ?? stringAt(line, 'checkpoint', 'time'))
}

function namesIn(line: Json): readonly string[] {
  const removed = at(line, 'removed')
  const all = [at(line, 'predecessor'), ...(Array.isArray(removed) ? (removed as Json[]) : [])]
  return all.flatMap((one) => (isJsonObject(one) ? (stringAt(one, 'writer') ?? []) : []))
}

/** Before a record, or with the last checkpoint of a chain. */
function unwritten(line: Json): number {
  const count = at(line, 'unrecorded') ?? at(line, 'checkpoint', 'unrecorded')
  return typeof count === 'number' && count > 0 ? count : 0
}
