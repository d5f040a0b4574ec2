import { mkdtemp, open, rm, type FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { CsvRow } from '../../core/report/csv.ts'
import { rowKinds, type RowKind } from '../../core/report/exports.ts'
import { jsonLines } from '../json-lines.ts'

const chunkSize = 1024 * 1024

/** Rows of decisions on their way to an export: in files, for their owner alone and gone at the end. */
export class RowSpool implements AsyncDisposable {
  readonly #directory: string
  readonly #handles: ReadonlyMap<RowKind, FileHandle>
  readonly #chunks = new Map<RowKind, string>()

  private constructor(directory: string, handles: ReadonlyMap<RowKind, FileHandle>) {
    this.#directory = directory
    this.#handles = handles
  }

  static async create(): Promise<RowSpool> {
    const directory = await mkdtemp(path.join(tmpdir(), 'solewriter-report-'))
    const handles = new Map<RowKind, FileHandle>()
    for (const kind of rowKinds) {
      handles.set(kind, await open(path.join(directory, kind), 'wx+', 0o600))
    }
    return new RowSpool(directory, handles)
  }

  async add(kind: RowKind, row: CsvRow): Promise<void> {
    const chunk = `${this.#chunks.get(kind) ?? ''}${JSON.stringify(row)}\n`
    this.#chunks.set(kind, chunk)
    if (chunk.length > chunkSize) await this.#flush(kind)
  }

  async *rows(kind: RowKind): AsyncGenerator<CsvRow, void, undefined> {
    await this.#flush(kind)
    yield* jsonLines<CsvRow>(path.join(this.#directory, kind))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const handle of this.#handles.values()) await handle.close()
    await rm(this.#directory, { recursive: true })
  }

  async #flush(kind: RowKind): Promise<void> {
    const chunk = this.#chunks.get(kind) ?? ''
    this.#chunks.set(kind, '')
    await this.#handles.get(kind)?.appendFile(chunk)
  }
}
