import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ownerApplicationSet } from '../../../../src/core/engines/argo-cd/application-set.ts'
import type { JsonObject } from '../../../../src/core/manifest/json.ts'
import { application } from './applications.ts'

const owner = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'ApplicationSet',
  name: 'fleet',
  uid: 'u2',
  controller: true,
}

function ownedBy(...ownerReferences: readonly JsonObject[]): JsonObject {
  return application({ metadata: { ownerReferences } })
}

test('the ApplicationSet that made an Application is its controller, in its namespace', () => {
  assert.deepEqual(ownerApplicationSet(ownedBy(owner)), {
    group: 'argoproj.io',
    kind: 'ApplicationSet',
    namespace: 'argocd',
    name: 'fleet',
    uid: 'u2',
  })
})

test('no other owner is one', () => {
  const others: readonly JsonObject[] = [
    { ...owner, controller: false },
    { ...owner, kind: 'Application' },
    { ...owner, apiVersion: 'example.com/v1' },
    { ...owner, uid: '' },
  ]
  for (const other of others) assert.equal(ownerApplicationSet(ownedBy(other)), undefined)
  assert.equal(ownerApplicationSet(application()), undefined)
  assert.equal(ownerApplicationSet(null), undefined)
})
