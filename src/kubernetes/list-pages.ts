import { GuardError } from '../core/errors.ts'
import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../core/manifest/json.ts'
import type { ServedKind } from '../core/scan/live-object.ts'
import { isGood, unexpected, type Api, type ApiAnswer } from './api.ts'
import { pathOf, resourceName } from './paths.ts'

export interface PagedList {
  readonly api: Api
  readonly served: ServedKind
  /** Empty for all. */
  readonly namespace: string
  readonly isMetadataOnly: boolean
  /** `type=helm.sh/release.v1`. */
  readonly fieldSelector?: string
  readonly signal: AbortSignal
  /** Told why nothing more comes: whoever does not listen takes a refusal for an end. */
  readonly onRefusal: (refusal: ListRefusal) => void
}

export type ListRefusal =
  /** Nothing of the kind is served in this version, any more or just now. */
  | { readonly kind: 'not-served' }
  /** The right that our account lacks, such as `list widgets.example.com`. */
  | { readonly kind: 'forbidden'; readonly permission: string }

/** Of one page. */
const mostObjects = 500
const firstPage = 100
/** What a page is meant to take, in bytes of JSON: objects are of any size up to 3 MiB. */
const pageBytes = 4 * 1024 * 1024
/** Of one that is larger than anybody could know, fewer objects are asked for. */
const mostBytes = 16 * 1024 * 1024
const aMinute = 60_000
/** A list that takes longer than the API server remembers is begun again so often. */
const mostRuns = 10

/**
 * All objects of a kind, page by page, so that no more than one page is in memory. Pages are of one
 * moment; when the API server has forgotten that moment, the list begins again behind what was given
 * already. Rejects with ClusterUnreachable.
 */
export async function* listPages(list: PagedList): AsyncGenerator<readonly JsonObject[]> {
  let last = ''
  for (let run = 1; run <= mostRuns; run += 1) {
    const ended = yield* onePass(list, last)
    if (ended.isWhole) return
    last = ended.last
  }
  throw new GuardError('ClusterUnreachable', `${whatOf(list)}: it changes faster than it is read`)
}

interface Pass {
  readonly isWhole: boolean
  /** Key of the last object that was given. */
  readonly last: string
}

async function* onePass(
  list: PagedList,
  behind: string,
): AsyncGenerator<readonly JsonObject[], Pass> {
  let [last, next, size, version] = [behind, '', firstPage, '']
  for (;;) {
    list.signal.throwIfAborted()
    const page = await readPage(list, { next, size })
    if (page === 'too-large') {
      size = smaller(size, list)
      continue
    }
    if (page === 'expired') return { isWhole: false, last }
    if ('kind' in page) {
      list.onRefusal(page)
      return { isWhole: true, last }
    }
    if (isOfAnother(version, page)) return { isWhole: false, last }
    const objects = page.objects.filter((one) => isBehind(keyOf(one), behind))
    yield objects
    last = objects.length === 0 ? last : keyOf(objects.at(-1))
    if (page.next === '') return { isWhole: true, last }
    size = nextSize(page.objects)
    version = page.version
    next = page.next
  }
}

function isOfAnother(version: string, page: Page): boolean {
  return version !== '' && page.version !== version
}

function smaller(size: number, list: PagedList): number {
  if (size > 1) return Math.max(1, Math.floor(size / 10))
  throw new GuardError('ClusterUnreachable', `${whatOf(list)}: an object is too large`)
}

interface Page {
  readonly objects: readonly JsonObject[]
  readonly version: string
  /** Where the next one begins; empty at the end. */
  readonly next: string
}

async function readPage(
  list: PagedList,
  { next, size }: { readonly next: string; readonly size: number },
): Promise<Page | ListRefusal | 'expired' | 'too-large'> {
  const { api, isMetadataOnly, signal } = list
  const headers = isMetadataOnly
    ? { accept: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1' }
    : {}
  const path = pathFor(list, next, size)
  const answer = await api
    .send({ method: 'GET', path, headers, signal, timeoutMs: aMinute, mostBytes })
    .catch(asTooLarge)
  if (answer === 'too-large') return answer
  if (answer.status === 410) return 'expired'
  return refusalOf(answer, list) ?? pageOf(answer, list)
}

function refusalOf({ status }: ApiAnswer, list: PagedList): ListRefusal | undefined {
  if (status === 404) return { kind: 'not-served' }
  return status === 403 ? { kind: 'forbidden', permission: whatOf(list) } : undefined
}

function pageOf(answer: ApiAnswer, list: PagedList): Page {
  // The API server writes an empty list of metadata as null.
  const items = at(answer.body, 'items') ?? []
  if (!isGood(answer) || !Array.isArray(items)) throw unexpected(whatOf(list), answer)
  return {
    objects: (items as readonly Json[]).filter(isJsonObject).map((item) => typed(item, list)),
    version: stringAt(answer.body, 'metadata', 'resourceVersion') ?? '',
    next: stringAt(answer.body, 'metadata', 'continue') ?? '',
  }
}

function asTooLarge(error: unknown): 'too-large' {
  const cause = error instanceof GuardError ? error.cause : undefined
  if (cause instanceof Error && cause.message === 'the answer is too long') return 'too-large'
  throw error
}

function pathFor({ served, namespace, fieldSelector }: PagedList, next: string, size: number) {
  const query = new URLSearchParams({
    limit: String(size),
    ...(next === '' ? {} : { continue: next }),
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
  })
  return `${pathOf({ ...served, namespace })}?${query.toString()}`
}

/** Items of a list have no type of their own, or that of metadata. */
function typed(item: JsonObject, { served }: PagedList): JsonObject {
  const { group, version, kind } = served
  return { ...item, apiVersion: group === '' ? version : `${group}/${version}`, kind }
}

/** By bytes, as etcd orders them: in UTF-16 some names are the other way round. */
function isBehind(key: string, other: string): boolean {
  return other === '' || Buffer.from(key).compare(Buffer.from(other)) > 0
}

function keyOf(object: JsonObject | undefined): string {
  const read = (key: string) => stringAt(object, 'metadata', key) ?? ''
  const namespace = read('namespace')
  return namespace === '' ? read('name') : `${namespace}/${read('name')}`
}

const mostSampled = 20

function nextSize(objects: readonly JsonObject[]): number {
  const step = Math.max(1, Math.floor(objects.length / mostSampled))
  const sampled = objects.filter((_, i) => i % step === 0)
  const bytes = sampled.reduce((sum, one) => sum + textOf(one).length, 0)
  const each = Math.max(1, bytes / Math.max(1, sampled.length))
  return Math.min(mostObjects, Math.max(1, Math.floor(pageBytes / each)))
}

/** Integers beyond 2^53 are read without loss. */
function textOf(object: JsonObject): string {
  return JSON.stringify(object, (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  )
}

function whatOf({ served, isMetadataOnly }: PagedList): string {
  return `list ${resourceName(served)}${isMetadataOnly ? ' (metadata)' : ''}`
}
