import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { namedRelease, recordedRelease, releaseOf } from '../../../src/core/policy/helm-release.ts'
import { isParent, type ParentReference } from '../../../src/core/policy/parent-reference.ts'

const labels = { owner: 'helm', name: 'api', version: '3', status: 'deployed' }
const record = {
  type: 'helm.sh/release.v1',
  metadata: { name: 'sh.helm.release.v1.api.v3', namespace: 'shop', labels },
}

test('a Secret of Helm records a release', () => {
  const found = { release: 'api', place: 'storage', namespace: 'shop' }
  assert.deepEqual(recordedRelease(record), found)
})

const others: readonly [title: string, object: JsonObject][] = [
  ['another type', { ...record, type: 'Opaque' }],
  ['no type', { metadata: record.metadata }],
  [
    'another owner',
    { ...record, metadata: { ...record.metadata, labels: { ...labels, owner: 'x' } } },
  ],
  [
    'the name of another',
    { ...record, metadata: { ...record.metadata, name: 'sh.helm.release.v1.apis.v3' } },
  ],
  [
    'another revision',
    { ...record, metadata: { ...record.metadata, labels: { ...labels, version: '4' } } },
  ],
  ['any name', { ...record, metadata: { ...record.metadata, name: 'password' } }],
]
for (const [title, object] of others) {
  test(`a Secret with ${title} records nothing`, () => {
    assert.equal(recordedRelease(object), undefined)
  })
}

test('annotations of Helm name a release, both of them together', () => {
  const annotations = {
    'meta.helm.sh/release-name': 'api',
    'meta.helm.sh/release-namespace': 'shop',
  }
  const found = { release: 'api', place: 'target', namespace: 'shop' }
  assert.deepEqual(namedRelease({ metadata: { annotations } }), found)
  assert.equal(
    namedRelease({ metadata: { annotations: { 'meta.helm.sh/release-name': 'api' } } }),
    undefined,
  )
  assert.equal(namedRelease({}), undefined)
})

const toolkit = 'helm.toolkit.fluxcd.io'
const first = 'helm.fluxcd.io'
const long = 'a-namespace-of-some-length'

const releases: readonly [
  title: string,
  group: string,
  spec: JsonObject,
  expected: readonly string[],
][] = [
  ['named after its object', toolkit, {}, ['api', 'flux', 'flux']],
  ['named by hand', toolkit, { releaseName: 'web' }, ['web', 'flux', 'flux']],
  ['for another namespace', toolkit, { targetNamespace: 'shop' }, ['shop-api', 'flux', 'shop']],
  [
    'for another namespace and named by hand',
    toolkit,
    { targetNamespace: 'shop', releaseName: 'web', storageNamespace: 'shop' },
    ['web', 'shop', 'shop'],
  ],
  [
    'of more than 53 characters',
    toolkit,
    { releaseName: `${long}-${long}-x` },
    [`${long}-a-namespace-o-4f804f14720c`, 'flux', 'flux'],
  ],
  ['of the first operator', first, {}, ['flux-api', 'flux', 'flux']],
  [
    'of the first operator for another namespace',
    first,
    { targetNamespace: 'shop' },
    ['flux-shop-api', 'shop', 'shop'],
  ],
  ['of the first operator, named by hand', first, { releaseName: 'web' }, ['web', 'flux', 'flux']],
]
for (const [title, group, spec, expected] of releases) {
  test(`the release of a HelmRelease ${title}`, () => {
    const found = releaseOf(group, { metadata: { name: 'api', namespace: 'flux' }, spec })
    assert.deepEqual([found?.name, found?.storage, found?.target], expected)
  })
}

test('of another group nobody knows the release', () => {
  assert.equal(
    releaseOf('example.com', { metadata: { name: 'api', namespace: 'flux' } }),
    undefined,
  )
})

test('a HelmRelease is the parent of its release, in its place', () => {
  const reference: ParentReference = {
    by: 'release',
    group: toolkit,
    kind: 'HelmRelease',
    release: 'shop-api',
    place: 'storage',
    namespace: 'flux',
  }
  const helmRelease = {
    metadata: { name: 'api', namespace: 'flux' },
    spec: { targetNamespace: 'shop' },
  }
  assert.ok(isParent(reference, helmRelease))
  assert.ok(!isParent({ ...reference, release: 'api' }, helmRelease))
  assert.ok(!isParent({ ...reference, namespace: 'shop' }, helmRelease))
  assert.ok(isParent({ ...reference, place: 'target', namespace: 'shop' }, helmRelease))
})
