import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import {
  isParent,
  parentReference,
  type ParentReference,
} from '../../../src/core/policy/parent-reference.ts'
import type { ParentRule } from '../../../src/core/policy/parent-rule.ts'

const set = { apiVersion: 'argoproj.io/v1alpha1', kind: 'ApplicationSet', name: 'apps', uid: 'u1' }
const byOwner: ParentRule = { by: 'ownerReference', group: 'argoproj.io', kind: 'ApplicationSet' }

function owned(...ownerReferences: readonly JsonObject[]): JsonObject {
  return { metadata: { name: 'a', namespace: 'argocd', ownerReferences } }
}

test('the owner of the kind is the parent, in the namespace of the object, with its uid', () => {
  const other = { apiVersion: 'v1', kind: 'ConfigMap', name: 'b', uid: 'u2' }
  assert.deepEqual(parentReference(byOwner, owned(other, set)), {
    by: 'name',
    group: 'argoproj.io',
    kind: 'ApplicationSet',
    namespace: 'argocd',
    name: 'apps',
    uid: 'u1',
  })
})

const unowned: readonly [title: string, object: JsonObject][] = [
  ['no owner', owned()],
  ['two owners of the kind', owned(set, { ...set, name: 'others', uid: 'u2' })],
  ['an owner of another group', owned({ ...set, apiVersion: 'example.com/v1' })],
  ['an owner of the core group', owned({ ...set, apiVersion: 'argoproj.io' })],
  ['an owner without a uid', owned({ ...set, uid: '' })],
  ['an owner without a name', owned({ apiVersion: set.apiVersion, kind: set.kind, uid: 'u1' })],
  ['owners that are no list', { metadata: { ownerReferences: { 0: set } } }],
  ['no metadata', {}],
]
for (const [title, object] of unowned) {
  test(`${title} is no parent`, () => {
    assert.equal(parentReference(byOwner, object), undefined)
  })
}

const labels = {
  name: 'x/name',
  namespace: 'x/namespace',
  uid: 'x/uid',
  group: 'x/group',
  kind: 'x/kind',
}

function labelled(written: JsonObject): JsonObject {
  return { metadata: { name: 'a', namespace: 'shop', labels: written } }
}

test('labels that say the kind are read for it', () => {
  const rule: ParentRule = { by: 'labels', group: '*', kind: '*', labels }
  const object = labelled({ 'x/name': 'n', 'x/uid': 'u', 'x/group': 'g', 'x/kind': 'K' })
  const found = { by: 'name', group: 'g', kind: 'K', namespace: '', name: 'n', uid: 'u' }
  assert.deepEqual(parentReference(rule, object), found)
  for (const key of ['x/name', 'x/uid', 'x/kind']) {
    const { [key]: _, ...rest } = {
      'x/name': 'n',
      'x/uid': 'u',
      'x/group': 'g',
      'x/kind': 'K',
    } as Record<string, string>
    assert.equal(parentReference(rule, labelled(rest)), undefined, key)
  }
})

test('labels do not say the kind where the rule does', () => {
  const rule: ParentRule = {
    by: 'labels',
    group: 'g',
    kind: 'K',
    labels: { ...labels, uid: 'x/name' },
  }
  const object = labelled({ 'x/name': 'n', 'x/group': 'other', 'x/kind': 'Other' })
  const found = parentReference(rule, object)
  assert.deepEqual([found?.group, found?.kind], ['g', 'K'])
})

test('without a label for it the namespace is that of the object', () => {
  const rule: ParentRule = { by: 'labels', group: 'g', kind: 'K', labels: { name: 'x/name' } }
  assert.equal(parentReference(rule, labelled({ 'x/name': 'n' }))?.namespace, 'shop')
})

const reference: ParentReference = {
  by: 'name',
  group: 'g',
  kind: 'K',
  namespace: 'shop',
  name: 'n',
  uid: 'u',
}

const candidates: readonly [title: string, metadata: JsonObject, expected: boolean][] = [
  ['the named one', { name: 'n', namespace: 'shop', uid: 'u' }, true],
  ['the named one, cluster-scoped', { name: 'n', uid: 'u' }, true],
  ['one of the same name that came later', { name: 'n', namespace: 'shop', uid: 'v' }, false],
  ['one of another name', { name: 'm', namespace: 'shop', uid: 'u' }, false],
  ['one in another namespace', { name: 'n', namespace: 'pay', uid: 'u' }, false],
  ['one without a uid', { name: 'n', namespace: 'shop' }, false],
]
for (const [title, metadata, expected] of candidates) {
  test(`${title} is ${expected ? '' : 'not '}the parent`, () => {
    assert.equal(isParent(reference, { metadata }), expected)
  })
}

test('a reference without a uid is met by the name', () => {
  const { uid: _, ...named } = reference
  assert.ok(isParent(named, { metadata: { name: 'n', namespace: 'shop', uid: 'any' } }))
})
