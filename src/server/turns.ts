/**
 * One step per turn of the event loop. Parsing a body of 1 MB takes milliseconds, and so does
 * deciding on it: in one turn only one of those runs, and whatever small has arrived meanwhile goes
 * before the next.
 */
export class Turns {
  readonly #waiting: (() => void)[] = []

  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      this.#start()
    })
  }

  /** Before whoever waits: one review that is parsed is enough to hold. */
  again(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.unshift(resolve)
      this.#start()
    })
  }

  #start(): void {
    if (this.#waiting.length === 1) setImmediate(this.#run)
  }

  readonly #run = (): void => {
    this.#waiting.shift()?.()
    if (this.#waiting.length > 0) setImmediate(this.#run)
  }
}
