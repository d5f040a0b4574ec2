import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Difference } from '../../../src/core/content/difference.ts'
import { withoutReconciledRights } from '../../../src/core/content/reconciled-rights.ts'
import type { Json, JsonObject } from '../../../src/core/manifest/json.ts'

const group = 'rbac.authorization.k8s.io'

function difference(...keys: readonly string[]): Difference {
  const path = keys.map((key) => ({ kind: 'key', key }) as const)
  return { path, kind: 'changed', live: undefined, declared: undefined }
}

const differences = [difference('rules'), difference('metadata', 'labels', 'a')]

function rule(verbs: readonly string[], more: JsonObject = {}): JsonObject {
  return { verbs: [...verbs], apiGroups: ['apps'], resources: ['deployments'], ...more }
}

/** What is left to explain. */
function left(old: Json, next: Json, declared: Json): readonly string[] {
  const objects = { old: { rules: old }, next: { rules: next }, declared: { rules: declared } }
  const found = withoutReconciledRights(`${group}/v1 ClusterRole`, differences, objects)
  return found.map(({ path: [first] }) => (first?.kind === 'key' ? first.key : ''))
}

test('rights that were there or are declared may stand together, and nothing else is explained', () => {
  const [old, declared] = [[rule(['get', 'list'])], [rule(['get', 'watch'])]]
  assert.deepEqual(left(old, [rule(['get', 'list']), rule(['watch'])], declared), ['metadata'])
  assert.deepEqual(left(old, [rule(['get', 'list', 'watch'])], declared), ['metadata'])
  assert.deepEqual(left(old, [], declared), ['metadata'])
})

test('no right is there that neither has', () => {
  const [old, declared] = [[rule(['get'])], [rule(['watch'])]]
  const others: readonly JsonObject[] = [
    rule(['delete']),
    rule(['*']),
    rule(['get'], { resources: ['*'] }),
    rule(['get'], { apiGroups: ['apps', ''] }),
    rule(['get'], { nonResourceURLs: ['/metrics'] }),
  ]
  for (const other of others) {
    assert.deepEqual(left(old, [rule(['get']), other], declared), ['rules', 'metadata'])
  }
  const named = [rule(['get'], { resourceNames: ['a'] })]
  assert.deepEqual(left(named, [rule(['get'])], named), ['rules', 'metadata'])
  assert.deepEqual(left(old, ['get'], declared), ['rules', 'metadata'])
})

test('subjects are told apart as the API server stores them', () => {
  const subjects = (...names: readonly string[]) => ({
    subjects: names.map((name) => ({ kind: 'Group', name, apiGroup: group })),
  })
  const declared = { subjects: [{ kind: 'Group', name: 'b' }] }
  const found = [difference('subjects'), difference('roleRef')]
  const kind = `${group}/v1 RoleBinding`
  const ask = (next: JsonObject) =>
    withoutReconciledRights(kind, found, { old: subjects('a'), next, declared }).length
  assert.equal(ask(subjects('a', 'b')), 1)
  assert.equal(ask(subjects('a', 'c')), 2)
  assert.equal(ask({ subjects: [{ kind: 'ServiceAccount', name: 'b', namespace: 'x' }] }), 2)
})

test('other kinds have no rights', () => {
  const empty = { old: {}, next: {}, declared: {} }
  assert.equal(withoutReconciledRights('v1 ConfigMap', differences, empty).length, 2)
})
