import { fork, type ChildProcess } from 'node:child_process'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Report, Request } from './messages.ts'
import type { End, Listener, Start } from './order.ts'

/**
 * A small process that starts programs for this one. To start one, the system copies the tables of
 * its starter's memory, which takes milliseconds for each 100 MiB, and stops it meanwhile.
 */
export interface Launcher {
  readonly start: Start
  /** Ends what is running. */
  stop(): Promise<void>
}

interface Call extends Listener {
  readonly resolve: (end: End) => void
  readonly reject: (error: Error) => void
}

/** Beside a source its source, beside a bundle its bundle. */
const program = fileURLToPath(
  new URL(`./launcher-process${path.extname(import.meta.url)}`, import.meta.url),
)

/** `patienceMs`: how long it may take to end what is to be killed; then it is given up with all it started. */
export function openLauncher(patienceMs = 5000): Launcher {
  return new ProcessLauncher(patienceMs)
}

class ProcessLauncher implements Launcher {
  readonly #calls = new Map<number, Call>()
  #child: ChildProcess | undefined
  #lastId = 0
  #isStopped = false
  readonly #patienceMs: number

  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs
    // While we are small.
    this.#child = this.#open()
  }

  readonly start: Start = (order, listener) => {
    const id = (this.#lastId += 1)
    const ended = new Promise<End>((resolve, reject) => {
      this.#calls.set(id, { ...listener, resolve, reject })
    })
    this.#ask({ kind: 'start', id, order })
    return { ended, kill: () => this.#kill(id) }
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    const child = this.#child
    if (child === undefined) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.ref()
    if (child.connected) child.disconnect()
    await ended
  }

  #kill(id: number): void {
    const child = this.#child
    this.#ask({ kind: 'kill', id })
    setTimeout(() => {
      if (this.#calls.has(id)) child?.kill('SIGKILL')
    }, this.#patienceMs).unref()
  }

  #ask(request: Request): void {
    if (!this.#calls.has(request.id)) return
    if (this.#isStopped) {
      this.#settle(request.id, (call) => call.reject(new Error('nothing is started any more')))
      return
    }
    const child = (this.#child ??= this.#open())
    if (this.#calls.size === 1) child.channel?.ref()
    child.send(request, (error) => {
      if (error !== null) this.#settle(request.id, (call) => call.reject(error))
    })
  }

  #open(): ChildProcess {
    const child = fork(program, [], {
      cwd: '/',
      env: {},
      execArgv: ['--max-semi-space-size=1', '--max-old-space-size=64'],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    child.on('message', (report: Report) => this.#receive(report))
    child.once('error', (error) => this.#bury(child, error))
    child.once('exit', () => this.#bury(child, new Error('the process that starts others is gone')))
    child.unref()
    child.channel?.unref()
    return child
  }

  #receive(report: Report): void {
    const call = this.#calls.get(report.id)
    switch (report.kind) {
      case 'output':
        void call?.onOutput(toBuffer(report.chunk))
        break
      case 'complaint':
        void call?.onComplaint(toBuffer(report.chunk))
        break
      case 'ended':
        this.#settle(report.id, () => call?.resolve(report.end))
        break
      case 'failed':
        this.#settle(report.id, () => call?.reject(report.error))
    }
  }

  #settle(id: number, say: (call: Call) => void): void {
    const call = this.#calls.get(id)
    if (call === undefined) return
    this.#calls.delete(id)
    if (this.#calls.size === 0) this.#child?.channel?.unref()
    say(call)
  }

  /** The next call gets another one. */
  #bury(child: ChildProcess, error: Error): void {
    if (this.#child !== child) return
    this.#child = undefined
    for (const id of this.#calls.keys()) this.#settle(id, (call) => call.reject(error))
  }
}

function toBuffer(chunk: Uint8Array): Buffer {
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
}
