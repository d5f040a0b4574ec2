import type { GuardError } from '../errors.ts'
import type { ChainedLine } from './chain.ts'
import type { AuditRecord } from './record.ts'

/** `file` survives the death of the process, `disk` that of the machine. */
export type Durability = 'file' | 'disk'

export interface AppendOptions {
  readonly durability?: Durability
  /** It may have the space that is kept for when the disk is full. */
  readonly isUrgent?: boolean
  /** When it aborts, the caller does not wait any more; what is under way may still be written. */
  readonly signal?: AbortSignal
}

/** Where a record stands in its chain. */
export type Appended = Pick<ChainedLine, 'prev' | 'head'>

export interface RecordSink {
  /**
   * Resolves once the record is as safe as asked for. Rejects with AuditWriteFailed: then an allow
   * must not be answered.
   */
  append(record: AuditRecord, options?: AppendOptions): Promise<Appended>
  /**
   * Takes a record that no answer waits for: it is in the file some milliseconds later, or with the
   * next one that somebody waits for. `onLost` may be called at once.
   */
  note(record: AuditRecord, onLost: (error: GuardError) => void): void
}
