import { readFileSync } from 'node:fs'
import { parseAllDocuments } from 'yaml'
import type { ApiAnswer, ApiRequest, Requester } from './requester.ts'

/** One way to write, tried. */
export interface Attempt {
  /** `update apps/v1 deployments/scale`. */
  readonly what: string
  readonly answer: ApiAnswer
}

interface ApiResource {
  /** `/apis/apps/v1`. */
  readonly at: string
  /** `deployments/scale`. */
  readonly name: string
  readonly kind: string
  readonly namespaced: boolean
  readonly verbs: readonly string[]
}

interface Specimen {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly spec?: Readonly<Record<string, unknown>>
}

/**
 * Tries every verb that writes on every resource and subresource that the API server offers, in all
 * of its versions, on specimens that are there. All of it is dry-run, but for CONNECT, which has none.
 */
export async function sweepWrites(send: Requester, specimenFile: string): Promise<Attempt[]> {
  const specimens = readSpecimens(specimenFile)
  const attempts: Attempt[] = []
  for (const resource of await discover(send)) {
    for (const { verb, request } of await writesOf(resource, specimens, send)) {
      const what = `${verb} ${resource.at.replace(/^\/apis?\//, '')} ${resource.name}`
      attempts.push({ what, answer: await send(request) })
    }
  }
  return attempts
}

interface Group {
  readonly name: string
  readonly versions: readonly { readonly groupVersion: string }[]
}

/** People may do some of it, by rules of its own: see break-glass-attacks.slow.test.ts. */
const ownGroup = 'solewriter.dev'

async function discover(send: Requester): Promise<readonly ApiResource[]> {
  const { json } = await send({ method: 'GET', path: '/apis' })
  const groups = json['groups'] as readonly Group[]
  const places = groups
    .filter(({ name }) => name !== ownGroup)
    .flatMap(({ versions }) => versions.map(({ groupVersion }) => `/apis/${groupVersion}`))
  const lists = await Promise.all(
    ['/api/v1', ...places].map(async (at) => {
      const { json: list } = await send({ method: 'GET', path: at })
      // A group behind an APIService that nobody serves has none.
      const resources = (list['resources'] ?? []) as readonly Omit<ApiResource, 'at'>[]
      return resources.map((resource) => ({ ...resource, at }))
    }),
  )
  return lists.flat()
}

interface Write {
  readonly verb: string
  readonly request: ApiRequest
}

const dryRun = 'dryRun=All'
const merge = 'application/merge-patch+json'
const label = { metadata: { labels: { swept: 'true' } } }

async function writesOf(
  resource: ApiResource,
  specimens: readonly Specimen[],
  send: Requester,
): Promise<readonly Write[]> {
  const [, sub] = resource.name.split('/')
  if (sub === undefined) return mainWrites(resource, specimens, send)
  if (connects.has(sub)) return connectWrites(resource, sub)
  const path = `${objectPath(resource)}/${sub}`
  if (resource.verbs.includes('create')) {
    const body = created[sub] ?? {}
    return [{ verb: 'create', request: { method: 'POST', path: `${path}?${dryRun}`, body } }]
  }
  return changes(resource, path, send)
}

async function mainWrites(
  resource: ApiResource,
  specimens: readonly Specimen[],
  send: Requester,
): Promise<readonly Write[]> {
  const can = (verb: string) => resource.verbs.includes(verb)
  const path = objectPath(resource)
  const many = `${collectionPath(resource)}?${dryRun}&fieldSelector=metadata.name=${nameOf(resource)}`
  const create = createRequest(resource, specimens)
  return [
    ...(can('create') ? [{ verb: 'create', request: create }] : []),
    ...(await changes(resource, path, send)),
    ...(can('delete')
      ? [{ verb: 'delete', request: { method: 'DELETE', path: `${path}?${dryRun}` } }]
      : []),
    ...(can('deletecollection')
      ? [{ verb: 'deletecollection', request: { method: 'DELETE', path: many } }]
      : []),
  ]
}

async function changes(
  { verbs }: ApiResource,
  path: string,
  send: Requester,
): Promise<readonly Write[]> {
  const there = `${path}?${dryRun}`
  // `finalize` is not read by itself: its body is the Namespace.
  const source = verbs.includes('get') ? path : path.replace(/\/[a-z]+$/, '')
  const { json } = await send({ method: 'GET', path: source })
  const body = { ...json, metadata: { ...json.metadata, ...label.metadata } }
  return [
    ...(verbs.includes('update')
      ? [{ verb: 'update', request: { method: 'PUT', path: there, body } }]
      : []),
    ...(verbs.includes('patch')
      ? [{ verb: 'patch', request: { method: 'PATCH', path: there, body: label, type: merge } }]
      : []),
  ]
}

/** What is a write although the verb may be `get`. */
const connects: ReadonlySet<string> = new Set(['exec', 'attach', 'portforward', 'proxy'])
const methods: Readonly<Record<string, string>> = {
  get: 'GET',
  create: 'POST',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
}

function connectWrites(resource: ApiResource, sub: string): readonly Write[] {
  const path = `${objectPath(resource)}/${sub}`
  const query = sub === 'exec' ? '?command=id&container=main&stdout=true' : ''
  return resource.verbs.map((verb) => {
    return { verb, request: { method: methods[verb] ?? verb, path: path + query } }
  })
}

const v1 = { apiVersion: 'v1' }
const binding = {
  ...v1,
  kind: 'Binding',
  metadata: { name: 'unbound', namespace: 'zoo' },
  target: { kind: 'Node', name: 'specimen' },
}

/** Bodies of subresources that are created. */
const created: Readonly<Record<string, object>> = {
  binding,
  eviction: {
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { name: 'specimen', namespace: 'zoo' },
  },
  token: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
}

/** What the reviews ask, each with its own part of it. */
const question = {
  spec: {
    nonResourceAttributes: { path: '/', verb: 'get' },
    user: 'a',
    token: 'a',
    namespace: 'zoo',
  },
}

function createRequest(resource: ApiResource, specimens: readonly Specimen[]): ApiRequest {
  const path = `${collectionPath(resource)}?${dryRun}`
  const apiVersion = resource.at.replace(/^\/apis?\//, '')
  const found = specimens.find(
    (one) => one.kind === resource.kind && group(one.apiVersion) === group(apiVersion),
  )
  if (resource.name === 'bindings') return { method: 'POST', path, body: binding }
  const body =
    found === undefined
      ? { apiVersion, kind: resource.kind, metadata: {}, ...question }
      : { ...found, ...renamed(found), apiVersion }
  return { method: 'POST', path, body }
}

/** Another one of its kind: what validation ties to the name goes along. */
function renamed({ kind, metadata, spec: old }: Specimen): object {
  if (kind === 'IPAddress') return { metadata: { name: '192.168.7.2' } }
  if (kind === 'ServiceCIDR') {
    return { metadata: { name: 'fresh' }, spec: { cidrs: ['192.168.9.0/24'] } }
  }
  if (kind === 'APIService') {
    return { metadata: { name: 'v2.specimens.example.com' }, spec: { ...old, version: 'v2' } }
  }
  if (kind === 'CustomResourceDefinition') {
    const names = { plural: 'gadgets', singular: 'gadget', kind: 'Gadget' }
    return { metadata: { name: 'gadgets.zoo.example.com' }, spec: { ...old, names } }
  }
  return { metadata: { ...metadata, name: 'fresh' } }
}

function group(apiVersion: string): string {
  return apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : ''
}

const names: Readonly<Record<string, string>> = {
  namespaces: 'zoo',
  ipaddresses: '192.168.7.1',
  apiservices: 'v1.specimens.example.com',
  customresourcedefinitions: 'widgets.zoo.example.com',
  'pods/binding': 'unbound',
}

function nameOf({ name }: ApiResource): string {
  return names[name] ?? names[name.split('/')[0] ?? ''] ?? 'specimen'
}

function collectionPath({ at, name, namespaced }: ApiResource): string {
  const [plural] = name.split('/')
  return namespaced ? `${at}/namespaces/zoo/${plural}` : `${at}/${plural}`
}

function objectPath(resource: ApiResource): string {
  return `${collectionPath(resource)}/${nameOf(resource)}`
}

function readSpecimens(file: string): readonly Specimen[] {
  const documents = parseAllDocuments(readFileSync(file, 'utf8'), { merge: true })
  return documents.map((document) => document.toJS() as Specimen)
}
