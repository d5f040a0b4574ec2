import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AdmissionRequest } from '../../../src/core/admission/request.ts'
import { account, alice } from '../../fakes/requests.ts'
import { gvk, gvr, reasonOf } from './deciding.ts'

const controller = account('solewriter-system', 'solewriter-controller')

function report(changes: Partial<AdmissionRequest>): Partial<AdmissionRequest> {
  const name = changes.name ?? 'solewriter-scan'
  const object = {
    apiVersion: 'wgpolicyk8s.io/v1alpha2',
    kind: 'PolicyReport',
    metadata: { name, namespace: 'pay' },
  }
  return {
    kind: gvk('PolicyReport', 'wgpolicyk8s.io', 'v1alpha2'),
    resource: gvr('policyreports', 'wgpolicyk8s.io', 'v1alpha2'),
    name,
    object,
    user: controller,
    ...changes,
  }
}

test('the controller writes the report of a scan in any namespace', async () => {
  for (const operation of ['CREATE', 'UPDATE'] as const) {
    assert.equal(await reasonOf(report({ operation })), 'OwnObject')
  }
  assert.equal(await reasonOf(report({ operation: 'DELETE', object: null })), 'OwnObject')
})

test('no other report is ours, and nobody else writes ours', async () => {
  assert.equal(await reasonOf(report({ name: 'other' })), 'HumanWrite')
  assert.equal(await reasonOf(report({ user: alice })), 'HumanWrite')
  const borrowed = { ...controller, uid: '', extra: new Map() }
  assert.equal(await reasonOf(report({ user: borrowed })), 'HumanWrite')
  const resource = gvr('configmaps')
  assert.equal(await reasonOf(report({ resource, kind: gvk('ConfigMap') })), 'HumanWrite')
})
