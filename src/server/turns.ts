/**
 * One waiter per turn of the event loop. Parsing a body of 1 MB takes milliseconds: in one turn
 * only one of those runs, and whatever small has arrived meanwhile goes before the next.
 */
export class Turns {
  readonly #waiting: (() => void)[] = []

  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      if (this.#waiting.length === 1) setImmediate(this.#run)
    })
  }

  readonly #run = (): void => {
    this.#waiting[0]?.()
    this.#waiting.shift()
    if (this.#waiting.length > 0) setImmediate(this.#run)
  }
}
