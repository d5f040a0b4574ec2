import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { at, type Json } from '../../core/manifest/json.ts'
import { bytesOf } from '../../journal/record-bytes.ts'
import type { Env } from '../env.ts'
import { UsageError } from '../exit.ts'
import { standardInput } from '../records.ts'

export interface LogFile {
  readonly file: string
  /** Its directory: what is in one comes from one API server. */
  readonly place: string
}

const logFile = /\.(?:log|jsonl?)(?:\.gz)?$/
/** An event holds two objects at most, at the level that logs bodies. */
const longestLine = 16 * 1024 * 1024

/** The files named, and all logs in the directories named, rotated and compressed ones too. */
export async function logFilesAt(named: readonly string[], env: Env): Promise<readonly LogFile[]> {
  const files = new Map<string, LogFile>()
  for (const one of named) {
    for (const file of await filesOf(one, env)) {
      const resolved = file === standardInput ? file : path.resolve(env.cwd, file)
      files.set(resolved, { file, place: file === standardInput ? file : path.dirname(file) })
    }
  }
  return [...files.values()]
}

async function filesOf(named: string, env: Env): Promise<readonly string[]> {
  if (named === standardInput) return [named]
  const resolved = path.resolve(env.cwd, named)
  const found = await stat(resolved).catch((cause: unknown) => {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error'
    throw new UsageError(`${named} cannot be read: ${code}`, { cause })
  })
  if (!found.isDirectory()) return [named]
  const names = (await readdir(resolved)).filter((name) => logFile.test(name)).toSorted()
  if (names.length === 0) throw new UsageError(`${named} holds no *.log and no *.jsonl`)
  return names.map((name) => path.join(named, name))
}

/** As the API server names what it has put aside, and what somebody has compressed since. */
const putAside = /(?:-\d{4}-\d\d-\d\dT[\d.-]+\.log|\.gz)$/

/**
 * Its events, as many at a time as come together; undefined for a line that is no JSON. Throws
 * DamagedFile behind the last whole line of a compressed file that is damaged.
 */
export async function* eventsOf(
  { file }: LogFile,
  env: Env,
): AsyncGenerator<readonly (Json | undefined)[], void, undefined> {
  let rest = ''
  for await (const chunk of textOf(file, env)) {
    env.signal.throwIfAborted()
    const lines = `${rest}${chunk}`.split('\n')
    rest = (lines.pop() ?? '').slice(0, longestLine)
    yield lines.filter((line) => line !== '').flatMap(parse)
  }
  if (rest === '') return
  // Half a line is what is being written: in a file that nobody writes any more, it is a loss.
  yield putAside.test(file) ? parse(rest) : parse(rest).filter((event) => event !== undefined)
}

async function* textOf(file: string, env: Env): AsyncGenerator<string, void, undefined> {
  if (file === standardInput) {
    yield* env.stdin.setEncoding('utf8') as AsyncIterable<string>
    return
  }
  const decoder = new TextDecoder()
  for await (const chunk of bytesOf(path.resolve(env.cwd, file))) {
    yield decoder.decode(chunk, { stream: true })
  }
  yield decoder.decode()
}

/** A webhook that keeps what it is sent has lists of events in its lines. */
function parse(line: string): readonly (Json | undefined)[] {
  try {
    const value = JSON.parse(line) as Json
    const items = at(value, 'items')
    return at(value, 'kind') === 'EventList' && Array.isArray(items)
      ? (items as readonly Json[])
      : [value]
  } catch {
    return [undefined]
  }
}
