import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { reporting } from '../../../src/core/scan/reports.ts'
import { tally } from '../../../src/core/scan/tally.ts'
import { finding, summary } from './samples.ts'

describe('reports', () => {
  test('are one for each namespace with findings, and one of the cluster', () => {
    const collected = reporting()
    collected.add(finding)
    const [ofCluster, ofPay, ...others] = collected.reports(summary)
    assert.deepEqual(others, [])
    assert.deepEqual(ofCluster, {
      namespace: '',
      results: [],
      summary: { pass: 4, fail: 0, warn: 0, error: 1, skip: 0 },
    })
    assert.equal(ofPay?.namespace, 'pay')
    assert.deepEqual(ofPay?.results[0], {
      source: 'solewriter',
      category: 'Drift from Git',
      result: 'fail',
      scored: true,
      timestamp: { seconds: Date.parse(summary.endedAt) / 1000, nanos: 0 },
      policy: 'HumanWrite',
      rule: 'different',
      severity: 'medium',
      message: 'is not as Git declares it: spec.replicas',
      resources: [
        { apiVersion: 'apps/v1', kind: 'Deployment', name: 'api', namespace: 'pay', uid: 'u-1' },
      ],
      properties: {
        git: 'fleet:prod/api.yaml:3',
        commit: 'a'.repeat(40),
        managerHint: 'kubectl-scale',
      },
    })
  })

  test('are bounded, and say what they leave out', () => {
    const collected = reporting()
    for (let i = 0; i < 1234; i += 1) collected.add(finding)
    const [, ofPay] = collected.reports(summary)
    assert.equal(ofPay?.results.length, 201)
    assert.equal(ofPay?.summary.fail, 1234)
    assert.equal(
      ofPay?.results.at(-1)?.['message'],
      '1034 more findings are not listed here, of 1234 different in all',
    )
  })
})

describe('the tally', () => {
  test('says drift before not known, and clean only if all is known', () => {
    const counted = tally()
    counted.add({ kind: 'as-declared' })
    assert.equal(counted.counts().verdict, 'clean')
    counted.addUnknown({ what: 'secrets', why: 'role', objects: 0 })
    assert.equal(counted.counts().verdict, 'unknown')
    counted.add({ kind: 'finding', finding })
    const { verdict, objects, asDeclared, findings, wouldDeny } = counted.counts()
    assert.deepEqual([verdict, objects, asDeclared, findings.different], ['drift', 2, 1, 1])
    assert.deepEqual(
      wouldDeny.map(({ as, reason, row, count }) => [as, reason, row, count]),
      [
        ['human', 'HumanWrite', 10, 1],
        ['writer', 'ContentMismatch', 8, 1],
      ],
    )
  })

  test('counts what nobody knows by its reason, and has room for so many reasons', () => {
    const counted = tally()
    counted.add({ kind: 'unknown', why: 'still being read' })
    counted.add({ kind: 'unknown', why: 'still being read' })
    assert.deepEqual(counted.unknown(), [
      { type: 'unknown', what: 'objects', why: 'still being read', objects: 2 },
    ])
    for (let i = 0; i < 500; i += 1) counted.add({ kind: 'unknown', why: `reason ${i}` })
    assert.ok(counted.unknown().length <= 101)
    const total = counted.unknown().reduce((sum, { objects }) => sum + objects, 0)
    assert.equal(total, 502)
  })
})
