import { setTimeout as sleep } from 'node:timers/promises'
import { anchorName } from '../../core/audit/anchors.ts'
import type { Checkpoint } from '../../core/audit/checkpoint.ts'
import type { Api } from '../../kubernetes/api.ts'
import { keepCheckpoint } from '../../kubernetes/audit-checkpoints.ts'
import type { Check } from '../../server/health.ts'
import type { Log } from '../../telemetry/log.ts'

export interface AnchorsOptions {
  readonly api: Api
  /** Epoch ms. */
  readonly now: () => number
  readonly log: Log
  /** Before the newest one is tried again, in ms. */
  readonly retry?: number
  /** How long the end may take, in ms. */
  readonly atEnd?: number
}

/** Keeps the newest checkpoint of our chain in the cluster, where no record file is. */
export interface Anchors {
  /** At once, or once the one before it is stored. */
  take(checkpoint: Checkpoint): void
  checks(): readonly Check[]
  /** Since one was stored, or since the start. */
  ageSeconds(): number
  /** Resolves when the last one is stored, or will not be. */
  stop(): Promise<void>
}

export function openAnchors(options: AnchorsOptions): Anchors {
  return new NewestAnchor(options)
}

const mostAttempts = 5
const aQuarter = 15_000

/**
 * Stores one of a chain that is over, if it can be done in a minute: later nobody would know whether it
 * was refused for good. Answers how to end that.
 */
export function storeAnchor(
  checkpoint: Checkpoint,
  { api, log, retry = aQuarter }: Pick<AnchorsOptions, 'api' | 'log' | 'retry'>,
): () => Promise<void> {
  const ending = new AbortController()
  const { signal } = ending
  const stored = tryToStore()
  return async () => {
    ending.abort()
    await stored
  }

  async function tryToStore(): Promise<void> {
    const name = anchorName(checkpoint.writer)
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      try {
        await keepCheckpoint(api, { name, spec: checkpoint }, signal)
        return
      } catch (error) {
        if (attempt === mostAttempts) {
          log.warn('earlier_checkpoint_not_in_cluster', { name, err: error as Error })
          return
        }
      }
      await sleep(retry, undefined, { signal }).catch(() => undefined)
    }
  }
}

class NewestAnchor implements Anchors {
  readonly #options: AnchorsOptions
  readonly #stopping = new AbortController()
  readonly #ending = new AbortController()
  #newest: Checkpoint | undefined
  #stored: Checkpoint | undefined
  #storedAt: number
  #why: string | undefined
  #isStoring = false
  #storing: Promise<void> = Promise.resolve()

  constructor(options: AnchorsOptions) {
    this.#options = options
    this.#storedAt = options.now()
  }

  take(checkpoint: Checkpoint): void {
    this.#newest = checkpoint
    if (!this.#isStoring) this.#storing = this.#store()
  }

  checks(): readonly Check[] {
    const since = this.#stored === undefined ? 'none is stored' : `stored at ${this.#stored.time}`
    const detail = this.#why === undefined ? since : `${since}: ${this.#why}`
    return [{ name: 'audit checkpoint', ok: this.#why === undefined, detail }]
  }

  ageSeconds(): number {
    return (this.#options.now() - this.#storedAt) / 1000
  }

  async stop(): Promise<void> {
    // Whoever waits tries once more; whoever gets no answer gives up.
    this.#stopping.abort()
    const { atEnd = 3_000, log } = this.#options
    const limit = setTimeout(() => {
      this.#ending.abort()
    }, atEnd)
    await this.#storing
    clearTimeout(limit)
    if (this.#stored !== this.#newest) log.warn('last_checkpoint_not_in_cluster')
  }

  async #store(): Promise<void> {
    this.#isStoring = true
    for (let isLast = false; this.#stored !== this.#newest && !isLast;) {
      isLast = this.#stopping.signal.aborted
      const checkpoint = this.#newest
      if (checkpoint === undefined) break
      if (await this.#tryToStore(checkpoint)) this.#stored = checkpoint
      else await this.#pause()
      isLast &&= this.#newest === checkpoint
    }
    // In the same turn as the look at the newest one: whoever comes later starts again.
    this.#isStoring = false
  }

  async #tryToStore(checkpoint: Checkpoint): Promise<boolean> {
    const { api, log } = this.#options
    const name = anchorName(checkpoint.writer)
    try {
      await keepCheckpoint(api, { name, spec: checkpoint }, this.#ending.signal)
      this.#storedAt = this.#options.now()
      this.#why = undefined
      return true
    } catch (error) {
      // Once for each trouble.
      if (this.#why === undefined) log.warn('checkpoint_not_in_cluster', { err: error as Error })
      this.#why = error instanceof Error ? error.message : 'it failed'
      return false
    }
  }

  async #pause(): Promise<void> {
    const { retry = 15_000 } = this.#options
    await sleep(retry, undefined, { signal: this.#stopping.signal }).catch(() => undefined)
  }
}
