import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { account, alice, deployer } from '../../fakes/requests.ts'
import { reasonOf } from './deciding.ts'

describe('an update that changes nothing', () => {
  const stored = (metadata: JsonObject, data: JsonObject = { a: '1' }): JsonObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'settings', namespace: 'pay', ...metadata },
    data,
  })
  const update = (object: JsonObject, oldObject: JsonObject, user = alice) =>
    reasonOf({ operation: 'UPDATE', object, oldObject, user })
  const deployment = account('kube-system', 'deployment-controller')
  const manager = (name: string, time: string): JsonObject => ({ manager: name, time })

  test('passes, whatever resourceVersion and generation say', async () => {
    const next = stored({ resourceVersion: '9', generation: 2 })
    assert.equal(await update(next, stored({ resourceVersion: '8' })), 'NoDesiredStateChange')
  })

  test('may touch the times of managedFields, but for a human not the fields themselves', async () => {
    const old = stored({ managedFields: [manager('kubectl', '2026-01-01T00:00:00Z')] })
    const later = stored({ managedFields: [manager('kubectl', '2026-02-01T00:00:00Z')] })
    const other = stored({ managedFields: [manager('edit', '2026-01-01T00:00:00Z')] })
    assert.equal(await update(later, old), 'NoDesiredStateChange')
    assert.equal(await update(other, old), 'HumanWrite')
    assert.equal(await update(other, old, deployer), 'NoDesiredStateChange')
    assert.equal(await update(other, old, deployment), 'NoDesiredStateChange')
  })

  test('is a human’s when somebody poses as a controller, or has exceptions elsewhere', async () => {
    const old = stored({ managedFields: [manager('kubectl', '2026-01-01T00:00:00Z')] })
    const other = stored({ managedFields: [manager('edit', '2026-01-01T00:00:00Z')] })
    const posing = { ...deployment, uid: '', extra: new Map() }
    const keda = account('keda', 'keda-operator')
    for (const user of [posing, keda, { ...keda, uid: '' }, account('ci', 'bound')]) {
      assert.notEqual(await update(other, old, user), 'NoDesiredStateChange', user.username)
    }
  })

  test('is exact: order, duplicates, nulls and kinds of numbers count', async () => {
    const lists: readonly (readonly [JsonObject, JsonObject])[] = [
      [{ l: ['a', 'b'] }, { l: ['b', 'a'] }],
      [{ l: ['a'] }, { l: ['a', 'a'] }],
      [{ a: null }, {}],
      [{ a: {} }, {}],
      [{ a: '1' }, { a: 1 }],
      [{ a: 9007199254740993n }, { a: 9007199254740992n }],
    ]
    for (const [before, after] of lists) {
      assert.equal(await update(stored({}, after), stored({}, before)), 'HumanWrite')
    }
  })

  test('counts only on main resources', async () => {
    const same = stored({})
    const status = {
      operation: 'UPDATE',
      subresource: 'status',
      object: same,
      oldObject: same,
    } as const
    assert.equal(await reasonOf(status), 'HumanWrite')
  })
})
