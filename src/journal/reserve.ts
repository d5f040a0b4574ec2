import { truncateSync } from 'node:fs'
import { open, stat, statfs, truncate, unlink } from 'node:fs/promises'
import path from 'node:path'
import type { Log } from '../telemetry/log.ts'
import { unlessGone } from './record-files.ts'

export interface ReserveOptions {
  readonly bytes: number
  /** Between two looks at it, in ms. */
  readonly every?: number
}

interface Place {
  readonly directory: string
  readonly log: Log
}

/**
 * `spent`: what it held is free for those that it was held for, and for nobody else until it is made
 * anew. `none`: it could not be made yet, and nobody is held back for it.
 */
export type ReserveState = 'held' | 'spent' | 'none'

const tenSeconds = 10_000
const atOnce = 1024 * 1024
const reserveName = 'reserve'

/** Space on the disk of the records that is given up when it is full, for what cannot wait. */
export class Reserve {
  readonly #options: ReserveOptions
  readonly #place: Place
  readonly #file: string
  readonly #stopping = new AbortController()
  #timer: NodeJS.Timeout | undefined
  #state: ReserveState = 'none'
  #making: Promise<void> | undefined
  #isComplained = false

  constructor(options: ReserveOptions, place: Place) {
    this.#options = options
    this.#place = place
    this.#file = path.join(place.directory, reserveName)
  }

  get state(): ReserveState {
    return this.#state
  }

  get isSpent(): boolean {
    return this.#state === 'spent'
  }

  /** What the process before left of it. Where it was spent, resolves once it was tried to make it anew. */
  async start(): Promise<void> {
    const making = this.keep()
    this.#timer = setInterval(() => void this.keep(), this.#options.every ?? tenSeconds).unref()
    if ((await this.#size()) === 0) await making
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    this.#stopping.abort()
    await this.#making
  }

  /** Frees its space at once; false where there is none. */
  spend(): boolean {
    if (this.#state !== 'held') return false
    try {
      truncateSync(this.#file, 0)
    } catch (error) {
      this.#complain(error)
      this.#state = 'none'
      return false
    }
    this.#state = 'spent'
    this.#place.log.error('reserve_spent', { bytes: this.#options.bytes })
    return true
  }

  /** Makes it where it is not, and there is room. Never rejects. */
  keep(): Promise<void> {
    this.#making ??= this.#make()
      .catch((error: unknown) => {
        this.#complain(error)
      })
      .finally(() => {
        this.#making = undefined
      })
    return this.#making
  }

  async #make(): Promise<void> {
    const { bytes } = this.#options
    const size = await this.#size()
    // A name without bytes is what is left of one that was spent.
    this.#state = size === bytes ? 'held' : size === 0 ? 'spent' : 'none'
    if (this.#state === 'held') return
    // Half of one, or one of another size, would take the room of a new one.
    if (this.#state === 'none') await unlink(this.#file).catch(unlessGone)
    const { bavail, bsize } = await statfs(this.#place.directory)
    if (bavail * bsize < bytes + bytes / 4) throw new Error('there is too little space for it')
    const isMade = await this.#fill()
    if (!isMade) return
    const wasMissed = this.#isComplained || this.isSpent
    this.#state = 'held'
    this.#isComplained = false
    if (wasMissed) this.#place.log.info('reserve_made', { bytes })
  }

  /** With what no disk can make smaller. */
  async #fill(): Promise<boolean> {
    const { bytes } = this.#options
    try {
      await using handle = await open(this.#file, 'w', 0o600)
      for (let done = 0; done < bytes && !this.#stopping.signal.aborted;) {
        const some = Buffer.allocUnsafe(Math.min(atOnce, bytes - done))
        for (let at = 0; at < some.length; at += quota) {
          crypto.getRandomValues(some.subarray(at, Math.min(at + quota, some.length)))
        }
        await handle.writeFile(some)
        done += some.length
      }
      await handle.sync()
    } catch (error) {
      await this.#unmake()
      throw error
    }
    if (!this.#stopping.signal.aborted) return true
    await this.#unmake()
    return false
  }

  async #unmake(): Promise<void> {
    if (this.isSpent) await truncate(this.#file, 0)
    else await unlink(this.#file).catch(unlessGone)
  }

  async #size(): Promise<number | undefined> {
    return (await stat(this.#file).catch(unlessGone))?.size
  }

  /** Once for each trouble. */
  #complain(error: unknown): void {
    if (!this.#isComplained) this.#place.log.warn('reserve_not_made', { err: error as Error })
    this.#isComplained = true
  }
}

/** As many random bytes as are given at once. */
const quota = 65_536

/** Whether a write failed since nothing more fits on the disk. */
export function isDiskFull(cause: unknown): boolean {
  const { code } = cause as { readonly code?: unknown }
  return code === 'ENOSPC' || code === 'EDQUOT'
}
