import { chainLine, type ChainHead } from '../core/audit/chain.ts'
import type { Appended } from '../core/audit/sink.ts'
import type { SparseRecord } from '../core/audit/record-text.ts'
import type { Entry } from './entry.ts'
import type { RecordFile } from './record-file.ts'

/** Why a batch was not written. */
export interface BatchFailure {
  /** Undefined where there was none to write to. */
  readonly file: RecordFile | undefined
  /** Bytes of it that stand there all the same. */
  readonly kept: number
  readonly cause: unknown
}

const newline = 0x0a

/** A line in a batch: where it ends there, and its place in the chain. */
export interface BatchLine {
  readonly entry: Entry
  readonly end: number
  readonly appended: Appended
}

/** Records that are written at once. */
export interface Batch {
  readonly bytes: Buffer
  readonly lines: readonly BatchLine[]
}

/**
 * Places the entries behind `head`. What has no canonical text is refused by itself and leaves no
 * gap. `extra` goes into the first record that is no checkpoint: what it has to say of the time before
 * it.
 */
export function toBatch(
  entries: readonly Entry[],
  head: ChainHead,
  extra: SparseRecord | undefined,
): Batch {
  const texts: string[] = []
  const lines: BatchLine[] = []
  let last = head
  let end = 0
  let isTold = extra === undefined
  for (const entry of entries) {
    const tells = !isTold && entry.isCheckpoint !== true
    const record = tells ? { ...entry.record, ...extra } : entry.record
    try {
      const chained = chainLine(record, last)
      end += Buffer.byteLength(chained.line) + 1
      texts.push(chained.line)
      lines.push({ entry, end, appended: chained })
      last = chained.head
      isTold ||= tells
    } catch (cause) {
      entry.refuse('the record cannot be written as JSON', cause)
    }
  }
  return { bytes: toBytes(texts, end), lines }
}

function toBytes(texts: readonly string[], length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length)
  let end = 0
  for (const text of texts) {
    end += bytes.write(text, end)
    bytes[end] = newline
    end += 1
  }
  return bytes
}

/** Those that stand in a file when only the first `kept` bytes of the batch do. */
export function keptOf(batch: Batch, kept: number): readonly BatchLine[] {
  return batch.lines.filter(({ end }) => end <= kept)
}
