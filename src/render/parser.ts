import path from 'node:path'
import { Worker } from 'node:worker_threads'
import { GuardError } from '../core/errors.ts'
import type { ParseRequest } from './parse-worker.ts'
import type { ReaderName, ReadingOf } from './readers.ts'

export interface ParserOptions {
  /** The worker's entry point, if it is not the one beside this file. */
  readonly worker?: URL
  /** Time for one file. */
  readonly fileMs: number
  /** Heap of the worker. */
  readonly heapMb: number
  /** An idle worker is ended after this time: it holds tens of megabytes. */
  readonly idleMs: number
}

export type Parsed<R extends ReaderName> =
  | { readonly kind: 'read'; readonly reading: ReadingOf<R> }
  /** The file took too long or too much memory; the worker was ended, the next file gets a new one. */
  | { readonly kind: 'killed' }

type Reply =
  | { readonly kind: 'message'; readonly message: unknown }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'died'; readonly cause: unknown }

const startMs = 30_000
/** Beside a source its source, beside a bundle its bundle. */
const ownWorker = new URL(`./parse-worker${path.extname(import.meta.url)}`, import.meta.url)

/** Parses hostile files in a thread that can be killed. One at a time: see ParserPool. */
export class Parser {
  readonly #options: ParserOptions
  #worker: Worker | undefined
  #idle: NodeJS.Timeout | undefined
  #stopped = false

  constructor(options: ParserOptions) {
    this.#options = options
  }

  async parse<R extends ReaderName>(request: ParseRequest<R>): Promise<Parsed<R>> {
    clearTimeout(this.#idle)
    const worker = this.#worker ?? (await this.#start())
    this.#refuseWhenStopped()
    // Listen first: a small file may be answered before postMessage returns.
    const answer = nextReply(worker, this.#options.fileMs)
    worker.postMessage(request)
    const reply = await answer
    if (reply.kind === 'message') {
      this.#idle = setTimeout(() => void this.#end(), this.#options.idleMs).unref()
      return { kind: 'read', reading: reply.message as ReadingOf<R> }
    }
    await this.#end()
    this.#refuseWhenStopped()
    return { kind: 'killed' }
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#end()
  }

  async #start(): Promise<Worker> {
    this.#refuseWhenStopped()
    const worker = new Worker(
      this.#options.worker ?? ownWorker,
      // No environment: nothing in it is of use to a parser.
      { env: {}, resourceLimits: { maxOldGenerationSizeMb: this.#options.heapMb } },
    )
    this.#worker = worker
    worker.unref()
    // While no file is asked for, a dying worker is nobody's failure.
    worker.on('error', () => undefined)
    worker.once('exit', () => this.#forget(worker))
    const reply = await nextReply(worker, startMs)
    if (reply.kind === 'message') return worker
    await this.#end()
    const cause = reply.kind === 'died' ? reply.cause : undefined
    throw new GuardError('RenderFailed', 'the manifest parser does not start', { cause })
  }

  #refuseWhenStopped(): void {
    if (this.#stopped) throw new GuardError('RenderFailed', 'the manifest parser is stopped')
  }

  #forget(worker: Worker): void {
    if (this.#worker === worker) this.#worker = undefined
  }

  async #end(): Promise<void> {
    clearTimeout(this.#idle)
    const worker = this.#worker
    this.#worker = undefined
    await worker?.terminate()
  }
}

/** The next message of the worker, or why there will be none. */
function nextReply(worker: Worker, limitMs: number): Promise<Reply> {
  return new Promise((resolve) => {
    const settle = (reply: Reply): void => {
      clearTimeout(timer)
      worker.off('message', onMessage)
      worker.off('error', onEnd)
      worker.off('exit', onEnd)
      resolve(reply)
    }
    const onMessage = (message: unknown): void => settle({ kind: 'message', message })
    const onEnd = (cause: unknown): void => settle({ kind: 'died', cause })
    const timer = setTimeout(() => settle({ kind: 'timeout' }), limitMs)
    worker.on('message', onMessage)
    worker.on('error', onEnd)
    worker.on('exit', onEnd)
  })
}
