import { open, type FileHandle } from 'node:fs/promises'
import { bytesOf, isCompressed } from './record-bytes.ts'

const newline = 0x0a
/** Longer than any line. */
const longestLine = 1024 * 1024

/** Reads whole lines of one record file, from anywhere in what it holds. */
export interface LineReader {
  /**
   * Up to `most` bytes of whole lines, and at least one line where there is one; empty at the end.
   * Throws DamagedFile.
   */
  linesFrom(offset: number, most: number): Promise<Buffer>
  /** Exactly these bytes; fewer where the file ends. */
  bytesFrom(offset: number, count: number): Promise<Buffer>
  close(): Promise<void>
}

export async function openLines(file: string): Promise<LineReader> {
  if (isCompressed(file)) return new Lines(new CompressedBytes(file))
  return new Lines(new PlainBytes(await open(file, 'r')))
}

interface Bytes {
  read(offset: number, count: number): Promise<Buffer>
  close(): Promise<void>
}

class Lines implements LineReader {
  readonly #bytes: Bytes

  constructor(bytes: Bytes) {
    this.#bytes = bytes
  }

  async linesFrom(offset: number, most: number): Promise<Buffer> {
    const bytes = await this.#bytes.read(offset, most)
    const end = bytes.lastIndexOf(newline) + 1
    if (end > 0 || bytes.length < most) return bytes.subarray(0, end)
    // One line that is longer than that.
    const more = await this.#bytes.read(offset, Math.max(most, longestLine))
    return more.subarray(0, more.indexOf(newline) + 1)
  }

  bytesFrom(offset: number, count: number): Promise<Buffer> {
    return this.#bytes.read(offset, count)
  }

  close(): Promise<void> {
    return this.#bytes.close()
  }
}

/** A file that may still be written to. */
class PlainBytes implements Bytes {
  readonly #handle: FileHandle

  constructor(handle: FileHandle) {
    this.#handle = handle
  }

  async read(offset: number, count: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(count)
    let done = 0
    while (done < count) {
      const { bytesRead } = await this.#handle.read(bytes, done, count - done, offset + done)
      if (bytesRead === 0) break
      done += bytesRead
    }
    // A machine that dies must not know less of it than whoever it was sent to.
    if (done > 0) await this.#handle.datasync()
    return bytes.subarray(0, done)
  }

  close(): Promise<void> {
    return this.#handle.close()
  }
}

/** Reads on from where it was; back only by beginning again. */
class CompressedBytes implements Bytes {
  readonly #file: string
  #chunks: AsyncIterator<Buffer>
  #held: Buffer = Buffer.alloc(0)
  /** Where `held` begins. */
  #at = 0
  #isAtEnd = false

  constructor(file: string) {
    this.#file = file
    this.#chunks = bytesOf(file)[Symbol.asyncIterator]()
  }

  async read(offset: number, count: number): Promise<Buffer> {
    if (offset < this.#at) await this.#beginAgain()
    while (!this.#isAtEnd && this.#at + this.#held.length < offset + count) await this.#pull(offset)
    const begin = offset - this.#at
    return this.#held.subarray(begin, begin + count)
  }

  async close(): Promise<void> {
    await this.#chunks.return?.()
  }

  /** What stands before `offset` is let go. */
  async #pull(offset: number): Promise<void> {
    const next = await this.#chunks.next()
    if (next.done === true) {
      this.#isAtEnd = true
      return
    }
    const held = Buffer.concat([this.#held, next.value])
    const past = Math.min(Math.max(offset - this.#at, 0), held.length)
    this.#held = held.subarray(past)
    this.#at += past
  }

  async #beginAgain(): Promise<void> {
    await this.close()
    this.#chunks = bytesOf(this.#file)[Symbol.asyncIterator]()
    this.#held = Buffer.alloc(0)
    this.#at = 0
    this.#isAtEnd = false
  }
}
