import { stat, readdir } from 'node:fs/promises'
import path from 'node:path'
import { addAbortSignal } from 'node:stream'
import type { RecordLine as Line } from '../core/audit/verify.ts'
import { at, type Json } from '../core/manifest/json.ts'
import { bytesOf } from '../journal/record-bytes.ts'
import { recordLines } from '../journal/record-lines.ts'
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
const recordFile = /\.jsonl(?:\.gz)?$/

/**
 * The records of decisions in files, in all `*.jsonl` and `*.jsonl.gz` below directories and in
 * standard input, one at a time. What chains say of themselves is left out.
 */
export async function* readRecords(
  places: readonly string[],
  env: Env,
): AsyncGenerator<RecordLine, void, undefined> {
  // All are looked for before the first is read: that may take minutes.
  for (const file of await filesAt(places, env)) {
    for await (const lines of linesOf(file, env)) yield* decisionsIn(lines)
  }
}

function decisionsIn(lines: readonly Line[]): readonly RecordLine[] {
  return lines
    .filter(({ text }) => text !== '')
    .map(({ file, line, text }) => ({ file, line, record: parse(text) }))
    .filter(({ record }) => !isOfTheChain(record))
}

/** The files named, and all record files below the directories named. */
export async function filesAt(places: readonly string[], env: Env): Promise<readonly string[]> {
  const files: string[] = []
  for (const place of places) files.push(...(await filesBelow(place, env)))
  // Somebody died between writing the compressed file and removing the other one.
  const names = new Set(files)
  return [...names].filter((file) => !file.endsWith('.gz') || !names.has(file.slice(0, -3)))
}

export function linesOf(file: string, env: Env): AsyncIterable<readonly Line[]> {
  // What waits at a terminal is not left by looking at the signal now and then.
  const bytes: AsyncIterable<Buffer> =
    file === standardInput
      ? addAbortSignal(env.signal, env.stdin)
      : bytesOf(path.resolve(env.cwd, file))
  return recordLines(untilAborted(bytes, env.signal), file)
}

async function filesBelow(named: string, env: Env): Promise<readonly string[]> {
  if (named === standardInput) return [named]
  const place = path.resolve(env.cwd, named)
  const found = await stat(place).catch((cause: unknown) => {
    throw new UsageError(`${named} cannot be read: ${codeOf(cause)}`, { cause })
  })
  if (!found.isDirectory()) return [named]
  const names = await readdir(place, { recursive: true })
  const files = names.filter((name) => recordFile.test(name)).toSorted()
  if (files.length === 0) throw new UsageError(`${named} holds no *.jsonl`)
  return files.map((name) => path.join(named, name))
}

async function* untilAborted(
  chunks: AsyncIterable<Buffer | string>,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  for await (const chunk of chunks) {
    signal.throwIfAborted()
    yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk
  }
}

function isOfTheChain(record: Json | undefined): boolean {
  return ['begins', 'checkpoint', 'removed'].some((name) => at(record, name) !== undefined)
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
