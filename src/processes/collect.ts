/** All that a program writes, up to a limit; `onOver` is called for each chunk beyond it. */
export class Collected {
  readonly #most: number
  readonly #onOver: (most: number) => void
  readonly #chunks: Buffer[] = []
  #size = 0

  constructor(most: number, onOver: (most: number) => void) {
    this.#most = most
    this.#onOver = onOver
  }

  take(chunk: Buffer): void {
    this.#size += chunk.length
    if (this.#size <= this.#most) this.#chunks.push(chunk)
    else this.#onOver(this.#most)
  }

  get whole(): Buffer {
    return Buffer.concat(this.#chunks)
  }
}

/** The beginning of a complaint: the first lines say why, the last ones only that. */
export class Complaint {
  readonly #most: number
  readonly #decoder = new TextDecoder()
  #text = ''

  /** `most`: in characters, but for the last chunk. */
  constructor(most: number) {
    this.#most = most
  }

  take(chunk: Buffer): void {
    if (this.#text.length < this.#most) this.#text += this.#decoder.decode(chunk, { stream: true })
  }

  get text(): string {
    return this.#text
  }
}
