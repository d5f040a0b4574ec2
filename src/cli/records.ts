import { open, readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { Json } from '../core/manifest/json.ts'
import type { Env } from './env.ts'
import { UsageError } from './exit.ts'

export interface RecordLine {
  /** As the caller named it; `-` is standard input. */
  readonly file: string
  /** From 1. */
  readonly line: number
  /** Undefined where the line is no JSON: a file may end in the middle of one. */
  readonly record: Json | undefined
}

export const standardInput = '-'

/** The lines of files, of all `*.jsonl` below directories and of standard input, one at a time. */
export async function* readRecords(
  paths: readonly string[],
  env: Env,
): AsyncGenerator<RecordLine, void, undefined> {
  // All are looked for before the first is read: that may take minutes.
  const files: string[] = []
  for (const named of paths) files.push(...(await filesAt(named, env)))
  for (const file of files) {
    let line = 0
    for await (const text of linesOf(file, env)) {
      line += 1
      if (text !== '') yield { file, line, record: parse(text) }
    }
    // Readers whose signal is aborted just end.
    env.signal.throwIfAborted()
  }
}

/** The file named, or all `*.jsonl` below the directory named. */
export async function filesAt(named: string, env: Env): Promise<readonly string[]> {
  if (named === standardInput) return [named]
  const place = path.resolve(env.cwd, named)
  const found = await stat(place).catch((cause: unknown) => {
    throw new UsageError(`${named} cannot be read: ${codeOf(cause)}`, { cause })
  })
  if (!found.isDirectory()) return [named]
  const names = await readdir(place, { recursive: true })
  const files = names.filter((name) => name.endsWith('.jsonl')).toSorted()
  if (files.length === 0) throw new UsageError(`${named} holds no *.jsonl`)
  return files.map((name) => path.join(named, name))
}

async function* linesOf(file: string, env: Env): AsyncGenerator<string, void, undefined> {
  if (file === standardInput) {
    yield* createInterface({ input: env.stdin, crlfDelay: Infinity, signal: env.signal })
    return
  }
  await using handle = await open(path.resolve(env.cwd, file))
  yield* handle.readLines({ signal: env.signal })
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message
}
