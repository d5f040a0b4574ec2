import { holdTold, type Held } from '../../core/breakglass/held-status.ts'
import type { GrantStore } from '../../core/breakglass/grant-store.ts'
import type { JsonObject } from '../../core/manifest/json.ts'
import type { Log } from '../../telemetry/log.ts'

const longestWait = 10_000
/** Engines try again every minute, and no grant has more uses. */
const mostKnown = 1000

/**
 * Writes down which engines were held back, off the answer's path: of each use the first time. What
 * fails is told by the next attempt.
 */
export class HoldNotes {
  readonly #store: GrantStore
  readonly #log: Log
  readonly #known = new Set<string>()
  readonly #running = new Set<Promise<void>>()
  readonly #stopping = new AbortController()

  constructor(store: GrantStore, log: Log) {
    this.#store = store
    this.#log = log
  }

  note(held: Held): void {
    const key = `${held.grant} ${held.use}`
    if (this.#known.has(key)) return
    if (this.#known.size >= mostKnown) this.#known.clear()
    this.#known.add(key)
    const running = this.#write(held, key).finally(() => this.#running.delete(running))
    this.#running.add(running)
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await Promise.all(this.#running)
  }

  async #write(held: Held, key: string): Promise<void> {
    const { grant, use, by, commit } = held
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(longestWait)])
    const change = (object: JsonObject) => Promise.resolve(holdTold(object, held))
    const amended = await this.#store.amend(grant, change, signal)
    if (amended.kind === 'done') {
      this.#log.info('write_held', { grant, use, writer: by, commit })
      return
    }
    this.#known.delete(key)
    const why = amended.kind === 'failed' ? amended.why : 'the grant is gone'
    this.#log.warn('hold_not_noted', { grant, use, why })
  }
}
