/** So many at once, and so many again each minute. */
export interface Rate {
  readonly burst: number
  readonly perMinute: number
}

/** Holds state for as many keys as it is asked about: ask only about known ones. */
export class TokenBuckets {
  readonly #rate: Rate
  readonly #now: () => number
  readonly #buckets = new Map<string, { tokens: number; at: number }>()

  constructor(rate: Rate, now: () => number) {
    this.#rate = rate
    this.#now = now
  }

  take(key: string): boolean {
    const { burst, perMinute } = this.#rate
    const now = this.#now()
    const bucket = this.#buckets.get(key) ?? { tokens: burst, at: now }
    const refilled = bucket.tokens + (Math.max(0, now - bucket.at) * perMinute) / 60_000
    const tokens = Math.min(burst, refilled)
    const isFree = tokens >= 1
    this.#buckets.set(key, { tokens: isFree ? tokens - 1 : tokens, at: now })
    return isFree
  }
}
