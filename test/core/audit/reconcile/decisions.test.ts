import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import type { JsonObject } from '../../../../src/core/manifest/json.ts'
import { alice } from '../../../fakes/requests.ts'
import { found, plain, quiet, run } from './found.ts'
import {
  callFailed,
  event,
  failedOpen,
  failure,
  Ground,
  noon,
  reconciled,
  type Written,
} from './ground.ts'

let ground = new Ground()
beforeEach(() => {
  ground = new Ground()
})

describe('a decision', () => {
  test('of which there is no record leaves its write unexplained', () => {
    const told = ground.asked(plain)
    const witness = ground.asked({ at: 301, name: 'other' })
    const result = run([witness], [told.event])
    assert.deepEqual(found(result), ['withoutRecord settings no-record'])
    assert.equal(result.verdict, 'unexplained')
  })

  test('that denies may lack its record: it follows the answer', () => {
    const told = ground.asked({ ...plain, isAllowed: false }, { responseStatus: failure(403) })
    const result = run([ground.asked({ at: 301, name: 'other' })], [told.event])
    assert.deepEqual(found(result), [])
    assert.equal(result.counts.deniedWithoutRecord, 1)
  })

  test('must have the record of which the API server was told', () => {
    const { event: told, line } = ground.asked(plain)
    const other = line.replace('"latencyMs":1,', '"latencyMs":2,')
    assert.notEqual(other, line)
    const result = run([{ event: told, line: other }])
    assert.deepEqual(found(result), ['contradictions settings record-changed'])
    assert.equal(result.verdict, 'unexplained')
  })

  test('is for one write: somebody else cannot bring it again', () => {
    const told = ground.asked(plain)
    const copied = event({ at: 310 }, { annotations: told.event['annotations'] ?? {} })
    const result = run([told], [copied])
    assert.equal(result.contradictions.count, 1)
    assert.equal(result.contradictions.list[0]?.why, 'used-twice')
    assert.equal(result.counts.decided, 1)
  })

  test('that nobody needed is no stock for later', () => {
    const told = ground.asked(plain)
    const retry = ground.record({ at: 300.003 })
    const late = event({ at: 400 }, { annotations: retry.annotations })
    const result = reconciled([told.line, retry.line], [told.event, late, ...quiet])
    assert.deepEqual(found(result), ['contradictions settings other-request'])
  })

  const others: readonly (readonly [string, Partial<Written>, JsonObject])[] = [
    ['another object', { name: 'other' }, {}],
    ['another user', { user: alice }, {}],
    ['another operation', { operation: 'DELETE' }, {}],
    ['another namespace', { changes: { namespace: 'shop' } }, {}],
    [
      'another resource',
      { changes: { resource: { group: '', version: 'v1', resource: 'secrets' } } },
      {},
    ],
    ['a subresource', { changes: { subresource: 'status' } }, {}],
  ]
  for (const [title, changes] of others) {
    test(`is not about ${title}`, () => {
      const { line, annotations } = ground.record(plain)
      const result = run([{ event: event({ ...plain, ...changes }, { annotations }), line }])
      const [wrong] = result.contradictions.list
      assert.equal(wrong?.why, 'other-request')
    })
  }

  test('that denies stores nothing', () => {
    const told = ground.asked({ ...plain, isAllowed: false })
    assert.deepEqual(found(run([told])), ['contradictions settings denied'])
  })

  test('about a dry run is none about the write itself', () => {
    const told = ground.asked({ ...plain, changes: { dryRun: true } })
    assert.deepEqual(found(run([told])), ['contradictions settings dry-run'])
  })

  test('about a name that the API server made is about that object', () => {
    const { event: told, line } = ground.asked({ ...plain, name: 'gen-8vt7v' })
    const objectRef = { resource: 'configmaps', namespace: 'pay', apiVersion: 'v1' }
    assert.deepEqual(found(run([{ event: { ...told, objectRef }, line }])), [])
  })

  test('about a patch that makes the object is about its creation', () => {
    const { event: told, line } = ground.asked(plain)
    for (const responseStatus of [{ code: 201 }, failure(422)]) {
      const result = run([{ event: { ...told, verb: 'patch', responseStatus }, line }])
      assert.equal(result.contradictions.count, 0)
    }
  })

  test('stands although the API server asked again, in the next minute too', () => {
    const first = ground.asked({ at: 299.9 }, {})
    const again = [ground.record({ at: 299.95 }), ground.record({ at: 300.1 })]
    const long = { ...first.event, stageTimestamp: '2026-08-23T12:05:00.200000Z' }
    const lines = [first.line, ...again.map(({ line }) => line)]
    const ids = lines.map((line) => (JSON.parse(line) as { decisionId: string }).decisionId)
    assert.equal(new Set(ids).size, 2)
    const result = reconciled(lines, [long, ...quiet])
    assert.equal(result.verdict, 'explained')
    assert.equal(result.counts.retries, 2)
    assert.equal(result.counts.decided, 1)
  })

  test('may deny first, and allow the same some seconds later under the same id', () => {
    const refusal = { responseStatus: failure(403) }
    const denied = [310, 312].map((at) => ground.asked({ at, isAllowed: false }, refusal))
    const allowed = ground.asked({ at: 314 })
    const lines = [...denied, allowed].map(({ line }) => line)
    for (const told of [
      [...denied, allowed],
      [allowed, ...denied],
    ]) {
      const result = reconciled(lines, [...told.map((one) => one.event), ...quiet])
      assert.equal(result.verdict, 'explained')
      assert.equal(result.counts.decided, 1)
      assert.equal(result.counts.denied, 2)
      assert.equal(result.counts.retries, 0)
    }
  })

  test('beside the period takes nothing from one inside', () => {
    const [outside, inside] = [ground.asked({ at: 310 }), ground.asked({ at: 320 })]
    const lines = [outside.line, inside.line]
    const events = [outside.event, inside.event, ...quiet]
    const result = reconciled(lines, events, { from: noon + 315_000, to: noon + 600_000 })
    assert.equal(result.verdict, 'explained')
    assert.equal(result.counts.decided, 1)
  })

  test('for each of two writes that are the same', () => {
    const [one, two] = [ground.asked({ at: 310 }), ground.asked({ at: 320 })]
    assert.equal(run([one, two]).counts.decided, 2)
    const lost = run([one], [two.event])
    assert.deepEqual(found(lost), ['contradictions settings record-changed'])
  })

  test('of which the log has no event makes the log incomplete', () => {
    const told = ground.asked(plain)
    const { line } = ground.record({ at: 310, name: 'other' })
    const result = reconciled([told.line, line], [told.event, ...quiet])
    assert.equal(result.verdict, 'not-provable')
    assert.deepEqual(
      result.withoutEvent.list.map(({ operation, resource, count }) => [
        operation,
        resource,
        count,
      ]),
      [['CREATE', 'configmaps', 1]],
    )
  })

  test('at the end of the log may have its event still to come', () => {
    const told = ground.asked(plain)
    const { line } = ground.record({ at: 595, name: 'other' })
    const result = reconciled([told.line, line], [told.event, ...quiet])
    assert.equal(result.verdict, 'explained')
    assert.equal(result.counts.atTheEdges, 1)
  })

  test('whose answer never arrived belongs to the call that failed', () => {
    const told = ground.asked(plain)
    for (const [status, annotations] of [
      [callFailed, {}],
      [failure(504), {}],
      [{ code: 201 }, failedOpen],
    ] as const) {
      const { line } = new Ground('pod-1/01K3BOOT').record({ at: 310, name: 'other' })
      const failed = event({ at: 310, name: 'other' }, { responseStatus: status, annotations })
      const result = reconciled([told.line, line], [told.event, failed, ...quiet])
      assert.equal(result.counts.lostAnswers, 1)
      assert.equal(result.withoutEvent.count, 0)
      // The write that went on is unseen all the same: nobody heard what we said.
      assert.equal(result.unseen.count, annotations === failedOpen ? 1 : 0)
    }
  })

  test('does not belong to a call at another time, or about something else', () => {
    const told = ground.asked(plain)
    const { line } = ground.record({ at: 310, name: 'other' })
    for (const changes of [
      { at: 400, name: 'other' },
      { at: 310, name: 'else' },
      { at: 310, name: 'other', user: alice },
    ]) {
      const failed = event(changes, { responseStatus: callFailed })
      const result = reconciled([told.line, line], [told.event, failed, ...quiet])
      assert.equal(result.withoutEvent.count, 1)
    }
  })
})
