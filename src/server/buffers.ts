/** Capacities are whole multiples of this, so that bodies of about one size share buffers. */
const step = 512 * 1024

/**
 * Buffers of large bodies, used again and again: each new one costs the system as many page faults
 * as it has pages, and stays until the garbage collector hears of it.
 */
export class Buffers {
  readonly #most: number
  readonly #free: ArrayBuffer[] = []
  readonly #lent = new WeakSet<ArrayBufferLike>()
  #freeBytes = 0

  /** At most so many bytes are kept while nobody uses them. */
  constructor(most: number) {
    this.#most = most
  }

  /** Holds what it held before. */
  take(length: number): Buffer {
    const found = this.#free.findIndex(({ byteLength }) => byteLength >= length)
    const [free] = found < 0 ? [] : this.#free.splice(found, 1)
    this.#freeBytes -= free?.byteLength ?? 0
    const memory = free ?? new ArrayBuffer(Math.ceil(length / step) * step)
    this.#lent.add(memory)
    return Buffer.from(memory, 0, length)
  }

  /** Whoever calls this reads it no more. What is not from here is left alone. */
  giveBack({ buffer }: Buffer): void {
    if (!(buffer instanceof ArrayBuffer) || !this.#lent.delete(buffer)) return
    if (this.#freeBytes + buffer.byteLength > this.#most) return
    this.#free.push(buffer)
    this.#freeBytes += buffer.byteLength
  }
}
