import { unlink } from 'node:fs/promises'
import type { ChainHead } from '../core/audit/chain.ts'
import type { SparseRecord } from '../core/audit/record-text.ts'
import type { Log } from '../telemetry/log.ts'
import { compressFile } from './compress.ts'
import { isCompressed } from './record-bytes.ts'
import {
  closesChain,
  headOf,
  knownFiles,
  lastLineOf,
  unlessGone,
  type KnownFile,
} from './record-files.ts'

/** What becomes of files that nobody writes any more. */
export interface HousekeepingOptions {
  /** Files without a younger record are removed, in ms. */
  readonly keepFor?: number
  /** The oldest files are removed when all are larger together. */
  readonly keepBytes?: number
  readonly compress?: boolean
  /** Between two rounds, in ms. */
  readonly every?: number
}

/** The journal that runs here. */
interface Ours {
  readonly directory: string
  readonly boot: string
  readonly pod: string
  readonly now: () => number
  readonly log: Log
  /** Number of the file that is being written. */
  readonly index: () => number
  /** Resolves when the record is on disk, and a checkpoint vouches for it. */
  readonly state: (record: SparseRecord) => Promise<void>
}

const anHour = 60 * 60 * 1000

/**
 * Compresses and removes files that are closed. What is removed is stated in the chain first: the
 * rest of its own chain would look cut off.
 */
export class Housekeeping {
  readonly #options: HousekeepingOptions
  readonly #ours: Ours
  readonly #stopping = new AbortController()
  readonly #timer: NodeJS.Timeout
  #round: Promise<void> | undefined

  constructor(options: HousekeepingOptions, ours: Ours) {
    this.#options = options
    this.#ours = ours
    this.#timer = setInterval(() => void this.run(), options.every ?? anHour).unref()
  }

  /** One round; the one that goes on, if there is one. Never rejects. */
  run(): Promise<void> {
    this.#round ??= this.#tidy().finally(() => {
      this.#round = undefined
    })
    return this.#round
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    this.#stopping.abort()
    await this.#round
  }

  async #tidy(): Promise<void> {
    const { directory, log } = this.#ours
    const { signal } = this.#stopping
    try {
      await this.#remove(await knownFiles(directory))
      if (this.#options.compress !== true) return
      for (const file of await this.#closedOf(await knownFiles(directory))) {
        if (signal.aborted) return
        if (this.#isToCompress(file)) await compressFile(file.path, signal)
      }
    } catch (error) {
      if (!signal.aborted) log.error('records_not_tidied', { err: error as Error })
    }
  }

  /** What is young stays as it is, for whoever looks into it with a pager. */
  #isToCompress({ name, changedAt }: KnownFile): boolean {
    return !isCompressed(name) && this.#ours.now() - changedAt > anHour
  }

  async #remove(files: readonly KnownFile[]): Promise<void> {
    const ends = new Map<string, ChainHead>()
    const going: KnownFile[] = []
    for (const file of this.#tooMany(await this.#closedOf(files), files)) {
      const line = await lastLineOf(file.path)
      const end = line === undefined ? undefined : headOf(line)
      // What it held is not known: it is for people to look at, and what follows it waits.
      if (end === undefined) break
      ends.set(file.boot, end)
      going.push(file)
    }
    if (going.length === 0 || this.#stopping.signal.aborted) return
    const { log, now, state } = this.#ours
    const removed = Array.from(ends.values(), ({ writer, seq, hash }) => ({ writer, seq, hash }))
    await state({ time: new Date(now()).toISOString(), removed })
    for (const file of going) await unlink(file.path).catch(unlessGone)
    log.info('records_removed', { files: going.map(({ name }) => name) })
  }

  /** The oldest ones, and of each chain its beginning. */
  #tooMany(closed: readonly KnownFile[], all: readonly KnownFile[]): readonly KnownFile[] {
    const { keepFor = Infinity, keepBytes = Infinity } = this.#options
    const oldest = this.#ours.now() - keepFor
    let size = all.reduce((sum, file) => sum + file.size, 0)
    const stays = new Set<string>()
    return all.filter((file) => {
      const isMuch = file.changedAt < oldest || size > keepBytes
      const goes = isMuch && closed.includes(file) && !stays.has(file.boot)
      if (goes) size -= file.size
      else stays.add(file.boot)
      return goes
    })
  }

  /** Those of which it is certain, or as good as that, that nobody writes them. */
  async #closedOf(files: readonly KnownFile[]): Promise<readonly KnownFile[]> {
    const last = new Map(files.map(({ boot, index }) => [boot, index]))
    const closed: KnownFile[] = []
    for (const file of files) {
      const isFollowed = file.index < (last.get(file.boot) ?? 0)
      if (isFollowed || (await this.#isLeft(file))) closed.push(file)
    }
    return closed
  }

  async #isLeft({ boot, pod, index, changedAt, path }: KnownFile): Promise<boolean> {
    const ours = this.#ours
    if (boot === ours.boot) return index < ours.index()
    const age = ours.now() - changedAt
    // There is one pod of a name at a time; its clock and ours may differ.
    if (pod === ours.pod && age > anHour) return true
    // A process that writes begins another file every day.
    if (age > Math.max(this.#options.keepFor ?? Infinity, 48 * anHour)) return true
    const line = await lastLineOf(path)
    return line !== undefined && closesChain(line)
  }
}
