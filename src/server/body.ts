import type { IncomingMessage } from 'node:http'

/** What a TLS record holds: a body up to here mostly arrives in one piece. */
const oneChunk = 16 * 1024

export type Body =
  | { readonly kind: 'whole'; readonly bytes: Buffer }
  | { readonly kind: 'too-large' }
  /** The sender hung up or was cut off. */
  | { readonly kind: 'broken' }

/** Memory of so many bytes. */
export type Allocate = (length: number) => Buffer

/** The whole body, as long as it has at most `limit` bytes. Never rejects. */
export function readBody(
  request: IncomingMessage,
  limit: number,
  allocate: Allocate = (length) => Buffer.allocUnsafeSlow(length),
): Promise<Body> {
  return new Promise((resolve) => {
    const declared = declaredLength(request) ?? 0
    const isPlaced = declared > oneChunk && declared <= limit
    const chunks = new Chunks(limit, isPlaced ? allocate(declared) : undefined)
    const onData = (chunk: Buffer) => {
      if (chunks.add(chunk)) return
      request.off('data', onData)
      request.pause()
      resolve({ kind: 'too-large' })
    }
    request.on('data', onData)
    request.on('end', () => {
      resolve({ kind: 'whole', bytes: chunks.take() })
    })
    // Without a listener of its own an error is a close.
    request.on('close', () => {
      resolve({ kind: 'broken' })
    })
  })
}

/**
 * Reads on without keeping, until the end or `most` bytes. A server that answers and closes while
 * its peer is still sending makes the peer see a reset instead of the answer.
 */
export function discardBody(request: IncomingMessage, most: number): Promise<void> {
  return new Promise((resolve) => {
    if (request.complete || request.destroyed) {
      request.resume()
      resolve()
      return
    }
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > most) resolve()
    })
    for (const event of ['end', 'close', 'error']) request.once(event, () => resolve())
    request.resume()
  })
}

/** The declared length, or undefined when the body comes in chunks of its own. */
export function declaredLength(request: IncomingMessage): number | undefined {
  const text = request.headers['content-length']
  return text === undefined ? undefined : Number(text)
}

/** `application/json`, in UTF-8 if it says so, and not compressed. */
export function isPlainJson(request: IncomingMessage): boolean {
  const { 'content-type': type, 'content-encoding': encoding } = request.headers
  if (encoding !== undefined && encoding !== 'identity') return false
  return (
    type === 'application/json' || /^application\/json *; *charset="?utf-8"?$/i.test(type ?? '')
  )
}

/** A body of declared length goes to its place at once: nothing is held twice. */
class Chunks {
  readonly #limit: number
  #whole: Buffer | undefined
  #chunks: Buffer[] = []
  #size = 0

  constructor(limit: number, whole: Buffer | undefined) {
    this.#limit = limit
    this.#whole = whole
  }

  /** False once there is more than the limit. */
  add(chunk: Buffer): boolean {
    // The parser of HTTP hands out no more bytes than were declared.
    if (this.#whole === undefined) this.#chunks.push(chunk)
    else chunk.copy(this.#whole, this.#size)
    this.#size += chunk.length
    if (this.#size <= this.#limit) return true
    this.#chunks = []
    return false
  }

  /** Keeps nothing: the exchange that holds this lives on until its last byte is out. */
  take(): Buffer {
    const { length } = this.#chunks
    const [only] = this.#chunks
    const whole =
      this.#whole ??
      (length === 1 && only !== undefined ? only : Buffer.concat(this.#chunks, this.#size))
    this.#whole = undefined
    this.#chunks = []
    return whole
  }
}
