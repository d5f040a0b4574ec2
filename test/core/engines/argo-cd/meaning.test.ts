import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isSameMeaning } from '../../../../src/core/engines/argo-cd/meaning.ts'
import type { Json } from '../../../../src/core/manifest/json.ts'

const same: readonly (readonly [Json, Json])[] = [
  [
    { a: 1, b: 'x' },
    { b: 'x', a: 1 },
  ],
  [{ helm: { skipCrds: false, values: '', parameters: [], valueFiles: null } }, {}],
  [{ directory: { recurse: false, jsonnet: {} } }, {}],
  [{ syncPolicy: { syncOptions: [], automated: null } }, {}],
  [{ source: { kustomize: { commonLabels: {} } } }, {}],
  [{ parameters: [{ name: 'a', value: '' }] }, { parameters: [{ name: 'a' }] }],
]
for (const [one, other] of same) {
  test(`${JSON.stringify(one)} means ${JSON.stringify(other)}`, () => {
    assert.equal(isSameMeaning(one, other), true)
    assert.equal(isSameMeaning(other, one), true)
  })
}

const different: readonly (readonly [Json, Json])[] = [
  [{ automated: {} }, {}],
  [{ automated: { enabled: false } }, { automated: {} }],
  [{ automated: { prune: false } }, { automated: {} }],
  [{ revisionHistoryLimit: 0 }, {}],
  [{ retry: {} }, {}],
  [{ backoff: { factor: 0 } }, { backoff: {} }],
  [{ managedNamespaceMetadata: {} }, {}],
  [{ sourceHydrator: {} }, {}],
  [{ plugin: {} }, {}],
  [{ valuesObject: {} }, {}],
  [{ valuesObject: { a: null } }, { valuesObject: {} }],
  [{ valuesObject: { a: false } }, { valuesObject: {} }],
  [{ valuesObject: { a: [] } }, { valuesObject: { a: {} } }],
  [{ commonLabels: { a: '' } }, {}],
  [{ options: { allowNameChange: false } }, {}],
  [{ replicas: [{ name: 'a', count: 0 }] }, { replicas: [{ name: 'a' }] }],
  [{ replicas: [{ name: 'a', count: 1 }] }, { replicas: [{ name: 'a', count: '1' }] }],
  [
    ['a', 'b'],
    ['b', 'a'],
  ],
  [['a', ''], ['a']],
  [[{}], []],
  [{ a: 1 }, { a: 9007199254740993n }],
]
for (const [one, other] of different) {
  const text = (value: Json) =>
    JSON.stringify(value, (_key, v: unknown) => (typeof v === 'bigint' ? `${v}` : v))
  test(`${text(one)} does not mean ${text(other)}`, () => {
    assert.equal(isSameMeaning(one, other), false)
    assert.equal(isSameMeaning(other, one), false)
  })
}
