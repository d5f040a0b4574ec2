import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { manifestOf } from '../../../src/core/promote/new-manifest.ts'

const written = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'a', namespace: 'pay', labels: { x: 'y' } },
  data: { k: 'v' },
}
const stored = (more: JsonObject = {}): JsonObject => ({
  ...written,
  metadata: {
    ...written.metadata,
    uid: 'u',
    resourceVersion: '1',
    creationTimestamp: 'x',
    managedFields: [],
    ownerReferences: [{ uid: 'o' }],
    ...more,
  },
})

describe('the manifest of a stored object', () => {
  test('is what somebody wrote', () => {
    assert.deepEqual(manifestOf(stored()), written)
    assert.deepEqual(Object.keys(manifestOf(stored())), ['apiVersion', 'kind', 'metadata', 'data'])
  })

  test('is what was applied, with what was changed since', () => {
    const applied = JSON.stringify({ ...written, data: { k: 'old', gone: 'x' } })
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': applied }
    assert.deepEqual(manifestOf(stored({ annotations })), written)
  })

  test('but not what was applied to something else', () => {
    const applied = JSON.stringify({ ...written, metadata: { name: 'b' }, extra: 1 })
    for (const text of [applied, '{', '[]', '"x"']) {
      const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': text }
      assert.deepEqual(manifestOf(stored({ annotations })), written)
    }
  })

  test('keeps the words of Git for what means the same', () => {
    const quota = (cpu: string | number, more: JsonObject = {}): JsonObject => ({
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'q', ...more },
      spec: { hard: { cpu } },
    })
    assert.deepEqual(manifestOf(quota('1', { uid: 'u' }), quota('1000m')), quota('1000m'))
    assert.deepEqual(manifestOf(quota('2', { uid: 'u' }), quota('1000m')), quota('2'))
  })

  test('of a kind that nobody knows is all of it', () => {
    const widget = {
      apiVersion: 'example.com/v1',
      kind: 'Widget',
      metadata: { name: 'w' },
      spec: { a: null, b: {} },
    }
    const object = { ...widget, metadata: { name: 'w', uid: 'u' }, status: { ready: true } }
    assert.deepEqual(manifestOf(object), widget)
  })

  test('of what was never stored is left as it is, defaults and all', () => {
    const service = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 's' },
      spec: { type: 'ClusterIP', clusterIP: 'None', ports: [{ port: 80, protocol: 'TCP' }] },
    }
    assert.deepEqual(manifestOf(service), service)
  })
})
