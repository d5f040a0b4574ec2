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
  /** Whoever has to get them first. */
  readonly shipping?: Shipping
  /** Between two rounds, in ms. */
  readonly every?: number
}

/** Places that records are copied to. */
export interface Shipping {
  /** Tells the names of those that do not have all of a file. */
  lacking(): Promise<(file: KnownFile) => readonly string[]>
  /** A file is removed all the same, since there is no more space for it. */
  lost(target: string, file: string): void
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
    const { shipping } = this.#options
    const lacking = (await shipping?.lacking()) ?? (() => [])
    const tooMany = this.#tooMany(await this.#closedOf(files), files, lacking)
    const { going, ends } = await readable(tooMany)
    if (going.length === 0 || this.#stopping.signal.aborted) return
    const { log, now, state } = this.#ours
    const removed = Array.from(ends.values(), ({ writer, seq, hash }) => ({ writer, seq, hash }))
    await state({ time: new Date(now()).toISOString(), removed })
    for (const file of going) {
      for (const target of lacking(file)) shipping?.lost(target, file.name)
      await unlink(file.path).catch(unlessGone)
    }
    log.info('records_removed', { files: going.map(({ name }) => name) })
  }

  /** What somebody lacks goes only when there would be too much without it too. */
  #tooMany(
    closed: readonly KnownFile[],
    all: readonly KnownFile[],
    lacking: (file: KnownFile) => readonly string[],
  ): readonly KnownFile[] {
    const { keepBytes = Infinity } = this.#options
    const spared = new Set(closed.filter((file) => lacking(file).length > 0))
    const unspared = closed.filter((file) => !spared.has(file))
    const going = this.#oldest(unspared, all, () => true)
    const rest = sizeOf(all) - sizeOf(going)
    return rest <= keepBytes || spared.size === 0
      ? going
      : this.#oldest(closed, all, (file) => !spared.has(file))
  }

  /** The oldest ones, and of each chain its beginning. */
  #oldest(
    closed: readonly KnownFile[],
    all: readonly KnownFile[],
    mayAge: (file: KnownFile) => boolean,
  ): readonly KnownFile[] {
    const { keepFor = Infinity, keepBytes = Infinity } = this.#options
    const oldest = this.#ours.now() - keepFor
    let size = sizeOf(all)
    const stays = new Set<string>()
    return all.filter((file) => {
      const isMuch = size > keepBytes || (file.changedAt < oldest && mayAge(file))
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

/** With the ends of their chains. What one holds that cannot be read is for people to look at. */
async function readable(files: readonly KnownFile[]) {
  const ends = new Map<string, ChainHead>()
  const going: KnownFile[] = []
  for (const file of files) {
    const line = await lastLineOf(file.path)
    const end = line === undefined ? undefined : headOf(line)
    if (end === undefined) break
    ends.set(file.boot, end)
    going.push(file)
  }
  return { going, ends }
}

function sizeOf(files: readonly KnownFile[]): number {
  return files.reduce((sum, { size }) => sum + size, 0)
}
