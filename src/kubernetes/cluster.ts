import { GuardError } from '../core/errors.ts'
import type {
  Cluster,
  Live,
  LiveKind,
  LiveList,
  LiveReference,
} from '../core/exceptions/cluster.ts'
import { at, isJsonObject, stringAt, type Json } from '../core/manifest/json.ts'
import { isGood, unexpected, type Api, type ApiAnswer } from './api.ts'
import { createDiscovery, type Discovery, type ServedResource } from './discovery.ts'
import { isObjectName, pathOf, resourceName } from './paths.ts'

/** Live objects, each asked for when it is needed. */
export function createCluster(api: Api, discovery = createDiscovery(api)): Cluster {
  return {
    read: (reference, signal) => read({ api, discovery }, reference, signal),
    list: (kind, signal) => list({ api, discovery }, kind, signal),
  }
}

/** What tells this cluster from all others: the uid of its namespace kube-system. */
export async function clusterUid(api: Api, signal?: AbortSignal): Promise<string> {
  const path = '/api/v1/namespaces/kube-system'
  const answer = await api.send({ method: 'GET', path, ...(signal && { signal }) })
  const uid = stringAt(answer.body, 'metadata', 'uid') ?? ''
  if (!isGood(answer) || uid === '') throw unexpected('get namespaces/kube-system', answer)
  return uid
}

/** What the API server says that it is: `1.36` of `v1.36.3+k3s1`. */
export async function minorVersion(api: Api, signal?: AbortSignal): Promise<string> {
  const answer = await api.send({ method: 'GET', path: '/version', ...(signal && { signal }) })
  const version = stringAt(answer.body, 'gitVersion') ?? ''
  const [, minor] = /^v(\d+\.\d+)\./.exec(version) ?? []
  if (!isGood(answer) || minor === undefined) throw unexpected('get /version', answer)
  return minor
}

/** The name by which the API server knows us. */
export async function whoAmI(api: Api, signal?: AbortSignal): Promise<string> {
  const answer = await api.send({
    method: 'POST',
    path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
    ...(signal && { signal }),
  })
  const name = stringAt(answer.body, 'status', 'userInfo', 'username') ?? ''
  if (!isGood(answer) || name === '') throw unexpected('create selfsubjectreviews', answer)
  return name
}

interface Reader {
  readonly api: Api
  readonly discovery: Discovery
}

async function read(reader: Reader, wanted: LiveReference, signal: AbortSignal): Promise<Live> {
  if (!isObjectName(wanted.name)) return { kind: 'absent' }
  const question = { reader, wanted, signal }
  const live = await ask(question, (served) => get(served, wanted.name, question))
  return live ?? { kind: 'absent' }
}

async function list(reader: Reader, wanted: LiveKind, signal: AbortSignal): Promise<LiveList> {
  const question = { reader, wanted, signal }
  const all = await ask(question, (served) => getAll(served, question))
  return all ?? { kind: 'found', objects: [] }
}

interface Question {
  readonly reader: Reader
  readonly wanted: LiveKind
  readonly signal: AbortSignal
}

/** Undefined when nothing of the kind is served. */
async function ask<T>(
  { reader, wanted, signal }: Question,
  attempt: (served: ServedResource) => Promise<T | 'not-served'>,
): Promise<T | undefined> {
  const served = await reader.discovery.find(wanted, signal)
  if (served === undefined) return undefined
  const answer = await attempt(served)
  if (answer !== 'not-served') return answer
  // Its definition has gone, or has come back with another resource, since we looked.
  const now = await reader.discovery.findAnew(wanted, signal)
  if (now === undefined) return undefined
  const again = await attempt(now)
  if (again !== 'not-served') return again
  throw new GuardError('ClusterUnreachable', `${resourceName(now)} is listed and not served`)
}

async function get(
  served: ServedResource,
  name: string,
  { reader, wanted, signal }: Question,
): Promise<Live | 'not-served'> {
  const { isNamespaced } = served
  // What lives in namespaces has one, and no object is called like none.
  if (isNamespaced && !isObjectName(wanted.namespace)) return { kind: 'absent' }
  const path = pathOf({ ...served, namespace: isNamespaced ? wanted.namespace : '' }, name)
  const answer = await reader.api.send({ method: 'GET', path, signal })
  if (answer.status === 404) return isObjectMissing(answer) ? { kind: 'absent' } : 'not-served'
  const what = `get ${resourceName(served)}`
  if (answer.status === 403) return { kind: 'unreadable', permission: what }
  if (!isGood(answer) || !isJsonObject(answer.body)) throw unexpected(what, answer)
  return { kind: 'found', object: answer.body }
}

async function getAll(
  served: ServedResource,
  { reader, wanted, signal }: Question,
): Promise<LiveList | 'not-served'> {
  const namespace = served.isNamespaced ? wanted.namespace : ''
  if (namespace !== '' && !isObjectName(namespace)) return { kind: 'found', objects: [] }
  // Without a limit, and so in one piece: pages could be of different moments.
  const path = pathOf({ ...served, namespace })
  const answer = await reader.api.send({ method: 'GET', path, signal })
  if (answer.status === 404) return 'not-served'
  const what = `list ${resourceName(served)}`
  if (answer.status === 403) return { kind: 'unreadable', permission: what }
  const items = at(answer.body, 'items')
  if (!isGood(answer) || !Array.isArray(items)) throw unexpected(what, answer)
  return { kind: 'found', objects: (items as readonly Json[]).filter(isJsonObject) }
}

/** A path that nobody serves is answered with 404 as well, but not with the name of an object. */
function isObjectMissing({ body }: ApiAnswer): boolean {
  return stringAt(body, 'reason') === 'NotFound' && stringAt(body, 'details', 'name') !== undefined
}
