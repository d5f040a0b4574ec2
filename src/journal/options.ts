import type { ChainHead } from '../core/audit/chain.ts'
import type { Checkpoint } from '../core/audit/checkpoint.ts'
import type { SparseRecord } from '../core/audit/record-text.ts'
import type { Appended, AppendOptions, RecordSink } from '../core/audit/sink.ts'
import type { GuardError } from '../core/errors.ts'
import type { Log } from '../telemetry/log.ts'
import type { CheckpointOptions } from './checkpoints.ts'
import type { HousekeepingOptions } from './housekeeping.ts'
import type { CreateRecordFile, RecordFile } from './record-file.ts'
import type { ReserveOptions, ReserveState } from './reserve.ts'

export interface JournalOptions {
  /** Made if it is missing. Several processes may share it. */
  readonly directory: string
  /** Name of the pod, which a successor shares. The run of this process is told apart by itself. */
  readonly writer: string
  readonly now: () => number
  readonly log: Log
  /** A file is followed by the next one when it is about to pass this; the chain goes on. */
  readonly fileBytes?: number
  /** The same when it is older than this, in ms. */
  readonly fileAge?: number
  /** None are made without it. */
  readonly checkpoints?: CheckpointOptions
  /** Files are kept as they are without it. */
  readonly housekeeping?: HousekeepingOptions
  /** None is kept without it. */
  readonly reserve?: ReserveOptions
  /** Records that may wait to be written; beyond it they are refused at once. */
  readonly queue?: number
  readonly createFile?: CreateRecordFile
}

export interface Journal extends RecordSink {
  append(record: SparseRecord, options?: AppendOptions): Promise<Appended>
  note(record: SparseRecord, onLost: (error: GuardError) => void): void
  /** The file that is being written, and how much stands in it for good. */
  written(): Pick<RecordFile, 'path' | 'size'> | undefined
  /** The last record that is in a file. */
  head(): ChainHead
  /** What the process before this one closed its chain with, as it stands in its file. */
  closedBefore(): Checkpoint | undefined
  /** Compresses and removes now what is due; it happens by itself too. Never rejects. */
  tidy(): Promise<void>
  /** Why the last record was not written; undefined when it was. */
  lastError(): GuardError | undefined
  /** What is left for when the disk is full; undefined where none is kept. */
  reserve(): ReserveState | undefined
  /** Writes what waits, to disk, and refuses what comes. */
  stop(): Promise<void>
}
