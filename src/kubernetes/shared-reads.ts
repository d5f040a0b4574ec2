interface Reading<T> {
  readonly running: Promise<T>
  /** Begins when `running` has ended, for all who asked meanwhile. */
  next?: Promise<T>
}

/**
 * One read after the other for each key. Whoever asks while one is running gets the next one: the
 * running one may have seen the object already.
 */
export class SharedReads<T> {
  readonly #readings = new Map<string, Reading<T>>()

  read(key: string, begin: () => Promise<T>): Promise<T> {
    const reading = this.#readings.get(key)
    if (reading === undefined) return this.#begin(key, begin)
    reading.next ??= reading.running.catch(() => undefined).then(() => this.#begin(key, begin))
    return reading.next
  }

  #begin(key: string, begin: () => Promise<T>): Promise<T> {
    const reading: Reading<T> = {
      running: begin().finally(() => {
        if (reading.next === undefined) this.#readings.delete(key)
      }),
    }
    this.#readings.set(key, reading)
    return reading.running
  }
}
