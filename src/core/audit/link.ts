import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../manifest/json.ts'
import { lineHash, recordVersion, type ChainHead } from './chain.ts'
import { readCheckpoint, type Checkpoint } from './checkpoint.ts'
import { recordText } from './record-text.ts'
import { usualPlace } from './usual-line.ts'

/** What a line says of its place, and of the places of others. */
export interface Link {
  readonly head: ChainHead
  readonly prev: string
  /** End of the process before it. */
  readonly predecessor?: ChainHead | undefined
  readonly checkpoint?: Checkpoint | undefined
  /** Ends of what was removed of other files, since it was old. */
  readonly removed?: readonly ChainHead[] | undefined
}

/** Or why the line is no record as we write them. */
export function readLink(text: string): Link | string {
  const usual = usualPlace(text)
  if (usual !== undefined) {
    const { writer, seq, prev } = usual
    return { head: { writer, seq, hash: lineHash(text) }, prev }
  }
  const record = parseLine(text)
  if (record === undefined) return 'the line is no record'
  if (at(record, 'v') !== recordVersion) return `the record is not of version ${recordVersion}`
  const head = toHead(record, lineHash(text))
  const prev = stringAt(record, 'prev')
  if (head === undefined || prev === undefined) return 'the record has no place in a chain'
  const rest = { head, prev, predecessor: headAt(at(record, 'predecessor')) }
  if (Object.hasOwn(record, 'checkpoint')) return withCheckpoint(record, rest)
  const removed = at(record, 'removed')
  if (!Array.isArray(removed)) return rest
  return { ...rest, removed: (removed as readonly Json[]).flatMap((one) => headAt(one) ?? []) }
}

/** Nothing else may stand there: the last one of a chain is vouched for by its signature alone. */
function withCheckpoint(record: JsonObject, link: Link): Link | string {
  const checkpoint = readCheckpoint(record['checkpoint'])
  return checkpoint === undefined || Object.keys(record).length !== 5
    ? 'the line is no checkpoint'
    : { ...link, checkpoint }
}

/** Another text of the same value would have another hash, so it is not what was written. */
function parseLine(text: string): JsonObject | undefined {
  try {
    const value = JSON.parse(text) as Json
    return isJsonObject(value) && recordText(value) === text ? value : undefined
  } catch {
    return undefined
  }
}

function headAt(value: Json | undefined): ChainHead | undefined {
  return toHead(value, stringAt(value, 'hash') ?? '')
}

function toHead(value: Json | undefined, hash: string): ChainHead | undefined {
  const writer = stringAt(value, 'writer')
  const seq = at(value, 'seq')
  return writer !== undefined && typeof seq === 'number' && Number.isSafeInteger(seq) && seq > 0
    ? { writer, seq, hash }
    : undefined
}
