import { createHmac, hash } from 'node:crypto'
import type { AdmissionRequest } from '../admission/request.ts'
import { GuardError } from '../errors.ts'
import { at, isJsonObject, type JsonObject } from '../manifest/json.ts'
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
 * demands of an audit annotation that it has seen already.
 */
export function decisionId(clusterUid: string, fingerprint: string, now: number): string {
  const time = Math.floor(now / minute) * minute
  const text = JSON.stringify([clusterUid, fingerprint, time])
  return ulid(time, Buffer.from(sha256(text).slice(0, 20), 'hex'))
}

function digestObject(
  request: AdmissionRequest,
  object: JsonObject | null,
  key: Uint8Array,
): string | undefined {
  if (object === null) return undefined
  const text = jsonText(withoutServerFields(object, request.subresource === ''))
  return isConfidential(request)
    ? `hmac-sha256:${createHmac('sha256', key).update(text, 'utf8').digest('hex')}`
    : `sha256:${sha256(text)}`
}

function isConfidential({ operation, resource }: AdmissionRequest): boolean {
  return operation === 'CONNECT' || (resource.group === '' && resource.resource === 'secrets')
}

const serverFields = { resourceVersion: undefined, managedFields: undefined, generation: undefined }

/**
 * A retry on top of somebody else's write differs in these alone. JSON.stringify leaves out what is
 * undefined, and a copy costs less than picking keys.
 */
function withoutServerFields(object: JsonObject, isMain: boolean): object {
  const metadata = object['metadata']
  return {
    ...object,
    ...(isJsonObject(metadata) ? { metadata: { ...metadata, ...serverFields } } : undefined),
    ...(isMain ? { status: undefined } : undefined),
  }
}

/**
 * Keys as they came: the API server writes the same value the same way each time, and sorting a
 * megabyte would cost more than all the rest of a decision.
 */
function jsonText(value: object): string {
  try {
    return JSON.stringify(value)
  } catch (cause) {
    if (cause instanceof TypeError) return JSON.stringify(value, withAllDigits)
    throw new GuardError('ReviewMalformed', 'the object is nested too deeply', { cause })
  }
}

/** Only where needed, since it is slower: JSON.stringify throws on integers beyond 2^53. */
function withAllDigits(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? rawJson(String(value)) : value
}

/** Node 24 has it, the types of ES2024 do not know it yet. */
const { rawJSON: rawJson } = JSON as unknown as { readonly rawJSON: (text: string) => unknown }

function sha256(text: string): string {
  return hash('sha256', text, 'hex')
}
