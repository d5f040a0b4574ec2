import { Parser, type Parsed, type ParserOptions } from './parser.ts'
import type { ParseRequest } from './parse-worker.ts'
import type { ReaderName } from './readers.ts'

/** What a request waits for goes before what is indexed ahead of any. */
export type Urgency = 'request' | 'index'

type Job = (parser: Parser) => Promise<void>

/** A few parsers, and the files that wait for one. A hostile file ends its own thread and no other. */
export class ParserPool {
  readonly #parsers: readonly Parser[]
  /** The one that worked last goes first, so that the others can end for want of work. */
  readonly #idle: Parser[]
  readonly #waiting: Readonly<Record<Urgency, Job[]>> = { request: [], index: [] }

  constructor(size: number, options: ParserOptions) {
    this.#parsers = Array.from({ length: size }, () => new Parser(options))
    this.#idle = [...this.#parsers]
  }

  parse<R extends ReaderName>(request: ParseRequest<R>, urgency: Urgency): Promise<Parsed<R>> {
    return new Promise((resolve, reject) => {
      this.#waiting[urgency].push((parser) => parser.parse(request).then(resolve, reject))
      this.#next()
    })
  }

  async stop(): Promise<void> {
    await Promise.all(this.#parsers.map((parser) => parser.stop()))
  }

  #next(): void {
    if (this.#idle.length === 0) return
    const job = this.#waiting.request.shift() ?? this.#waiting.index.shift()
    const parser = job === undefined ? undefined : this.#idle.pop()
    if (job === undefined || parser === undefined) return
    void job(parser).then(() => {
      this.#idle.push(parser)
      this.#next()
    })
  }
}
