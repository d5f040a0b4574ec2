/** `own`: reviews of our own accounts, which must get through when everybody else has to wait. */
export type Lane = 'own' | 'other'
export type Wait = 'taken' | 'full' | 'cancelled'

export interface SlotLimits {
  /** What may be taken at once, by weight. */
  readonly capacity: number
  /** Part of the capacity, and of the queue, that only `own` may use. */
  readonly reserved: number
  readonly queue: number
}

interface Waiter {
  readonly lane: Lane
  readonly weight: number
  readonly settle: (outcome: Wait) => void
}

/** A weighted semaphore with a bounded queue for each lane; `own` goes first. */
export class Slots {
  readonly #limits: SlotLimits
  readonly #queues: Readonly<Record<Lane, Waiter[]>> = { own: [], other: [] }
  #taken = 0

  constructor(limits: SlotLimits) {
    this.#limits = limits
  }

  get taken(): number {
    return this.#taken
  }

  get waiting(): number {
    return this.#queues.own.length + this.#queues.other.length
  }

  /** Without waiting, and not past those who wait. */
  tryTake(lane: Lane, weight = 1): boolean {
    if (this.#isBehind(lane) || !this.#fits(lane, weight)) return false
    this.#taken += weight
    return true
  }

  /** Gives the place in the queue up when the signal aborts. */
  wait(lane: Lane, signal: AbortSignal, weight = 1): Promise<Wait> {
    if (signal.aborted) return Promise.resolve('cancelled')
    if (this.waiting >= this.#queueFor(lane)) return Promise.resolve('full')
    return new Promise((resolve) => {
      const onAbort = () => {
        const queue = this.#queues[lane]
        queue.splice(queue.indexOf(waiter), 1)
        resolve('cancelled')
        // Whoever waits behind may be light enough for what is free.
        this.#serve()
      }
      const waiter: Waiter = {
        lane,
        weight,
        settle: (outcome) => {
          signal.removeEventListener('abort', onAbort)
          resolve(outcome)
        },
      }
      signal.addEventListener('abort', onAbort, { once: true })
      this.#queues[lane].push(waiter)
    })
  }

  release(weight = 1): void {
    this.#taken -= weight
    this.#serve()
  }

  #serve(): void {
    for (const lane of ['own', 'other'] as const) {
      const queue = this.#queues[lane]
      for (let next = queue[0]; next !== undefined; next = queue[0]) {
        if (!this.#fits(lane, next.weight)) break
        queue.shift()
        this.#taken += next.weight
        next.settle('taken')
      }
      // What own accounts wait for is not given to others.
      if (queue.length > 0) return
    }
  }

  #isBehind(lane: Lane): boolean {
    return this.#queues.own.length > 0 || (lane === 'other' && this.#queues.other.length > 0)
  }

  #fits(lane: Lane, weight: number): boolean {
    return this.#taken + weight <= this.#share(lane, this.#limits.capacity)
  }

  #queueFor(lane: Lane): number {
    return this.#share(lane, this.#limits.queue)
  }

  #share(lane: Lane, all: number): number {
    return lane === 'own' ? all : all - this.#limits.reserved
  }
}
