import { hash as digestOf } from 'node:crypto'
import { recordText, type SparseRecord } from './record-text.ts'

export const recordVersion = 1

/** The last record of a chain. A writer is one run of one process: pod name, slash, boot id. */
export interface ChainHead {
  readonly writer: string
  /** Zero before the first record. */
  readonly seq: number
  readonly hash: string
}

export interface ChainedLine {
  /** Canonical JSON; with a newline behind it, the line in the file. */
  readonly line: string
  readonly prev: string
  /** The chain with this record as its last one. */
  readonly head: ChainHead
}

export function emptyChain(writer: string): ChainHead {
  return { writer, seq: 0, hash: `sha256:${'0'.repeat(64)}` }
}

/**
 * Gives a record its place behind `head`. Its hash is that of its line, so `prev` of the next one
 * covers every byte of it. Throws on what has no canonical text.
 */
export function chainLine(record: SparseRecord, { writer, seq, hash }: ChainHead): ChainedLine {
  const place = { v: recordVersion, writer, seq: seq + 1, prev: hash }
  const line = recordText(record, place)
  return { line, prev: hash, head: { writer, seq: seq + 1, hash: lineHash(line) } }
}

export function lineHash(line: string): string {
  return `sha256:${digestOf('sha256', line, 'hex')}`
}
