import { open, readdir } from 'node:fs/promises'
import path from 'node:path'
import { lineHash, type ChainHead } from '../core/audit/chain.ts'
import { at, stringAt, type Json } from '../core/manifest/json.ts'

/** Longer than any line, so that one read from the end finds the last whole one. */
const tailBytes = 512 * 1024

const shape = /^([0-9A-HJKMNP-TV-Z]{26})-(.+)-(\d{6})\.jsonl$/

/** Names sort by the start of the process, then by number. */
export function recordFileName(boot: string, pod: string, index: number): string {
  return `${boot}-${pod}-${String(index).padStart(6, '0')}.jsonl`
}

/**
 * Where the latest earlier process of this pod stopped writing. Its files are only read, half a line
 * at their end included: nothing tells whether that process is really gone.
 */
export async function findPredecessor(
  directory: string,
  pod: string,
): Promise<ChainHead | undefined> {
  const files = (await readdir(directory)).filter((name) => shape.exec(name)?.[2] === pod)
  for (const name of files.toSorted().toReversed()) {
    const line = await lastWholeLine(path.join(directory, name))
    if (line !== undefined) return toHead(line)
  }
  return undefined
}

async function lastWholeLine(file: string): Promise<string | undefined> {
  const handle = await open(file, 'r')
  try {
    const { size } = await handle.stat()
    const start = Math.max(0, size - tailBytes)
    const bytes = Buffer.alloc(size - start)
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, start)
    const end = bytes.subarray(0, bytesRead).lastIndexOf('\n')
    if (end < 0) return undefined
    const begin = end === 0 ? 0 : bytes.lastIndexOf('\n', end - 1) + 1
    return bytes.toString('utf8', begin, end)
  } finally {
    await handle.close()
  }
}

/** Undefined when it is no record: then its chain is broken there already, and `verify` says so. */
function toHead(line: string): ChainHead | undefined {
  try {
    const record = JSON.parse(line) as Json
    const [writer, seq] = [stringAt(record, 'writer'), at(record, 'seq')]
    if (writer === undefined || typeof seq !== 'number') return undefined
    return { writer, seq, hash: lineHash(line) }
  } catch {
    return undefined
  }
}
