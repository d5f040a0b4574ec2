import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseJson } from '../../src/core/admission/parse-json.ts'
import { at, type JsonObject } from '../../src/core/manifest/json.ts'
import { keptOf } from '../../src/kubernetes/kept-fields.ts'

const metadata = { name: 'x', annotations: { a: '1' }, finalizers: ['f'], managedFields: [{}] }
const keptMetadata = { name: 'x', annotations: { a: '1' }, finalizers: ['f'] }

test('an Application keeps what it is doing, not what it has made', () => {
  const application = {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'Application',
    metadata,
    spec: { source: {} },
    operation: { sync: {} },
    status: {
      operationState: { phase: 'Running', syncResult: { revision: 'x', resources: [{}] } },
      sync: { status: 'Synced' },
      resources: [{}],
      history: [{}],
      summary: {},
    },
  }
  assert.deepEqual(keptOf({ group: 'argoproj.io', kind: 'Application' }, application), {
    ...application,
    metadata: keptMetadata,
    status: {
      operationState: { phase: 'Running', syncResult: { revision: 'x' } },
      sync: { status: 'Synced' },
    },
  })
})

test('a Kustomization keeps its status whole', () => {
  const kustomization = {
    kind: 'Kustomization',
    metadata,
    spec: { path: './' },
    status: { inventory: { entries: [{}] }, lastAttemptedRevision: 'main@sha1:1' },
  }
  const kind = { group: 'kustomize.toolkit.fluxcd.io', kind: 'Kustomization' }
  assert.deepEqual(keptOf(kind, kustomization), { ...kustomization, metadata: keptMetadata })
})

test('keys that users choose stay what they are', () => {
  const text = '{"metadata":{"name":"x"},"spec":{"__proto__":{"a":1}},"__proto__":2}'
  const object = parseJson(Buffer.from(text)) as JsonObject
  const kept = keptOf({ group: 'argoproj.io', kind: 'AppProject' }, object)
  assert.equal(at(kept, 'spec', '__proto__', 'a'), 1)
  assert.equal(at(kept, '__proto__'), 2)
})

test('what is no object stays as it is', () => {
  const object = { metadata: 'x', status: ['y'] }
  assert.deepEqual(keptOf({ group: 'argoproj.io', kind: 'Application' }, object), object)
})
