import { GuardError } from '../core/errors.ts'

const standardMs = 10_000
const longestMs = 30_000
/** For the way back, and for a loaded machine. */
const marginMs = 500

/**
 * How long a review may take, from `?timeout=Ns` of its URL. The API server rounds up to whole
 * seconds and always sends it; without one, or with nonsense, its default holds.
 */
export function deadlineOf(url: string): number {
  const text = /[?&]timeout=(\d{1,4})s(?:&|$)/.exec(url)?.[1]
  const asked = text === undefined ? 0 : Number(text) * 1000
  const timeout = Math.min(asked > 0 ? asked : standardMs, longestMs)
  return timeout - marginMs
}

/** A timer with a signal that is only made when somebody asks for it: most reviews never wait. */
export class Deadline {
  readonly #timer: NodeJS.Timeout
  #controller: AbortController | undefined
  #reason: GuardError | undefined

  constructor(ms: number, onPassed: () => void) {
    this.#timer = setTimeout(() => {
      this.abort('there is no time left for this review')
      onPassed()
    }, ms)
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#reason !== undefined) this.#controller.abort(this.#reason)
    }
    return this.#controller.signal
  }

  get isPassed(): boolean {
    return this.#reason !== undefined
  }

  abort(why: string): void {
    clearTimeout(this.#timer)
    if (this.#reason !== undefined) return
    this.#reason = new GuardError('DeadlineExceeded', why)
    this.#controller?.abort(this.#reason)
  }

  /** Nothing is left to wait for. */
  clear(): void {
    clearTimeout(this.#timer)
  }
}
