import { Readable, Writable } from 'node:stream'
import type { Env, Output } from '../../src/cli/env.ts'

export interface FakeEnv extends Env {
  /** What was written so far. */
  out(): string
  err(): string
}

interface Circumstances {
  readonly input?: string
  readonly cwd?: string
  readonly now?: () => number
  readonly vars?: Env['vars']
  readonly signal?: AbortSignal
  /** Both outputs are terminals with this many columns. */
  readonly columns?: number
}

const noon = Date.UTC(2026, 5, 1, 12)

/** Whatever a test does not give is empty; the clock stands still. */
export function fakeEnv(given: Circumstances = {}): FakeEnv {
  const stdout = collector(given.columns)
  const stderr = collector(given.columns)
  return {
    stdin: Readable.from(given.input === undefined ? [] : [Buffer.from(given.input)]),
    stdout: stdout.output,
    stderr: stderr.output,
    cwd: given.cwd ?? '/nowhere',
    home: '/nowhere',
    vars: given.vars ?? {},
    now: given.now ?? (() => noon),
    usage: () => ({ residentBytes: 0, cpuSeconds: 0 }),
    signal: given.signal ?? new AbortController().signal,
    out: stdout.text,
    err: stderr.text,
  }
}

function collector(columns: number | undefined): { output: Output; text: () => string } {
  const chunks: Buffer[] = []
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk)
      done()
    },
  })
  const output = columns === undefined ? stream : Object.assign(stream, { isTTY: true, columns })
  return { output, text: () => Buffer.concat(chunks).toString() }
}
