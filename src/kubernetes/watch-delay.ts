export interface DelayLimits {
  readonly firstMs: number
  readonly longestMs: number
}

/** How long to wait after one failure after the other: twice as long each time, and never in step. */
export class Delay {
  readonly #limits: DelayLimits
  readonly #random: () => number
  #failures = 0

  constructor(limits: DelayLimits, random: () => number = Math.random) {
    this.#limits = limits
    this.#random = random
  }

  get failures(): number {
    return this.#failures
  }

  /** Between half and all of it. */
  next(): number {
    const { firstMs, longestMs } = this.#limits
    const whole = Math.min(firstMs * 2 ** Math.min(this.#failures, 30), longestMs)
    this.#failures += 1
    return whole * (0.5 + this.#random() / 2)
  }

  reset(): void {
    this.#failures = 0
  }
}
