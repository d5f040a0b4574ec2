import { WeightedCache } from './weighted-cache.ts'

/** Values by key, made once however many ask at the same time. */
export class Shelf<T extends { readonly expires: number }> {
  readonly #cache: WeightedCache<T>
  readonly #weigh: (value: T) => number
  readonly #now: () => number
  readonly #running = new Map<string, Promise<T>>()

  constructor(limit: number, weigh: (value: T) => number, now: () => number) {
    this.#cache = new WeightedCache(limit)
    this.#weigh = weigh
    this.#now = now
  }

  get(key: string, make: () => Promise<T>): Promise<T> {
    const cached = this.#cache.get(key)
    if (cached !== undefined && cached.expires > this.#now()) return Promise.resolve(cached)
    const running = this.#running.get(key)
    if (running !== undefined) return running
    const job = make()
      .then((value) => {
        this.#cache.set(key, value, this.#weigh(value))
        return value
      })
      .finally(() => this.#running.delete(key))
    this.#running.set(key, job)
    return job
  }

  get weight(): number {
    return this.#cache.weight
  }
}
