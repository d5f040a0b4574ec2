import { comparePositions, type DecisionFacts } from '../../core/console/decision-facts.ts'
import { matches, needleOf, type DecisionFilter } from '../../core/console/decision-filter.ts'
import { bytesOf } from '../../journal/record-bytes.ts'
import { recordLines } from '../../journal/record-lines.ts'
import { listRecords } from './record-listing.ts'
import { whyNot, type FoundInIndex } from './record-index.ts'
import { factsIn } from './record-tail.ts'

export interface SearchLimits {
  readonly mostBytes: number
  readonly mostMs: number
}

const usual: SearchLimits = { mostBytes: 2 * 1024 ** 3, mostMs: 20_000 }

/** Looks through record files that are too old for the index: one search at a time. */
export class RecordSearch {
  readonly #places: readonly string[]
  readonly #limits: SearchLimits
  #isRunning = false

  constructor(places: readonly string[], limits: SearchLimits = usual) {
    this.#places = places
    this.#limits = limits
  }

  /** Undefined while another search is running. */
  async find(
    filter: DecisionFilter,
    limit: number,
    signal: AbortSignal,
  ): Promise<FoundInIndex | undefined> {
    const needle = needleOf(filter)
    const wanted = (one: DecisionFacts) => matches(filter, one)
    return this.#alone({ needle, wanted, limit, from: '' }, signal)
  }

  /** All calls of one decision: its id tells the minute, so that most files are left alone. */
  async decision(id: string, from: string, signal: AbortSignal): Promise<FoundInIndex | undefined> {
    const wanted = (one: DecisionFacts) => one.id === id
    return this.#alone({ needle: id, wanted, limit: 20, from }, signal)
  }

  async #alone(asked: Asked, signal: AbortSignal): Promise<FoundInIndex | undefined> {
    if (this.#isRunning) return undefined
    this.#isRunning = true
    try {
      const ending = AbortSignal.any([signal, AbortSignal.timeout(this.#limits.mostMs)])
      return await this.#search(asked, ending)
    } finally {
      this.#isRunning = false
    }
  }

  async #search(asked: Asked, signal: AbortSignal): Promise<FoundInIndex> {
    const { files, problems } = await listRecords(this.#places)
    const told = [...problems]
    let found: readonly DecisionFacts[] = []
    let bytes = 0
    for (const { file, changedAt, size } of files) {
      const changed = new Date(changedAt).toISOString()
      if (changed < asked.from) continue
      // Files come by their last record: none that follows has anything newer than the last one found.
      if (found.length > asked.limit && changed < (found.at(-1)?.time ?? '')) break
      if (signal.aborted || bytes + size > this.#limits.mostBytes) {
        told.push(`The search ended before ${file}: narrow it by more filters.`)
        break
      }
      bytes += size
      found = await this.#within(file, { ...asked, found }, signal).catch((error: unknown) => {
        told.push(signal.aborted ? tooLong : `${file} cannot be read: ${whyNot(error)}.`)
        return found
      })
    }
    const hasMore = found.length > asked.limit
    return {
      decisions: found.slice(0, asked.limit),
      hasMore,
      hasOlderFiles: false,
      problems: [...new Set(told)],
    }
  }

  async #within(
    file: string,
    { needle, wanted, limit, found }: Asked & { readonly found: readonly DecisionFacts[] },
    signal: AbortSignal,
  ): Promise<readonly DecisionFacts[]> {
    const all = [...found]
    for await (const lines of recordLines(bytesOf(file), file)) {
      signal.throwIfAborted()
      for (const { text } of lines) {
        if (!text.includes(needle)) continue
        const facts = factsIn(text)
        if (facts !== undefined && wanted(facts)) all.push(facts)
      }
      if (all.length > 20 * limit) all.splice(0, all.length, ...newest(all, limit))
    }
    return newest(all, limit)
  }
}

const tooLong = 'The search took too long and was ended: narrow it by more filters.'

interface Asked {
  readonly needle: string
  readonly wanted: (one: DecisionFacts) => boolean
  readonly limit: number
  /** RFC 3339: files that changed last before it hold nothing of it. */
  readonly from: string
}

/** One more than asked for: that tells whether there are more. */
function newest(all: readonly DecisionFacts[], limit: number): readonly DecisionFacts[] {
  return all.toSorted((a, b) => comparePositions(b, a)).slice(0, limit + 1)
}
