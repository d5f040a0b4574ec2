import { createHash, createHmac, hash, type Hash, type Hmac } from 'node:crypto'
import type { AdmissionRequest } from '../admission/request.ts'
import { at, isJsonObject, type JsonObject } from '../manifest/json.ts'
import { digestParts, jsonText, type Sparse } from './digest-text.ts'
import { ulid } from './ulid.ts'

const minute = 60_000

/** What a request is known by: nothing in here tells a value of an object. */
export interface RequestDigests {
  /**
   * Equal for one request of a user, however often the API server asks about it: each time it does
   * so under a new uid, and over an old object that may have moved on.
   */
  readonly fingerprint: string
  /** Of `oldObject` and `object`, without what the server rewrites by itself. */
  readonly pre: string | undefined
  readonly post: string | undefined
}

/**
 * `key` hides what could be guessed: the values of a Secret and the arguments of an exec are few
 * enough to try, so a plain hash of them would tell them. Replicas that share the key agree about
 * these too; about everything else they always do.
 */
export function digestRequest(
  request: AdmissionRequest,
  key: Uint8Array,
  isPreWanted = true,
): RequestDigests {
  const { user, operation, resource, subresource, namespace, name, dryRun } = request
  const pre = isPreWanted ? digestObject(request, request.oldObject, key) : undefined
  const post = digestObject(request, request.object, key)
  // The old object is told by its uid only: a re-run after a conflict sees another state of it.
  const oldUid = at(request.oldObject ?? undefined, 'metadata', 'uid') ?? null
  const what = operation === 'DELETE' ? request.options : (post ?? null)
  const text = jsonText([
    [user.username, user.uid],
    [operation, dryRun],
    [resource.group, resource.version, resource.resource, subresource],
    [namespace, name, oldUid],
    what,
  ])
  return { fingerprint: `sha256:${sha256(text)}`, pre, post }
}

/**
 * Derived, not drawn: a re-run that another replica answers gets the same id, which the API server
 * demands of an audit annotation that it has seen already. The bits are those of the fingerprint, a
 * hash already, turned by what all fingerprints of one cluster and minute share.
 */
export function decisionId(clusterUid: string, fingerprint: string, now: number): string {
  const time = Math.floor(now / minute) * minute
  const turn = turnOf(clusterUid, time)
  const bits = Buffer.from(fingerprint.slice(hashPrefix.length, hashPrefix.length + 20), 'hex')
  for (let i = 0; i < bits.length; i += 1) bits[i] = (bits[i] ?? 0) ^ (turn[i] ?? 0)
  return ulid(time, bits)
}

const hashPrefix = 'sha256:'
let lastTurn = { clusterUid: '', time: Number.NaN, bits: Buffer.alloc(0) }

function turnOf(clusterUid: string, time: number): Buffer {
  if (lastTurn.time !== time || lastTurn.clusterUid !== clusterUid) {
    const bits = hash('sha256', JSON.stringify([clusterUid, time]), 'buffer')
    lastTurn = { clusterUid, time, bits }
  }
  return lastTurn.bits
}

function digestObject(
  request: AdmissionRequest,
  object: JsonObject | null,
  key: Uint8Array,
): string | undefined {
  if (object === null) return undefined
  const parts = digestParts(withoutServerFields(object, request.subresource === ''))
  if (isConfidential(request)) return `hmac-sha256:${digestOver(parts, createHmac('sha256', key))}`
  const [only = ''] = parts
  return `sha256:${parts.length === 1 ? sha256(only) : digestOver(parts, createHash('sha256'))}`
}

function digestOver(parts: readonly string[], digest: Hash | Hmac): string {
  for (const part of parts) digest.update(part, 'utf8')
  return digest.digest('hex')
}

function isConfidential({ operation, resource }: AdmissionRequest): boolean {
  return operation === 'CONNECT' || (resource.group === '' && resource.resource === 'secrets')
}

const serverFields = { resourceVersion: undefined, managedFields: undefined, generation: undefined }

/**
 * A retry on top of somebody else's write differs in these alone. JSON.stringify leaves out what is
 * undefined, and a copy costs less than picking keys.
 */
function withoutServerFields(object: JsonObject, isMain: boolean): Sparse {
  const copy: Record<string, Sparse[string]> = { ...object }
  const metadata = object['metadata']
  if (isJsonObject(metadata)) copy['metadata'] = { ...metadata, ...serverFields }
  if (isMain) copy['status'] = undefined
  return copy
}

function sha256(text: string): string {
  return hash('sha256', text, 'hex')
}
