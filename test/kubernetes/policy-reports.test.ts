import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../src/core/manifest/json.ts'
import type { Report } from '../../src/core/scan/reports.ts'
import type { Api, ApiAnswer } from '../../src/kubernetes/api.ts'
import { createDiscovery } from '../../src/kubernetes/discovery.ts'
import { publishReports } from '../../src/kubernetes/policy-reports.ts'

const { signal } = new AbortController()

const kinds = {
  'openreports.io/v1alpha1': ['reports', 'clusterreports', 'Report', 'ClusterReport'],
  'wgpolicyk8s.io/v1alpha2': [
    'policyreports',
    'clusterpolicyreports',
    'PolicyReport',
    'ClusterPolicyReport',
  ],
} as const

type Format = keyof typeof kinds

interface Described {
  readonly served: readonly Format[]
  /** Namespaces in which there are reports already. */
  readonly before?: Partial<Record<Format, readonly string[]>>
  /** Answers to writes in these namespaces. */
  readonly refusals?: Readonly<Record<string, Partial<ApiAnswer> & { readonly status: number }>>
}

/** An API server that notes what is written. */
function server({ served, before = {}, refusals = {} }: Described) {
  const writes: string[] = []
  const answer = (method: string, path: string): Partial<ApiAnswer> & { status: number } => {
    if (path === '/api') return { status: 200, body: documents([]) }
    if (path === '/apis') return { status: 200, body: documents(served.map(groupOf)) }
    if (method === 'GET') return { status: 200, body: { items: itemsAt(path, before) } }
    const namespace = /namespaces\/([^/]+)\//.exec(path)?.[1] ?? ''
    writes.push(`${method} ${path.split('/')[2]} ${namespace}`.trim())
    return refusals[namespace] ?? { status: 200, body: {} }
  }
  const api: Api = {
    host: 'fake',
    send: ({ method, path }) =>
      Promise.resolve({
        body: undefined,
        headers: {},
        ...answer(method, path.split('?')[0] ?? ''),
      }),
    stream: () => Promise.reject(new Error('nobody should watch')),
    close: () => undefined,
  }
  return { api, writes }
}

function documents(items: readonly JsonObject[]): JsonObject {
  return { kind: 'APIGroupDiscoveryList', items }
}

function groupOf(format: Format): JsonObject {
  const [group = '', version = ''] = format.split('/')
  const [namespaced, cluster, kind, clusterKind] = kinds[format]
  const resources = [
    { resource: namespaced, responseKind: { kind }, scope: 'Namespaced' },
    { resource: cluster, responseKind: { kind: clusterKind }, scope: 'Cluster' },
  ]
  return { metadata: { name: group }, versions: [{ version, resources }] }
}

function itemsAt(path: string, before: NonNullable<Described['before']>): readonly JsonObject[] {
  const format = (Object.keys(kinds) as Format[]).find((one) => path.includes(one))
  const isCluster = path.includes('cluster')
  const places = format === undefined ? [] : (before[format] ?? [])
  return places
    .filter((namespace) => (namespace === '') === isCluster)
    .map((namespace) => ({ metadata: namespace === '' ? {} : { namespace } }))
}

function report(namespace: string): Report {
  return { namespace, results: [], summary: { pass: 0, fail: 1, warn: 0, error: 0, skip: 0 } }
}

async function publish(described: Described, isWhole = true) {
  const { api, writes } = server(described)
  const reports = [report(''), report('pay'), report('shop')]
  const publishing = { api, discovery: createDiscovery(api), isWhole, signal }
  const published = await publishReports(reports, publishing).catch((error: unknown) => error)
  return { published, writes }
}

const wg = 'wgpolicyk8s.io/v1alpha2'
const open = 'openreports.io/v1alpha1'
const written = (group: string) => [`PATCH ${group}`, `PATCH ${group} pay`, `PATCH ${group} shop`]

test('nothing is written where nobody serves reports', async () => {
  const { published, writes } = await publish({ served: [] })
  assert.deepEqual(published, { format: undefined, written: 0, removed: 0 })
  assert.deepEqual(writes, [])
})

test('reports of namespaces without findings are removed', async () => {
  const before = { [wg]: ['', 'pay', 'clean'] }
  const { published, writes } = await publish({ served: [wg], before })
  assert.deepEqual(published, { format: wg, written: 3, removed: 1 })
  assert.deepEqual(writes, [...written('wgpolicyk8s.io'), 'DELETE wgpolicyk8s.io clean'])
})

test('they stay where something was not looked at: nobody knows that they are clean', async () => {
  const before = { [wg]: ['', 'pay', 'clean'] }
  const { writes } = await publish({ served: [wg], before }, false)
  assert.deepEqual(writes, written('wgpolicyk8s.io'))
})

test('those of the older format go once the newer one is served', async () => {
  const before = { [wg]: ['', 'pay'] }
  const { published, writes } = await publish({ served: [open, wg], before })
  assert.deepEqual(published, { format: open, written: 3, removed: 2 })
  const removed = ['DELETE wgpolicyk8s.io pay', 'DELETE wgpolicyk8s.io']
  assert.deepEqual(writes, [...written('openreports.io'), ...removed])
})

test('a namespace that takes none keeps none from the others, and is told', async () => {
  const before = { [wg]: ['clean'] }
  const refusals = { pay: { status: 403, body: { reason: 'Forbidden' } } }
  const { published, writes } = await publish({ served: [wg], before, refusals })
  assert.match(String(published), /1 reports, the first: apply solewriter-scan: .* 403 Forbidden/)
  assert.deepEqual(writes, [...written('wgpolicyk8s.io'), 'DELETE wgpolicyk8s.io clean'])
})

test('a namespace that is ending has no place for one, and that is no failure', async () => {
  const causes = [{ reason: 'NamespaceTerminating' }]
  const refusals = { pay: { status: 403, body: { details: { causes } } } }
  const { published } = await publish({ served: [wg], refusals })
  assert.deepEqual(published, { format: wg, written: 3, removed: 0 })
})
