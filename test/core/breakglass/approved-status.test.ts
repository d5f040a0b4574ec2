import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { approvalName, scopeDigest } from '../../../src/core/breakglass/approval.ts'
import { approvedStatus } from '../../../src/core/breakglass/approved-status.ts'
import { momentText } from '../../../src/core/breakglass/moment.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { activeGrant, begin, grantName, holder, hour, minute } from '../decision/granting.ts'

const until = begin + 15 * minute

function waiting(required = 1, status: JsonObject = {}): JsonObject {
  const { activatedAt: _at, expiresAt: _until, ...rest } = activeGrant().status
  return {
    ...activeGrant({ metadata: { resourceVersion: '7' } }),
    status: {
      ...rest,
      phase: 'Pending',
      sessionSeconds: 3600,
      approvalsWanted: { required, groups: ['lead', 'boss'], until: momentText(until) },
      approvals: [],
      ...status,
    },
  }
}

function approval(by: string, change: JsonObject = {}, at = begin + minute): JsonObject {
  const name = approvalName(grantName, by)
  return {
    metadata: { name, creationTimestamp: momentText(at) },
    spec: { grant: grantName, by, group: 'lead', scope: scopeDigest(waiting()), ...change },
  }
}

describe('a grant that waits', () => {
  test('is active from the last approval on that it takes', () => {
    const [first, second] = [approval('ann', {}, begin + 2 * minute), approval('ben')]
    const status = approvedStatus(waiting(2), [first, second]) ?? assert.fail()
    assert.equal(status['phase'], 'Active')
    assert.equal(status['activatedAt'], momentText(begin + 2 * minute))
    assert.equal(status['expiresAt'], momentText(begin + 2 * minute + hour))
    assert.deepEqual(status['approvals'], [
      { by: 'ben', group: 'lead', at: momentText(begin + minute) },
      { by: 'ann', group: 'lead', at: momentText(begin + 2 * minute) },
    ])
  })

  test('goes on waiting with fewer, and tells who has approved', () => {
    const status = approvedStatus(waiting(2), [approval('ann')]) ?? assert.fail()
    assert.equal(status['phase'], 'Pending')
    assert.equal(status['activatedAt'], undefined)
    assert.equal((status['approvals'] as readonly unknown[]).length, 1)
    assert.equal(approvedStatus({ ...waiting(2), status }, [approval('ann')]), undefined)
  })

  const foreign = 'bg-0198c1d2-7c1e-7b2f-9a53-000000000000'
  for (const [title, given] of [
    ['of its holder', approval(holder.username)],
    ['of another group', approval('ann', { group: 'friends' })],
    ['of another scope', approval('ann', { scope: 'sha256:other' })],
    ['of another grant', approval('ann', { grant: foreign })],
    [
      'under the name of another person',
      { ...approval('ann'), spec: approval('ben')['spec'] ?? null },
    ],
    ['after the time for it', approval('ann', {}, until)],
    ['without a time', { ...approval('ann'), metadata: { name: approvalName(grantName, 'ann') } }],
    ['that is none', {}],
  ] as const) {
    test(`is not helped by an approval ${title}`, () => {
      assert.equal(approvedStatus(waiting(), [given]), undefined)
    })
  }

  test('is not helped twice by one person', () => {
    const status = approvedStatus(waiting(2), [approval('ann'), approval('ann', { group: 'boss' })])
    // Two objects of one name there cannot be; one person is one.
    assert.equal(status?.['phase'], 'Pending')
  })
})

test('no approval brings back what does not wait', () => {
  for (const phase of ['Active', 'Expired', 'Ended', 'Revoked', 'ApprovalTimeout']) {
    assert.equal(approvedStatus(waiting(1, { phase }), [approval('ann')]), undefined)
  }
})
