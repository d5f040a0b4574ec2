export interface BatchAnswer {
  readonly oid: string
  /** Git's word for it, or `missing`. */
  readonly type: string
  readonly size: number
  /** Of `contents` only. */
  readonly bytes?: Buffer
}

const newline = 0x0a
const longestHeader = 200

/** Takes the output of `cat-file --batch-command` apart: a line per answer, then maybe the bytes. */
export class BatchAnswers {
  readonly #commands: ('info' | 'contents')[] = []
  #chunks: Buffer[] = []
  #buffered = 0
  /** Bytes that are needed before reading on makes sense. */
  #needed = 1

  expect(command: 'info' | 'contents'): void {
    this.#commands.push(command)
  }

  /** The answers that are complete now. */
  push(chunk: Buffer): readonly BatchAnswer[] {
    this.#chunks.push(chunk)
    this.#buffered += chunk.length
    // A large blob comes in thousands of chunks: they are joined once, not each time.
    if (this.#buffered < this.#needed) return []
    let rest = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks)
    const answers: BatchAnswer[] = []
    this.#needed = 1
    for (let step = this.#read(rest); step !== undefined; step = this.#read(rest)) {
      answers.push(step.answer)
      rest = rest.subarray(step.length)
    }
    this.#chunks = rest.length === 0 ? [] : [rest]
    this.#buffered = rest.length
    return answers
  }

  #read(bytes: Buffer): { readonly answer: BatchAnswer; readonly length: number } | undefined {
    const end = bytes.subarray(0, longestHeader).indexOf(newline)
    if (end === -1) return undefined
    const header = bytes.toString('latin1', 0, end).split(' ')
    const [oid = '', type = '', size = '0'] = header
    const answer = { oid, type, size: Number(size) }
    if (type === 'missing' || this.#commands[0] === 'info') {
      this.#commands.shift()
      return { answer, length: end + 1 }
    }
    const length = end + 1 + answer.size + 1
    if (bytes.length < length) {
      this.#needed = length
      return undefined
    }
    this.#commands.shift()
    // A copy: the slice would keep all that came with it in memory.
    const content = Buffer.from(bytes.subarray(end + 1, length - 1))
    return { answer: { ...answer, bytes: content }, length }
  }
}
