import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Group } from '../../core/audit/reconcile/judge-group.ts'
import type { Entry, Routed } from '../../core/audit/reconcile/routing.ts'

/** Each is held in memory as a whole, one after the other. */
const count = 256
/** Characters in memory before all goes to files. */
const mostInMemory = 16 * 1024 * 1024

interface Part {
  lines: string[]
  hasFile: boolean
}

/**
 * What waits for others of its key, in parts by a hash of that key: whatever the order and the
 * number of the entries, those that belong together are in one part. Files are for their owner alone
 * and gone at the end.
 */
export class Partitions implements AsyncDisposable {
  readonly #parts: readonly Part[] = Array.from({ length: count }, () => ({
    lines: [],
    hasFile: false,
  }))
  readonly #limit: number
  #size = 0
  #directory: string | undefined

  constructor(limit = mostInMemory) {
    this.#limit = limit
  }

  async add(routes: readonly Routed[]): Promise<void> {
    for (const { key, entry } of routes) {
      const line = JSON.stringify([key, entry])
      this.#parts[partOf(key)]?.lines.push(line)
      this.#size += line.length
    }
    if (this.#size > this.#limit) await this.#flush()
  }

  async *groups(): AsyncGenerator<Group, void, undefined> {
    for (const [index, part] of this.#parts.entries()) {
      const stored = part.hasFile ? (await readFile(this.#fileOf(index), 'utf8')).split('\n') : []
      const lines = [...stored.filter((line) => line !== ''), ...part.lines]
      part.lines = []
      yield* groupsIn(lines)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#directory !== undefined) await rm(this.#directory, { recursive: true })
  }

  async #flush(): Promise<void> {
    this.#directory ??= await mkdtemp(path.join(tmpdir(), 'solewriter-reconcile-'))
    for (const [index, part] of this.#parts.entries()) {
      if (part.lines.length === 0) continue
      await appendFile(this.#fileOf(index), `${part.lines.join('\n')}\n`, { mode: 0o600 })
      part.lines = []
      part.hasFile = true
    }
    this.#size = 0
  }

  #fileOf(index: number): string {
    return path.join(this.#directory ?? '', String(index))
  }
}

function groupsIn(lines: readonly string[]): Iterable<Group> {
  const groups = new Map<
    string,
    { told: Group['told'][number][]; records: Group['records'][number][] }
  >()
  for (const line of lines) {
    const [key, entry] = JSON.parse(line) as [string, Entry]
    const group = groups.get(key) ?? { told: [], records: [] }
    groups.set(key, group)
    if (entry.kind === 'told') group.told.push(entry.told)
    else group.records.push(entry.record)
  }
  return groups.values()
}

function partOf(key: string): number {
  let hash = 0
  for (let i = 0; i < key.length; i += 1) hash = (hash * 31 + key.charCodeAt(i)) | 0
  return (hash ^ (hash >>> 16)) & (count - 1)
}
