import { GuardError } from '../core/errors.ts'
import { parseJson } from '../core/admission/parse-json.ts'
import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../core/manifest/json.ts'
import { isStream } from './api-stream.ts'
import { isGood, unexpected, type Api, type ApiAnswer } from './api.ts'
import type { ServedResource } from './discovery.ts'
import { pathOf, resourceName } from './paths.ts'
import { versionOf } from './resource-version.ts'

/** What is asked about all objects of a resource, in all namespaces. */
export interface Collection {
  readonly api: Api
  readonly served: ServedResource
  /** Only names and versions, for objects that are large. */
  readonly isMetadataOnly: boolean
  /** What of an object is worth its memory. */
  readonly keep: (object: JsonObject) => JsonObject
}

export interface Listed {
  readonly objects: readonly JsonObject[]
  readonly version: bigint
}

/** `expired`: what was asked about is too long ago; `not-served`: there is no such resource any more. */
type Refusal = 'expired' | 'not-served'

export type WatchEvent =
  | { readonly kind: 'put' | 'removed'; readonly object: JsonObject; readonly version: bigint }
  | { readonly kind: 'bookmark'; readonly version: bigint }

const halfAMinute = 30_000

const eventKinds: ReadonlyMap<string, WatchEvent['kind']> = new Map([
  ['ADDED', 'put'],
  ['MODIFIED', 'put'],
  ['DELETED', 'removed'],
  ['BOOKMARK', 'bookmark'],
])

/**
 * All objects as they are now, not as some cache remembers them; in pages, which are all of one
 * moment.
 */
export async function listAll(
  collection: Collection,
  { pageSize, signal }: { readonly pageSize: number; readonly signal: AbortSignal },
): Promise<Listed | Refusal> {
  const { api, served, isMetadataOnly, keep } = collection
  const what = `list ${resourceName(served)}`
  const objects: JsonObject[] = []
  let version: bigint | undefined
  let next = ''
  do {
    const path = pathWith(served, { limit: String(pageSize), ...(next && { continue: next }) })
    const headers = accept('PartialObjectMetadataList', isMetadataOnly)
    const answer = await api.send({ method: 'GET', path, headers, signal, timeoutMs: halfAMinute })
    const refusal = refusalOf(answer)
    if (refusal !== undefined) return refusal
    const items = at(answer.body, 'items')
    if (!isGood(answer) || !Array.isArray(items)) throw refused(what, answer)
    const pageVersion = versionOf(answer.body)
    if (pageVersion !== (version ?? pageVersion)) return 'expired'
    version = pageVersion
    objects.push(...(items as readonly Json[]).filter(isJsonObject).map(keep))
    next = stringAt(answer.body, 'metadata', 'continue') ?? ''
  } while (next !== '')
  return { objects, version }
}

/** What happens after `version`, for about that long. Rejects when it breaks off. */
export async function watchFrom(
  collection: Collection,
  question: { readonly version: bigint; readonly seconds: number; readonly signal: AbortSignal },
): Promise<AsyncIterable<WatchEvent | 'expired'> | Refusal> {
  const { api, served, isMetadataOnly } = collection
  const path = pathWith(served, {
    watch: '1',
    allowWatchBookmarks: 'true',
    resourceVersion: String(question.version),
    timeoutSeconds: String(question.seconds),
  })
  const headers = accept('PartialObjectMetadata', isMetadataOnly)
  const { signal } = question
  const answer = await api.stream({ method: 'GET', path, headers, signal, timeoutMs: halfAMinute })
  if (isStream(answer)) return eventsOf(answer.lines, collection)
  const refusal = refusalOf(answer)
  if (refusal !== undefined) return refusal
  throw refused(`watch ${resourceName(served)}`, answer)
}

async function* eventsOf(
  lines: AsyncIterable<Buffer>,
  { served, keep }: Collection,
): AsyncGenerator<WatchEvent | 'expired'> {
  for await (const line of lines) {
    const { type = '', object } = eventIn(line)
    if (type === 'ERROR' && at(object, 'code') === 410) {
      yield 'expired'
      return
    }
    const kind = eventKinds.get(type)
    if (kind === undefined || !isJsonObject(object)) {
      throw new GuardError('ClusterUnreachable', `watch ${resourceName(served)}: no event came`)
    }
    const version = versionOf(object)
    yield kind === 'bookmark' ? { kind, version } : { kind, version, object: keep(object) }
  }
}

function eventIn(line: Buffer): { readonly type?: string; readonly object?: Json | undefined } {
  try {
    const event = parseJson(line)
    return { type: stringAt(event, 'type') ?? '', object: at(event, 'object') }
  } catch {
    return {}
  }
}

/** `expired` is also an answer to a page of a list that took too long. */
function refusalOf({ status }: ApiAnswer): Refusal | undefined {
  if (status === 410) return 'expired'
  return status === 404 ? 'not-served' : undefined
}

function refused(what: string, answer: ApiAnswer): GuardError {
  if (answer.status !== 403) return unexpected(what, answer)
  return new GuardError('ClusterUnreachable', `our account may not ${what}: its role must allow it`)
}

function pathWith(served: ServedResource, query: Readonly<Record<string, string>>): string {
  return `${pathOf({ ...served, namespace: '' })}?${new URLSearchParams(query).toString()}`
}

function accept(form: string, isMetadataOnly: boolean): Readonly<Record<string, string>> {
  return isMetadataOnly ? { accept: `application/json;as=${form};g=meta.k8s.io;v=v1` } : {}
}
