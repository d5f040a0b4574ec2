import type { Appended } from '../core/audit/sink.ts'
import type { Entry } from './entry.ts'
import type { RecordFile } from './record-file.ts'

/** A record that is in its file and has to reach the disk. */
export interface Written {
  readonly entry: Entry
  readonly appended: Appended
  readonly file: RecordFile
}

/** Why what was written did not reach the disk. */
export interface SyncFailure {
  readonly cause: unknown
  /** Some of it may have the space that is kept for when the disk is full. */
  readonly isUrgent: boolean
}

type OnFailure = (file: RecordFile, failure: SyncFailure) => void

/** Syncs for everybody who waits at once, beside the writing of further records. */
export class DiskQueue {
  readonly #onFailure: OnFailure
  #waiting: Written[] = []
  #running: Promise<void> | undefined

  constructor(onFailure: OnFailure) {
    this.#onFailure = onFailure
  }

  add(written: readonly Written[]): void {
    if (written.length === 0) return
    this.#waiting.push(...written)
    this.#running ??= this.#run()
  }

  /** Resolves when nobody waits. */
  async idle(): Promise<void> {
    await this.#running
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#waiting
      this.#waiting = []
      for (const file of new Set(group.map((written) => written.file))) {
        await this.#sync(
          file,
          group.filter((written) => written.file === file),
        )
      }
    }
    // In the same turn as the look at the queue: whoever comes later starts again.
    this.#running = undefined
  }

  async #sync(file: RecordFile, group: readonly Written[]): Promise<void> {
    try {
      await file.sync()
    } catch (cause) {
      for (const { entry } of group) entry.refuse('the record did not reach the disk', cause)
      this.#onFailure(file, { cause, isUrgent: group.some(({ entry }) => entry.isUrgent === true) })
      return
    }
    for (const { entry, appended } of group) entry.accept(appended)
  }
}
