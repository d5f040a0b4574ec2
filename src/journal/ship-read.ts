import { at, stringAt, type Json } from '../core/manifest/json.ts'
import type { Shipment } from '../core/audit/shipment.ts'
import { headOf, type NamedFile } from './record-files.ts'
import type { Position } from './ship-cursor.ts'
import type { LineReader } from './ship-reader.ts'

export interface Asked {
  readonly file: NamedFile
  readonly position: Position
  /** Bytes at once. */
  readonly most: number
  /** Where what stands in the file for good ends, in bytes. */
  readonly limit: number
}

/** What comes next of a file; undefined at its end, or where only half a line follows. */
export async function nextShipment(
  reader: LineReader,
  { file, position, most, limit }: Asked,
): Promise<Shipment | undefined> {
  const { offset, sending } = position
  if (offset >= limit) return undefined
  const begun = sending === undefined ? undefined : await whole(reader, offset, sending)
  const bytes = begun ?? (await reader.linesFrom(offset, Math.min(most, limit - offset)))
  if (bytes.length === 0) return undefined
  const name = file.name.replace(/\.gz$/, '')
  return { file: name, offset, bytes, key: keyOf(file, offset, bytes) }
}

/** As it was about to be sent before a restart, if it is still there. */
async function whole(reader: LineReader, from: number, to: number): Promise<Buffer | undefined> {
  const bytes = await reader.bytesFrom(from, to - from)
  return bytes.length === to - from && bytes.at(-1) === newline ? bytes : undefined
}

const newline = 0x0a

function keyOf({ pod, boot, index }: NamedFile, offset: number, bytes: Buffer): string {
  const [first, last] = [firstLine(bytes), lastLine(bytes)].map(headOf)
  // What is no record is for `audit verify` to name; it is sent as it stands.
  const [from, to] = [
    first?.seq ?? `${index}.${offset}`,
    last?.seq ?? `${index}.${offset + bytes.length}`,
  ]
  return `${first?.writer ?? `${pod}/${boot}`}/${from}-${to}`
}

/** Epoch ms of when the first line was written; undefined where it does not tell. */
export function timeOf(bytes: Buffer): number | undefined {
  try {
    const record = JSON.parse(firstLine(bytes)) as Json
    const text = stringAt(record, 'time') ?? stringAt(at(record, 'checkpoint'), 'time') ?? ''
    const time = Date.parse(text)
    return Number.isFinite(time) ? time : undefined
  } catch {
    return undefined
  }
}

export function countLines(bytes: Buffer): number {
  let count = 0
  for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, end + 1)) count += 1
  return count
}

function firstLine(bytes: Buffer): string {
  return bytes.toString('utf8', 0, bytes.indexOf(newline))
}

function lastLine(bytes: Buffer): string {
  const end = bytes.length - 1
  return bytes.toString('utf8', end === 0 ? 0 : bytes.lastIndexOf(newline, end - 1) + 1, end)
}
