import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import type { JsonObject } from '../../../../src/core/manifest/json.ts'
import { found, plain, quiet, removal, run } from './found.ts'
import { event, failure, Ground, reconciled, type Written } from './ground.ts'

let ground = new Ground()
beforeEach(() => {
  ground = new Ground()
})

describe('the deletion of a collection', () => {
  const whole = {
    verb: 'deletecollection',
    objectRef: { resource: 'configmaps', namespace: 'pay' },
  }
  const deletion = (name: string): Written => ({ at: 300, name, operation: 'DELETE' })

  test('has one event for the records of all that was in it', () => {
    const first = ground.asked(deletion('a'), whole)
    const others = ['b', 'c'].map((name) => ground.record(deletion(name)).line)
    const result = reconciled([first.line, ...others], [first.event, ...quiet])
    assert.equal(result.verdict, 'explained')
    assert.equal(result.counts.ofCollections, 2)
    const elsewhere = { at: 300, operation: 'DELETE', changes: { namespace: 'shop' } } as const
    const { line } = ground.record(elsewhere)
    assert.equal(reconciled([first.line, line], [first.event, ...quiet]).withoutEvent.count, 1)
  })

  test('that found nothing is asked about by nobody', () => {
    const result = run([ground.asked(plain)], [event(deletion('a'), whole)])
    assert.equal(result.verdict, 'explained')
    assert.equal(result.counts.emptyCollections, 1)
  })

  const doubts: readonly (readonly [string, readonly JsonObject[], boolean])[] = [
    ['while the configuration is away', [removal('delete')], true],
    ['after it was changed', [removal('patch', 100)], true],
    ['just after it came back', [removal('delete', 200), removal('create', 295)], true],
    ['long after it came back', [removal('delete', 200), removal('create', 210)], false],
    ['before anything happened to it', [removal('delete', 400)], false],
  ]
  for (const [title, changes, isDoubted] of doubts) {
    test(`${title} is ${isDoubted ? '' : 'not '}in doubt`, () => {
      const result = run([ground.asked(plain)], [event(deletion('a'), whole), ...changes])
      assert.equal(result.verdict, isDoubted ? 'not-provable' : 'explained')
      assert.deepEqual(found(result), isDoubted ? ['unsure  perhaps-empty'] : [])
      assert.equal(result.changes.count, changes.length)
    })
  }

  test('is known where the log has bodies', () => {
    for (const [items, expected] of [
      [[], []],
      [[{}], ['unseen  not-asked']],
    ] as const) {
      const told = event(deletion('a'), { ...whole, responseObject: { items } })
      assert.deepEqual(found(run([ground.asked(plain)], [told, removal('delete')])), expected)
    }
  })

  test('that was refused may be done in part', () => {
    const told = ground.asked(deletion('a'), { ...whole, responseStatus: failure(403) })
    assert.deepEqual(found(run([told])), ['notCommitted  partly'])
    const unasked = event(deletion('a'), { ...whole, responseStatus: failure(403) })
    const witness = ground.asked({ at: 301, name: 'w' })
    assert.deepEqual(found(run([witness], [unasked, removal('delete')])), ['unsure  perhaps-empty'])
    const forbidden = { 'authorization.k8s.io/decision': 'forbid' }
    const byRbac = { ...unasked, annotations: forbidden }
    assert.deepEqual(found(run([witness], [byRbac, removal('delete')])), [])
  })
})
