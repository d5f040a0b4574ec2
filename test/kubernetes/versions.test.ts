import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { Json } from '../../src/core/manifest/json.ts'
import { createVersions } from '../../src/kubernetes/versions.ts'
import { json, startApiServer } from './api-server.ts'

const kind = (name: string, ...subresources: readonly string[]) => ({
  responseKind: { kind: name },
  subresources: subresources.map((one) => ({ responseKind: { kind: one } })),
})
const documents: Readonly<Record<string, Json>> = {
  '/version': { gitVersion: 'v1.36.3+k3s1' },
  '/api': { items: [{ versions: [{ version: 'v1', resources: [kind('Pod')] }] }] },
  '/apis': {
    items: [
      {
        metadata: { name: 'apps' },
        versions: [
          { version: 'v1', resources: [kind('Deployment', 'Scale')] },
          { version: 'v2', resources: [] },
        ],
      },
    ],
  },
}

async function start(t: TestContext, answers: () => Readonly<Record<string, Json>>) {
  let time = 0
  const { api, requests } = await startApiServer(t, (request, response) => {
    const found = answers()[request.url ?? '']
    json(response, found === undefined ? 403 : 200, found ?? {})
  })
  const read = createVersions(api, () => time)
  return { read, requests, pass: (ms: number) => (time += ms) }
}

test('what the API server serves is named as Helm names it', async (t) => {
  const { read } = await start(t, () => documents)
  const versions = await read()
  assert.equal(versions?.kubeVersion, 'v1.36.3+k3s1')
  assert.deepEqual([...(versions?.apiVersions ?? [])].toSorted(), [
    'apps/v1',
    'apps/v1/Deployment',
    'apps/v1/Scale',
    'apps/v2',
    'v1',
    'v1/Pod',
  ])
})

test('it is asked once for all who ask, and again half a minute later', async (t) => {
  let answers = documents
  const { read, requests, pass } = await start(t, () => answers)
  await Promise.all([read(), read()])
  await read()
  assert.equal(requests.length, 3)
  answers = { ...documents, '/version': { gitVersion: 'v1.37.0' } }
  pass(30_000)
  assert.equal((await read())?.kubeVersion, 'v1.37.0')
})

test('what it said last counts while it does not answer', async (t) => {
  let answers: Readonly<Record<string, Json>> = {}
  const { read, pass } = await start(t, () => answers)
  assert.equal(await read(), undefined)
  answers = documents
  assert.equal((await read())?.kubeVersion, 'v1.36.3+k3s1')
  answers = {}
  pass(30_000)
  assert.equal((await read())?.kubeVersion, 'v1.36.3+k3s1')
})

test('a version that is none is not taken for one', async (t) => {
  const { read } = await start(t, () => ({ ...documents, '/version': { gitVersion: 'x' } }))
  assert.equal(await read(), undefined)
})
