import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TrackedTarget } from '../../src/core/breakglass/tracked-use.ts'
import { readTarget } from '../../src/kubernetes/live-targets.ts'
import { json, startApiServer } from './api-server.ts'

const { signal } = new AbortController()
const target: TrackedTarget = {
  group: 'apps',
  version: 'v1',
  resource: 'deployments',
  subresource: '',
  namespace: 'pay',
  kind: 'Deployment',
  name: 'api',
  uid: 'd1',
}
const deployment = { kind: 'Deployment', metadata: { uid: 'd1' } }
const scale = { kind: 'Scale', spec: { replicas: 3 } }
const gone = { kind: 'Status', reason: 'NotFound', details: { name: 'api' } }

const answers: Readonly<Record<string, readonly [status: number, body: object]>> = {
  '/apis/apps/v1/namespaces/pay/deployments/api': [200, deployment],
  '/apis/apps/v1/namespaces/pay/deployments/api/scale': [200, scale],
  '/apis/apps/v1/namespaces/pay/deployments/gone': [404, gone],
  '/apis/apps/v1/namespaces/pay/deployments/secret': [403, { kind: 'Status' }],
  '/apis/apps/v1/namespaces/pay/deployments/odd': [500, { kind: 'Status' }],
  '/api/v1/namespaces/pay': [200, { kind: 'Namespace' }],
}

test('the object of a use is read as it was written', async (t) => {
  const { api, requests } = await startApiServer(t, ({ url = '' }, response) => {
    // A path that nobody serves.
    const [status, body] = answers[url] ?? [404, { kind: 'Status', reason: 'NotFound' }]
    json(response, status, body)
  })
  const read = (given: Partial<TrackedTarget>) => readTarget(api, { ...target, ...given }, signal)
  assert.deepEqual(await read({}), { kind: 'found', seen: deployment, whole: deployment })
  const status = await read({ subresource: 'status' })
  assert.deepEqual(status, { kind: 'found', seen: deployment, whole: deployment })
  const scaled = await read({ subresource: 'scale' })
  assert.deepEqual(scaled, { kind: 'found', seen: scale, whole: deployment })
  assert.deepEqual(await read({ name: 'gone' }), { kind: 'absent' })
  const core = { group: '', resource: 'namespaces', name: 'pay' }
  assert.equal((await read(core)).kind, 'found')

  const unreadable = async (given: Partial<TrackedTarget>) => {
    const found = await read(given)
    return found.kind === 'unreadable' ? found.why : found.kind
  }
  assert.equal(await unreadable({ name: 'secret' }), 'solewriter may not get deployments.apps')
  // Nobody may take that for an object that is gone.
  assert.equal(await unreadable({ version: 'v0' }), 'v0 of deployments.apps is not served')
  const before = requests.length
  for (const name of ['', '..', 'a/b']) assert.equal(await unreadable({ name }), 'it has no name')
  assert.equal(requests.length, before)
  await assert.rejects(read({ name: 'odd' }), { code: 'ClusterUnreachable' })
})
