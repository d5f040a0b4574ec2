import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../src/core/manifest/json.ts'
import type { Api } from '../../src/kubernetes/api.ts'
import { listKinds } from '../../src/kubernetes/list-kinds.ts'

const { signal } = new AbortController()

/** A version of a group, and the resources that can be listed and written in it. */
function version(name: string, resources: readonly string[], freshness = 'Current'): JsonObject {
  return {
    version: name,
    freshness,
    resources: resources.map((resource) => ({
      resource,
      responseKind: { kind: resource.toUpperCase() },
      scope: 'Namespaced',
      verbs: ['list', 'create'],
    })),
  }
}

function group(name: string, ...versions: readonly JsonObject[]): JsonObject {
  return { metadata: { name }, versions }
}

/** An API server with these groups; `services`: those that it leaves to others. */
function serving(groups: readonly JsonObject[], services: readonly string[] | 'forbidden'): Api {
  const documents = (items: readonly JsonObject[]) => ({ kind: 'APIGroupDiscoveryList', items })
  const answers: Readonly<Record<string, JsonObject>> = {
    '/api': documents([group('', version('v1', ['pods']))]),
    '/apis': documents(groups),
    '/apis/apiregistration.k8s.io/v1/apiservices': {
      items: (services === 'forbidden' ? [] : services).map((name) => ({
        metadata: { name },
        spec: { service: { name: 'other', namespace: 'other' } },
      })),
    },
  }
  return {
    host: 'fake',
    send: ({ path }) => {
      const isForbidden = services === 'forbidden' && path.endsWith('apiservices')
      const body = answers[path]
      assert.ok(body, `nobody should ask for ${path}`)
      return Promise.resolve({ status: isForbidden ? 403 : 200, body, headers: {} })
    },
    stream: () => Promise.reject(new Error('nobody should watch')),
    close: () => undefined,
  }
}

async function listed(api: Api) {
  const { kinds, stale, foreign } = await listKinds(api, signal)
  return { kinds: kinds.map((one) => `${one.resource} ${one.version}`), stale, foreign }
}

test('each kind once, in the version that is preferred', async () => {
  const apps = group('apps', version('v2', ['sets']), version('v1', ['sets', 'old']))
  assert.deepEqual(await listed(serving([apps], [])), {
    kinds: ['pods v1', 'sets v2', 'old v1'],
    stale: [],
    foreign: [],
  })
})

test('what another API server serves is named and left out', async () => {
  const groups = [group('other.example', version('v1', ['things']))]
  assert.deepEqual(await listed(serving(groups, ['v1.other.example'])), {
    kinds: ['pods v1'],
    stale: [],
    foreign: ['other.example'],
  })
})

test('so is what another one should serve, and nobody does', async () => {
  const groups = [group('gone.example', version('v1', [], 'Stale'))]
  const { stale, foreign } = await listed(serving(groups, ['v1.gone.example']))
  assert.deepEqual([stale, foreign], [[], ['gone.example']])
})

test('what does not answer and may be ours is not known', async () => {
  const groups = [group('gone.example', version('v1', [], 'Stale'))]
  for (const services of [[], 'forbidden'] as const) {
    const { stale, foreign } = await listed(serving(groups, services))
    assert.deepEqual([stale, foreign], [['gone.example'], []])
  }
})

test('what cannot be listed or never changes is no kind to look at', async () => {
  const readOnly = { ...version('v1', ['metrics']) }
  const resources = [{ resource: 'metrics', responseKind: { kind: 'M' }, verbs: ['get', 'list'] }]
  const groups = [group('metrics.example', { ...readOnly, resources })]
  assert.deepEqual((await listed(serving(groups, ['v1.metrics.example']))).foreign, [])
})
