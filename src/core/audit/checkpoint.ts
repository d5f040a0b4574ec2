import { hash as digestOf, sign, verify, type KeyObject } from 'node:crypto'
import { canonicalJson } from '../manifest/canonical.ts'
import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../manifest/json.ts'
import type { PinnedKeys } from '../breakglass/keys.ts'

/** What a checkpoint says of its chain. An alias, since an interface is no JSON to TypeScript. */
export type Statement = {
  /** Whether the chain ends with it. */
  readonly closes: boolean
  /** How many of the records up to `seq` are no checkpoints. */
  readonly count: number
  /** Hash of record `seq`. */
  readonly head: string
  /** Digest of the statement before it in the chain. */
  readonly prevCheckpoint: string
  /** The last record that it is about. The chain may have gone on while it was signed. */
  readonly seq: number
  /** RFC 3339, in UTC. */
  readonly time: string
  /** Decisions since the last record of which none could be written. */
  readonly unrecorded: number
  readonly writer: string
}

type Signature = {
  readonly kid: string
  /** ES256, base64url. */
  readonly signature: string
}

export type Checkpoint = Statement & Partial<Signature>

export type Signer = (statement: Statement) => Promise<Signature>

/** A checkpoint is about one of this many records before it at most: who verifies remembers no more. */
export const furthestBack = 8192

/** More records than this without any checkpoint are not ours, however slow our disk was. */
export const mostUnvouched = 65_536

/** Before the first one. */
export const noCheckpoint = `sha256:${'0'.repeat(64)}`

export function statementDigest(statement: Statement): string {
  return `sha256:${digestOf('sha256', statementText(statement), 'hex')}`
}

/** Off the thread that answers. */
export function signerWith(kid: string, key: KeyObject): Signer {
  return (statement) =>
    new Promise((resolve, reject) => {
      const text = Buffer.from(statementText(statement))
      sign('sha256', text, { key, dsaEncoding }, (error, signature) => {
        if (error === null) resolve({ kid, signature: signature.toString('base64url') })
        else reject(error)
      })
    })
}

/** Why nobody who has these keys signed it; undefined when somebody did. */
export function whyNotSigned(checkpoint: Checkpoint, keys: PinnedKeys): string | undefined {
  const { kid, signature } = checkpoint
  if (kid === undefined || signature === undefined) return 'is not signed'
  const key = keys.get(kid)
  if (key === undefined) return `is signed with ${kid}, which is none of the keys`
  const text = Buffer.from(statementText(checkpoint))
  const bytes = Buffer.from(signature, 'base64url')
  // Else the last line of a chain could be changed: its last character has bits to spare.
  const isSpelledOnce = bytes.toString('base64url') === signature
  return isSpelledOnce && verify('sha256', text, { key, dsaEncoding }, bytes)
    ? undefined
    : 'has a bad signature'
}

/** Undefined for what no checkpoint looks like. */
export function readCheckpoint(value: Json | undefined): Checkpoint | undefined {
  if (!isJsonObject(value)) return undefined
  const { kid, signature, ...statement } = value
  const marks = [kid, signature]
  const areTexts = marks.every((mark) => typeof mark === 'string')
  if (!areTexts && marks.some((mark) => mark !== undefined)) return undefined
  return isStatement(statement) ? (value as Checkpoint) : undefined
}

function isStatement(statement: JsonObject): boolean {
  return (
    Object.keys(statement).length === 8 &&
    typeof statement['closes'] === 'boolean' &&
    ['count', 'seq', 'unrecorded'].every((name) => isCount(at(statement, name))) &&
    ['head', 'prevCheckpoint'].every((name) => isDigest(stringAt(statement, name))) &&
    ['time', 'writer'].every((name) => stringAt(statement, name) !== undefined)
  )
}

const dsaEncoding = 'ieee-p1363'

/** The first line keeps what is signed here apart from all else that is signed with the same key. */
function statementText(statement: Statement): string {
  const { closes, count, head, prevCheckpoint, seq, time, unrecorded, writer } = statement
  const told = { closes, count, head, prevCheckpoint, seq, time, unrecorded, writer }
  return `solewriter.dev/AuditCheckpoint/v1\n${canonicalJson(told)}`
}

function isCount(value: Json | undefined): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function isDigest(text: string | undefined): boolean {
  return text !== undefined && /^sha256:[0-9a-f]{64}$/.test(text)
}
