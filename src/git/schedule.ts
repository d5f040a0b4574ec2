export interface ScheduleOptions {
  /** Rejects when it failed; how often that happened in a row decides when the next one may be. */
  readonly job: (signal: AbortSignal) => Promise<void>
  readonly everyMs: number
  /** Least time from the start of one run to the start of the next, on average. */
  readonly leastMs: number
}

/** So many runs may follow each other at once after a rest: one commit is often asked for twice. */
const burst = 3

const longestBackOff = 60_000
/** Whoever asks while the next run is further away than this need not wait for it. */
const worthWaiting = 2000

/**
 * One job, again and again: never twice at once, no more often than `leastMs` allows however many
 * ask, with growing pauses while it fails.
 */
export class Schedule {
  readonly #options: ScheduleOptions
  readonly #stopped = new AbortController()
  #running: Promise<void> = Promise.resolve()
  #queued: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #failures = 0
  /** When the next run may start, on the clock that nobody can set. */
  #earliest = 0
  /** When the runs so far would have been over, had none of them come before its time. */
  #due = 0

  constructor(options: ScheduleOptions) {
    this.#options = options
  }

  async stop(): Promise<void> {
    this.#stopped.abort()
    clearTimeout(this.#timer)
    await this.#queued
    await this.#running
  }

  /**
   * Waits for a run that starts after this call, at most until the signal; all who ask before it
   * starts share it. One that started earlier may have looked before there was something to see.
   */
  async request(signal: AbortSignal): Promise<void> {
    if (this.#stopped.signal.aborted || signal.aborted) return
    if (this.#failures > 0 && this.#earliest - performance.now() > worthWaiting) return
    await untilAborted(signal, this.#enqueue())
  }

  /** As soon as the pauses allow, without waiting for it. */
  hurry(): void {
    if (!this.#stopped.signal.aborted) void this.#enqueue()
  }

  #enqueue(): Promise<void> {
    this.#queued ??= this.#runNext()
    return this.#queued
  }

  async #runNext(): Promise<void> {
    await this.#running
    const { signal } = this.#stopped
    const wait = this.#earliest - performance.now()
    if (wait > 0) await pause(wait, signal)
    // Whoever asks from now on asks for a later run.
    this.#queued = undefined
    if (signal.aborted) return
    clearTimeout(this.#timer)
    this.#running = this.#run(signal)
    await this.#running
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { job, everyMs, leastMs } = this.#options
    const started = performance.now()
    const isGood = await job(signal).then(
      () => true,
      () => false,
    )
    this.#failures = isGood ? 0 : this.#failures + 1
    const next = isGood ? everyMs : this.#backOff()
    this.#due = Math.max(this.#due, started) + leastMs
    this.#earliest = isGood ? this.#due - (burst - 1) * leastMs : started + next
    if (signal.aborted) return
    // Many replicas ask one server: not all in the same second.
    const jittered = isGood ? next * (0.9 + 0.1 * Math.random()) : next
    this.#timer = setTimeout(() => void this.#enqueue(), jittered).unref()
  }

  #backOff(): number {
    const { everyMs, leastMs } = this.#options
    const longest = Math.max(leastMs, Math.min(everyMs, longestBackOff))
    const doubled = Math.min(longest, leastMs * 2 ** Math.min(this.#failures, 16))
    return Math.max(leastMs, doubled * (0.5 + 0.5 * Math.random()))
  }
}

/** Both at once, whichever comes first; leaves nothing behind on a signal that outlives them. */
function untilAborted(signal: AbortSignal, job: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      signal.removeEventListener('abort', end)
      resolve()
    }
    if (signal.aborted) end()
    else signal.addEventListener('abort', end, { once: true })
    void job.then(end, end)
  })
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const waited = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds)
  })
  return untilAborted(signal, waited).finally(() => clearTimeout(timer))
}
