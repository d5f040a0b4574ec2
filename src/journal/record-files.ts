import { open, readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { lineHash, type ChainHead } from '../core/audit/chain.ts'
import { readCheckpoint, type Checkpoint } from '../core/audit/checkpoint.ts'
import { at, stringAt, type Json } from '../core/manifest/json.ts'
import { bytesOf, isCompressed } from './record-bytes.ts'

/** Longer than any line, so that one read from the end finds the last whole one. */
const tailBytes = 512 * 1024

const shape = /^([0-9A-HJKMNP-TV-Z]{26})-(.+)-(\d{6})\.jsonl(\.gz)?$/

/** A record file by its name. */
export interface NamedFile {
  readonly path: string
  readonly name: string
  readonly boot: string
  readonly pod: string
  readonly index: number
}

export interface KnownFile extends NamedFile {
  readonly size: number
  /** Epoch ms of the last record, or nearly so. */
  readonly changedAt: number
}

/** Names sort by the start of the process, then by number. */
export function recordFileName(boot: string, pod: string, index: number): string {
  return `${boot}-${pod}-${String(index).padStart(6, '0')}.jsonl`
}

/** Sorted. Of a file that stands there twice, since somebody died while compressing it, the first. */
export async function namedFiles(directory: string): Promise<readonly NamedFile[]> {
  const names = (await readdir(directory)).toSorted()
  const all = new Set(names)
  return names
    .filter((name) => !isCompressed(name) || !all.has(name.slice(0, -'.gz'.length)))
    .flatMap((name) => {
      const [, boot = '', pod = '', index = ''] = shape.exec(name) ?? []
      if (boot === '') return []
      return [{ path: path.join(directory, name), name, boot, pod, index: Number(index) }]
    })
}

/** Without those that somebody removes meanwhile. */
export async function knownFiles(directory: string): Promise<readonly KnownFile[]> {
  const known: KnownFile[] = []
  for (const file of await namedFiles(directory)) {
    const found = await stat(file.path).catch(unlessGone)
    if (found !== undefined) known.push({ ...file, size: found.size, changedAt: found.mtimeMs })
  }
  return known
}

/** The last whole one. */
export async function lastLineOf(file: string): Promise<string | undefined> {
  const tail = isCompressed(file) ? await tailOfAll(file) : await tailOf(file)
  const end = tail.lastIndexOf('\n')
  if (end < 0) return undefined
  const begin = end === 0 ? 0 : tail.lastIndexOf('\n', end - 1) + 1
  return tail.toString('utf8', begin, end)
}

async function tailOf(file: string): Promise<Buffer> {
  await using handle = await open(file, 'r')
  const { size } = await handle.stat()
  const start = Math.max(0, size - tailBytes)
  const bytes = Buffer.alloc(size - start)
  const { bytesRead } = await handle.read(bytes, 0, bytes.length, start)
  return bytes.subarray(0, bytesRead)
}

/** What is compressed has to be read from its beginning. */
async function tailOfAll(file: string): Promise<Buffer> {
  let tail: Buffer = Buffer.alloc(0)
  for await (const chunk of bytesOf(file)) {
    tail = Buffer.concat([tail, chunk]).subarray(-tailBytes)
  }
  return tail
}

/** Whether it is the last one of a chain that was closed. */
export function closesChain(line: string): boolean {
  return closingOf(line) !== undefined
}

/** The checkpoint that it closes its chain with. */
export function closingOf(line: string): Checkpoint | undefined {
  try {
    const checkpoint = readCheckpoint(at(JSON.parse(line) as Json, 'checkpoint'))
    return checkpoint?.closes === true ? checkpoint : undefined
  } catch {
    return undefined
  }
}

/** Undefined when it is no record: then its chain is broken there already, and `verify` says so. */
export function headOf(line: string): ChainHead | undefined {
  try {
    const record = JSON.parse(line) as Json
    const [writer, seq] = [stringAt(record, 'writer'), at(record, 'seq')]
    if (writer === undefined || typeof seq !== 'number') return undefined
    return { writer, seq, hash: lineHash(line) }
  } catch {
    return undefined
  }
}

export function unlessGone(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
}
