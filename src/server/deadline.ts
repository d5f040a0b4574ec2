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

/**
 * A timer with a signal that is only made when somebody asks for it: most reviews never wait. Most
 * end in the turn of the event loop in which they began, too, and for those no timer is started.
 */
export class Deadline {
  readonly #ms: number
  readonly #onPassed: () => void
  #timer: NodeJS.Timeout | undefined
  #controller: AbortController | undefined
  #reason: GuardError | undefined
  #isOver = false

  constructor(ms: number, onPassed: () => void) {
    this.#ms = ms
    this.#onPassed = onPassed
    startAfterTurn(this)
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

  start(): void {
    if (this.#isOver) return
    this.#timer = setTimeout(() => {
      this.abort('there is no time left for this review')
      this.#onPassed()
    }, this.#ms)
  }

  abort(why: string): void {
    this.clear()
    if (this.#reason !== undefined) return
    this.#reason = new GuardError('DeadlineExceeded', why)
    this.#controller?.abort(this.#reason)
  }

  /** Nothing is left to wait for. */
  clear(): void {
    this.#isOver = true
    clearTimeout(this.#timer)
  }
}

/** What began in this turn. */
let young: Deadline[] = []

function startAfterTurn(deadline: Deadline): void {
  if (young.push(deadline) > 1) return
  setImmediate(() => {
    const all = young
    young = []
    for (const one of all) one.start()
  })
}
