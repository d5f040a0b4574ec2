import type { Appended, AppendOptions } from '../core/audit/sink.ts'
import { GuardError } from '../core/errors.ts'
import type { SparseRecord } from '../core/audit/record-text.ts'

/** One record on its way to the file. */
export interface Entry {
  readonly record: SparseRecord
  readonly isForDisk: boolean
  /** It may have the space that is kept for when the disk is full. */
  readonly isUrgent?: boolean
  /** A checkpoint: it says nothing beside what was signed. */
  readonly isCheckpoint?: boolean
  /** Nobody wants it written any more. */
  readonly isSettled: boolean
  accept(appended: Appended): void
  refuse(why: string, cause?: unknown): void
}

/** With whoever waits for it. */
export class AwaitedEntry implements Entry {
  readonly record: SparseRecord
  readonly isForDisk: boolean
  readonly isUrgent: boolean
  readonly done: Promise<Appended>
  readonly #signal: AbortSignal | undefined
  readonly #resolve: (appended: Appended) => void
  readonly #reject: (error: GuardError) => void
  readonly #giveUp = (): void => {
    this.refuse('the record was not written in time')
  }
  #isSettled = false

  constructor(record: SparseRecord, { durability, isUrgent, signal }: AppendOptions) {
    this.record = record
    this.isUrgent = isUrgent === true
    this.isForDisk = durability === 'disk'
    const { promise, resolve, reject } = Promise.withResolvers<Appended>()
    this.done = promise
    this.#resolve = resolve
    this.#reject = reject
    this.#signal = signal
    if (signal?.aborted === true) this.#giveUp()
    else signal?.addEventListener('abort', this.#giveUp, { once: true })
  }

  get isSettled(): boolean {
    return this.#isSettled
  }

  accept(appended: Appended): void {
    this.#settle()
    this.#resolve(appended)
  }

  refuse(why: string, cause?: unknown): void {
    this.#settle()
    this.#reject(failure(why, cause))
  }

  #settle(): void {
    this.#isSettled = true
    this.#signal?.removeEventListener('abort', this.#giveUp)
  }
}

/** What a chain says of itself. Nothing of it is written without what stands before it. */
export class CheckpointEntry extends AwaitedEntry {
  readonly isCheckpoint = true

  constructor(record: SparseRecord) {
    super(record, { durability: 'disk' })
  }
}

/** Nobody waits for it; only its loss is told. */
export class NotedEntry implements Entry {
  readonly record: SparseRecord
  readonly isForDisk = false
  readonly #onLost: (error: GuardError) => void
  #isLost = false

  constructor(record: SparseRecord, onLost: (error: GuardError) => void) {
    this.record = record
    this.#onLost = onLost
  }

  get isSettled(): boolean {
    return this.#isLost
  }

  accept(): void {}

  refuse(why: string, cause?: unknown): void {
    this.#isLost = true
    this.#onLost(failure(why, cause))
  }
}

/** Those that the space of a full disk is kept for. */
export function refuseOthers(
  entries: readonly Entry[],
  isKeptFor: (entry: Entry) => boolean,
): readonly Entry[] {
  for (const entry of entries) if (!isKeptFor(entry)) entry.refuse('the disk is full')
  return entries.filter(isKeptFor)
}

function failure(why: string, cause: unknown): GuardError {
  return new GuardError('AuditWriteFailed', why, { cause })
}
