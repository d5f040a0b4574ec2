import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { toOcsf } from '../../../../src/core/audit/export/ocsf.ts'
import { readDecision } from '../../../../src/core/audit/export/recorded-decision.ts'
import { at } from '../../../../src/core/manifest/json.ts'
import { anyDecision, recorded, verified } from './records.ts'

const product = { version: '1.2.3' }

describe('a decision in OCSF', () => {
  test('is an API Activity with the outcome of a security control', () => {
    const one = recorded()
    const event = toOcsf(one, product)
    assert.equal(event['class_uid'], 6003)
    assert.equal(event['category_uid'], 6)
    assert.equal(event['type_uid'], 600_300 + Number(event['activity_id']))
    assert.equal(event['time'], Date.parse(one.time))
    assert.equal(event['action_id'], 2)
    assert.equal(event['disposition_id'], 2)
    assert.equal(event['status_code'], 'HumanWrite')
    assert.deepEqual(at(event, 'metadata', 'profiles'), ['security_control'])
    assert.equal(at(event, 'metadata', 'uid'), 'pod-0/RUN/7')
    assert.equal(at(event, 'metadata', 'correlation_uid'), one.decisionId)
    assert.equal(at(event, 'actor', 'user', 'name'), one.user)
    assert.equal(at(event, 'api', 'operation'), one.op.toLowerCase())
    assert.deepEqual(event['src_endpoint'], { name: 'unknown' })
  })

  test('that was allowed is admitted, and no success', () => {
    const event = toOcsf(verified(), product)
    assert.equal(event['action_id'], 1)
    assert.equal(event['disposition_id'], 1)
    assert.equal(event['status_id'], 99)
    assert.equal(event['severity_id'], 1)
    assert.equal(at(event, 'unmapped', 'git', 'verified'), true)
  })

  test('that the mode alone allowed is logged', () => {
    const event = toOcsf(recorded({ decision: 'allow', wouldDeny: true, mode: 'audit' }), product)
    assert.equal(event['action_id'], 1)
    assert.equal(event['disposition_id'], 17)
    assert.equal(event['severity_id'], 2)
  })

  test('under break-glass stands out', () => {
    const one = recorded({ decision: 'allow', reason: 'BreakGlass', rule: 'bg-1' })
    const event = toOcsf(one, product)
    assert.equal(event['severity_id'], 3)
    assert.equal(at(event, 'policy', 'name'), 'bg-1')
  })

  test('has what the class requires, and nothing that JSON cannot say, whatever the record says', () => {
    fc.assert(
      fc.property(anyDecision, (one) => {
        const event = toOcsf(one, product)
        for (const key of [
          'activity_id',
          'actor',
          'api',
          'metadata',
          'severity_id',
          'src_endpoint',
        ]) {
          assert.notEqual(event[key], undefined)
        }
        assert.ok([1, 3, 4, 99].includes(Number(event['activity_id'])))
        assert.equal(typeof event['time'], 'number')
        assert.deepEqual(JSON.parse(JSON.stringify(event)), event)
        assert.ok(!JSON.stringify(event).includes('\n'))
      }),
    )
  })
})

describe('what is no decision', () => {
  for (const line of [
    {},
    { begins: true, time: 'x' },
    { checkpoint: {} },
    [],
    'x',
    null,
    { decision: 'maybe' },
  ]) {
    test(`is left out: ${JSON.stringify(line)}`, () => {
      assert.equal(readDecision(line), undefined)
    })
  }

  test('an older record lacks only what it does not say', () => {
    const read = readDecision({ decision: 'deny', time: '2026-01-01T00:00:00Z', gvr: 'v1/pods' })
    assert.equal(read?.resource, 'pods')
    assert.equal(read.group, '')
    assert.deepEqual(read.groups, [])
  })
})
