import { stringAt, type Json } from '../core/manifest/json.ts'
import { isGood, type ApiAnswer } from './api.ts'
import { pause } from './wait.ts'

/** Processes that met each other must not meet again. */
const longestPause = 50
const longestRest = 1_000
/** Whom we have met may come again for so long. */
const memoryMs = 5_000
const mostKnown = 1_000
const never = new AbortController().signal

/**
 * How processes that write the same objects, each as it was read, leave each other their turns. Whoever
 * has been refused goes first, or the one with most to write, which takes longest, would always be late.
 */
export class WriteTurns {
  /** By name: the version that we wrote last. */
  readonly #ours = new Map<string, string>()
  /** By name: when others were seen to write. */
  readonly #met = new Map<string, number>()
  #lastMs = 0

  read(name: string, object: Json): void {
    const ours = this.#ours.get(name)
    if (ours !== undefined && ours !== versionOf(object)) this.#meet(name)
  }

  async write(name: string, send: () => Promise<ApiAnswer>): Promise<ApiAnswer> {
    const startedAt = performance.now()
    const answer = await send()
    this.#lastMs = performance.now() - startedAt
    if (answer.status === 409) this.#meet(name)
    if (isGood(answer)) this.#wrote(name, answer.body)
    return answer
  }

  pause(signal: AbortSignal): Promise<void> {
    return pause(Math.random() * longestPause, signal)
  }

  /** Time for two others to read and write. */
  async rest(name: string): Promise<void> {
    const metAt = this.#met.get(name) ?? -Infinity
    if (performance.now() - metAt > memoryMs) return
    await pause(Math.min(3 * this.#lastMs, longestRest), never)
  }

  #meet(name: string): void {
    if (this.#met.size >= mostKnown) this.#met.clear()
    this.#met.set(name, performance.now())
  }

  #wrote(name: string, object: Json | undefined): void {
    if (this.#ours.size >= mostKnown) this.#ours.clear()
    this.#ours.set(name, versionOf(object))
  }
}

function versionOf(object: Json | undefined): string {
  return stringAt(object, 'metadata', 'resourceVersion') ?? ''
}
