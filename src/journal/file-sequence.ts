import path from 'node:path'
import type { JournalOptions } from './options.ts'
import { createRecordFile, type RecordFile } from './record-file.ts'
import { recordFileName } from './record-files.ts'

const defaultFileBytes = 64 * 1024 * 1024
const defaultFileAge = 24 * 60 * 60 * 1000

type SequenceOptions = Pick<
  JournalOptions,
  'directory' | 'writer' | 'now' | 'fileBytes' | 'fileAge' | 'createFile'
>

interface Owner {
  /** Run of the process, in the names of its files. */
  readonly boot: string
  /** Of a file that could not be ended as it should. */
  readonly onFailure: (file: RecordFile, cause: unknown) => Promise<void>
}

/** The files of one chain, one after the other; only the last one is written to. */
export class FileSequence {
  readonly #options: SequenceOptions
  readonly #owner: Owner
  #last: RecordFile | undefined
  #since = 0
  #index = 0

  constructor(options: SequenceOptions, owner: Owner) {
    this.#options = options
    this.#owner = owner
  }

  /** The one that is written to. */
  get last(): RecordFile | undefined {
    return this.#last
  }

  /** Number of the latest one. */
  get index(): number {
    return this.#index
  }

  /** One that has room for them; another one than before, perhaps. */
  async withRoomFor(bytes: number): Promise<RecordFile> {
    const before = this.#last
    if (before !== undefined && !this.#isFull(before, bytes)) return before
    const next = await this.#create()
    this.#last = next
    await before?.finish().catch((cause: unknown) => this.#owner.onFailure(before, cause))
    return next
  }

  /** No file is trusted again once it has failed: the next record begins another one. */
  async leave(file: RecordFile): Promise<void> {
    if (this.#last === file) this.#last = undefined
    await file.abandon()
  }

  /** To disk. */
  async end(): Promise<void> {
    const last = this.#last
    this.#last = undefined
    await last?.finish()
  }

  #isFull({ size }: RecordFile, bytes: number): boolean {
    const { fileBytes = defaultFileBytes, fileAge = defaultFileAge, now } = this.#options
    return size > 0 && (size + bytes > fileBytes || now() - this.#since > fileAge)
  }

  async #create(): Promise<RecordFile> {
    const { directory, writer, now, createFile = createRecordFile } = this.#options
    const name = recordFileName(this.#owner.boot, writer, this.#index + 1)
    const file = await createFile(path.join(directory, name))
    this.#index += 1
    this.#since = now()
    return file
  }
}
