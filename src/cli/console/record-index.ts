import { comparePositions, type DecisionFacts } from '../../core/console/decision-facts.ts'
import { matches, type DecisionFilter } from '../../core/console/decision-filter.ts'
import { isCompressed } from '../../journal/record-bytes.ts'
import { listRecords, type ListedFile } from './record-listing.ts'
import { readCompressed, readTail, type Tail } from './record-tail.ts'

export interface RecordIndexOptions {
  readonly places: readonly string[]
  readonly now: () => number
  /** How many decisions are kept in memory. */
  readonly most?: number
}

export interface FoundInIndex {
  /** Newest first. */
  readonly decisions: readonly DecisionFacts[]
  readonly hasMore: boolean
  /** Files hold older ones. */
  readonly hasOlderFiles: boolean
  readonly problems: readonly string[]
}

const defaultMost = 10_000
/** Of one file, at one reading: what `most` records take at least. */
const bytesPerRecord = 2048
const shortestPause = 1000

/**
 * The newest decisions of all record files, read as they grow and when somebody asks. What it has is
 * without gaps: nothing newer than its oldest one is missing.
 */
export class RecordIndex {
  readonly #options: RecordIndexOptions
  readonly #most: number
  readonly #offsets = new Map<string, number>()
  /** Oldest first. */
  #decisions: readonly DecisionFacts[] = []
  #problems: readonly string[] = []
  #hasOlder = false
  #readAt = -Infinity
  #reading: Promise<void> | undefined

  constructor(options: RecordIndexOptions) {
    this.#options = options
    this.#most = options.most ?? defaultMost
  }

  /** Brought up to date first, where that was not done a moment ago. */
  async find(filter: DecisionFilter, limit: number): Promise<FoundInIndex> {
    await this.refresh()
    const decisions: DecisionFacts[] = []
    for (let i = this.#decisions.length - 1; i >= 0 && decisions.length <= limit; i -= 1) {
      const one = this.#decisions[i]
      if (one !== undefined && matches(filter, one)) decisions.push(one)
    }
    return {
      decisions: decisions.slice(0, limit),
      hasMore: decisions.length > limit,
      hasOlderFiles: this.#hasOlder,
      problems: this.#problems,
    }
  }

  /** All calls of one decision, newest first. */
  async decision(id: string): Promise<readonly DecisionFacts[]> {
    await this.refresh()
    return this.#decisions.filter((one) => one.id === id).toReversed()
  }

  refresh(): Promise<void> {
    const { now } = this.#options
    if (now() - this.#readAt < shortestPause) return this.#reading ?? Promise.resolve()
    this.#reading ??= this.#read().finally(() => {
      this.#readAt = now()
      this.#reading = undefined
    })
    return this.#reading
  }

  async #read(): Promise<void> {
    const { files, problems } = await listRecords(this.#options.places)
    const found: string[] = [...problems]
    const arrived: DecisionFacts[] = []
    /** Nothing older than this is complete. */
    let floor: DecisionFacts | undefined
    for (const file of files) {
      if (!this.#isWorth(file, arrived)) continue
      const tail = await this.#tailOf(file).catch((error: unknown) => {
        found.push(`${file.file} cannot be read: ${whyNot(error)}.`)
        return undefined
      })
      if (tail === undefined) continue
      this.#offsets.set(file.file, tail.offset)
      const [first] = tail.decisions
      if (tail.isCut && first !== undefined) floor = later(floor, first)
      arrived.push(...tail.decisions)
    }
    this.#forget(files)
    this.#add(arrived, floor)
    this.#problems = found
  }

  /** Whether there may be something in it that belongs among the newest. */
  #isWorth(file: ListedFile, arrived: readonly DecisionFacts[]): boolean {
    const offset = this.#offsets.get(file.file)
    if (offset !== undefined && file.size >= offset) return file.size > offset
    // Shorter than it was: somebody has put another one in its place.
    this.#offsets.delete(file.file)
    const isOlder = new Date(file.changedAt).toISOString() < this.#oldestKept(arrived)
    if (isOlder) this.#hasOlder = true
    return !isOlder
  }

  /** What is older than this will not be kept; empty while there is room. */
  #oldestKept(arrived: readonly DecisionFacts[]): string {
    if (arrived.length + this.#decisions.length < this.#most) return ''
    const times = [...this.#decisions, ...arrived].map(({ time }) => time).toSorted()
    return times.at(-this.#most) ?? ''
  }

  #tailOf({ file, size }: ListedFile): Promise<Tail> {
    if (isCompressed(file)) return readCompressed(file, size, this.#most)
    const from = this.#offsets.get(file) ?? 0
    return readTail(file, { from, size, most: this.#most * bytesPerRecord })
  }

  /** Files that are no more: archived, or compressed under another name. */
  #forget(files: readonly ListedFile[]): void {
    const names = new Set(files.map(({ file }) => file))
    for (const file of this.#offsets.keys()) if (!names.has(file)) this.#offsets.delete(file)
  }

  /** What stands in a file and in its copy, or in its compressed form, is one decision. */
  #add(arrived: readonly DecisionFacts[], floor: DecisionFacts | undefined): void {
    if (arrived.length === 0) return
    const distinct = new Map([...this.#decisions, ...arrived].map((one) => [placeOf(one), one]))
    const all = [...distinct.values()].toSorted(comparePositions)
    const complete = floor === undefined ? all : all.filter((one) => one.time >= floor.time)
    const kept = complete.slice(-this.#most)
    if (kept.length < all.length) this.#hasOlder = true
    this.#decisions = kept
  }
}

function placeOf({ writer, seq, requestUid }: DecisionFacts): string {
  return `${writer} ${seq} ${requestUid}`
}

function later(a: DecisionFacts | undefined, b: DecisionFacts): DecisionFacts {
  return a === undefined || a.time < b.time ? b : a
}

export function whyNot(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  return code ?? message
}
