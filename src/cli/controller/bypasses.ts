import { nextBypassStatus } from '../../core/breakglass/post-mortem-bypass-phase.ts'
import type { Changed, GrantStore } from '../../core/breakglass/grant-store.ts'
import { amending } from '../../core/breakglass/queue.ts'
import { GuardError } from '../../core/errors.ts'
import { stringAt, type JsonObject } from '../../core/manifest/json.ts'
import type { Api } from '../../kubernetes/api.ts'
import { postMortemStatuses } from '../../kubernetes/bypass-post-mortems.ts'
import { openPostMortems, type PostMortems } from '../../kubernetes/post-mortem-watch.ts'
import { pause } from '../../kubernetes/wait.ts'
import type { Log } from '../../telemetry/log.ts'

export interface BypassKeeperOptions {
  readonly api: Api
  /** Epoch ms. */
  readonly now: () => number
  readonly log: Log
}

const everySecond = 1_000

/**
 * The active controller's work on PostMortems without a grant, until the signal: what is due, and how
 * they stand until somebody has reviewed them.
 */
export function keepBypasses(options: BypassKeeperOptions, signal: AbortSignal): Promise<void> {
  return new BypassKeeper(options).run(signal)
}

class BypassKeeper {
  readonly #options: BypassKeeperOptions
  readonly #postMortems: PostMortems
  readonly #store: Pick<GrantStore, 'amend'>
  /** Names of those that are not closed, or changed. */
  readonly #open = new Set<string>()
  readonly #complaints = new Map<string, string>()

  constructor(options: BypassKeeperOptions) {
    this.#options = options
    this.#store = amending(postMortemStatuses(options.api))
    this.#postMortems = openPostMortems({
      ...options,
      onChange: () => undefined,
      onBypass: (name) => this.#open.add(name),
    })
  }

  async run(signal: AbortSignal): Promise<void> {
    try {
      while (!signal.aborted) {
        for (const name of this.#open) await this.#attend(name, signal)
        await pause(everySecond, signal)
      }
    } finally {
      await this.#postMortems.stop()
    }
  }

  async #attend(name: string, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    try {
      await this.#keep(name, signal)
      this.#complaints.delete(name)
    } catch (error) {
      if (!signal.aborted) this.#complain(name, error as Error)
    }
  }

  async #keep(name: string, signal: AbortSignal): Promise<void> {
    const known = this.#postMortems.get(name)
    if (known === undefined) {
      this.#open.delete(name)
      return
    }
    if (this.#next(known).kind === 'leave') {
      if (stringAt(known, 'status', 'phase') === 'Closed') this.#open.delete(name)
      return
    }
    const change = (postMortem: JsonObject) => Promise.resolve(this.#next(postMortem))
    const amended = await this.#store.amend(name, change, signal)
    if (amended.kind === 'failed') throw new GuardError('ClusterUnreachable', amended.why)
  }

  #next(postMortem: JsonObject): Changed<undefined> {
    const status = nextBypassStatus(postMortem, this.#options.now())
    return status === undefined
      ? { kind: 'leave', answer: undefined }
      : { kind: 'store', status, answer: undefined }
  }

  /** Once for each trouble, not for each attempt. */
  #complain(name: string, error: Error): void {
    if (this.#complaints.get(name) === error.message) return
    this.#complaints.set(name, error.message)
    this.#options.log.warn('bypass_not_kept', { postMortem: name, err: error })
  }
}
