import assert from 'node:assert/strict'
import { test } from 'node:test'
import { memoryGrants } from '../../src/cli/memory-grants.ts'
import { momentText } from '../../src/core/breakglass/moment.ts'
import { at, stringAt } from '../../src/core/manifest/json.ts'
import { activeGrant, begin, grantName, newGrant } from '../core/decision/granting.ts'

const { signal } = new AbortController()
const now = () => begin

test('a grant is made once, as the API server makes it', async () => {
  const { store } = memoryGrants([], { approvals: [], now })
  const { metadata: _metadata, ...rest } = newGrant()
  const grant = { ...rest, metadata: { name: grantName } }
  assert.equal(await store.create(grant, signal), 'created')
  assert.equal(await store.create(grant, signal), 'exists')
  const stored = await store.read(grantName, signal)
  assert.equal(stringAt(stored, 'metadata', 'creationTimestamp'), momentText(begin))
  assert.notEqual(at(stored, 'metadata', 'resourceVersion'), undefined)
})

test('approvals are found by their grant, and grants by the objects of their open uses', async () => {
  const on = { group: 'apps', resource: 'deployments', namespace: 'payments', name: 'api' }
  const use = { n: 1, fingerprint: 'f', time: momentText(begin), op: 'UPDATE', target: on }
  const approval = { spec: { grant: grantName } }
  const other = { spec: { grant: 'bg-other' } }
  const used = activeGrant({ status: { uses: [use] } })
  const { store } = memoryGrants([used], { approvals: [approval, other], now })
  assert.deepEqual(await store.approvals(grantName, signal), [approval])
  assert.equal(store.usedOn(on).length, 1)
  assert.deepEqual(store.usedOn({ ...on, name: 'web' }), [])
})
