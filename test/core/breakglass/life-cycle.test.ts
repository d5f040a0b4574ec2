import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { nextStatus } from '../../../src/core/breakglass/life-cycle.ts'
import { momentText } from '../../../src/core/breakglass/moment.ts'
import { toPostMortem } from '../../../src/core/breakglass/post-mortem.ts'
import { at, stringAt, type JsonObject } from '../../../src/core/manifest/json.ts'
import { activeGrant, begin, grantName, hour, minute, newGrant } from '../decision/granting.ts'

const jti = grantName.slice('bg-'.length)
const use = (n: number) => ({ n, fingerprint: `sha256:${n}`, time: momentText(begin + n) })

function stored(given: Parameters<typeof activeGrant>[0] = {}): JsonObject {
  const metadata = { resourceVersion: '7', ...given?.metadata }
  return activeGrant({ ...given, metadata })
}

function phaseAfter(grant: JsonObject, now = begin + minute): string | undefined {
  return stringAt(nextStatus(grant, now), 'phase')
}

describe('the phase of a grant', () => {
  const waiting = {
    phase: 'Pending',
    approvalsWanted: { required: 1, groups: ['lead'], until: momentText(begin + 15 * minute) },
  }
  const cases: readonly [string, Parameters<typeof activeGrant>[0], number, string][] = [
    ['is Active while it can be used', {}, begin + minute, 'Active'],
    ['is Expired from its end on', {}, begin + hour, 'Expired'],
    ['is Active right before its end', {}, begin + hour - 1000, 'Active'],
    [
      'is Exhausted with its last use',
      { status: { maxUses: 2, uses: [use(1), use(2)] } },
      begin + minute,
      'Exhausted',
    ],
    [
      'is Expired even if its uses were spent',
      { status: { phase: 'Exhausted', maxUses: 1, uses: [use(1)] } },
      begin + hour,
      'Expired',
    ],
    ['is Ended once its holder says so', { spec: { ended: true } }, begin + minute, 'Ended'],
    [
      'is Revoked whatever else it is',
      { spec: { ended: true, revoked: { by: 'bob' } } },
      begin + 2 * hour,
      'Revoked',
    ],
    ['is Pending while it waits for approvals', { status: waiting }, begin + minute, 'Pending'],
    [
      'is ApprovalTimeout once nobody may approve any more',
      { status: waiting },
      begin + 15 * minute,
      'ApprovalTimeout',
    ],
    [
      'stays what it ended with',
      { status: { phase: 'Expired' }, spec: { revoked: { by: 'bob' } } },
      begin + 2 * hour,
      'Expired',
    ],
  ]
  for (const [title, given, now, phase] of cases) {
    test(title, () => {
      assert.equal(phaseAfter(stored(given), now), phase)
    })
  }

  test('is nobody’s to say before the status is filled, nor of what is no grant', () => {
    assert.equal(nextStatus(newGrant({ metadata: { resourceVersion: '7' } }), begin), undefined)
    assert.equal(nextStatus({ kind: 'BreakGlassGrant' }, begin), undefined)
  })

  test('is written once: nothing changes while nothing happens', () => {
    const grant = stored()
    const status = nextStatus(grant, begin + minute)
    assert.ok(status !== undefined)
    assert.equal(nextStatus({ ...grant, status }, begin + 2 * minute), undefined)
  })
})

describe('the condition Active', () => {
  const conditionOf = (status: JsonObject | undefined, i = 0) => {
    const all = at(status, 'conditions')
    return Array.isArray(all) ? (all as readonly JsonObject[])[i] : undefined
  }

  test('is True while it can be used, and keeps its time until that changes', () => {
    const grant = stored()
    const first = nextStatus(grant, begin + minute) ?? assert.fail()
    assert.deepEqual(conditionOf(first), {
      type: 'Active',
      status: 'True',
      reason: 'Active',
      message: 'It can be used within its scope.',
      lastTransitionTime: momentText(begin + minute),
    })
    const later = nextStatus({ ...grant, status: first }, begin + hour)
    const { status, reason, lastTransitionTime } = conditionOf(later) ?? {}
    assert.deepEqual([status, reason], ['False', 'Expired'])
    assert.equal(lastTransitionTime, momentText(begin + hour))
  })

  test('leaves the conditions of others, and all that stands beside them', () => {
    const archived = { type: 'Archived', status: 'True' }
    const grant = stored({ status: { conditions: [archived], deliveries: { pager: 1 } } })
    const status = nextStatus(grant, begin + minute) ?? assert.fail()
    assert.deepEqual(conditionOf(status), archived)
    assert.equal(stringAt(conditionOf(status, 1), 'type'), 'Active')
    assert.deepEqual(status['deliveries'], { pager: 1 })
  })
})

describe('a post-mortem', () => {
  test('tells who, why and what, under the name of the token', () => {
    const grant = stored({
      status: {
        incident: 'PD-1',
        reason: 'too slow',
        uses: [use(1)],
        approvals: [{ by: 'lead' }],
      },
    })
    const { name, spec, status } = toPostMortem(grant)
    assert.equal(name, `pm-${jti}`)
    assert.deepEqual(spec, { grant: grantName })
    assert.deepEqual(status, {
      incident: 'PD-1',
      reason: 'too slow',
      activatedAt: momentText(begin),
      expiresAt: momentText(begin + hour),
      uses: [use(1)],
      holder: 'alice@acme.example',
      approvers: ['lead'],
      grantPhase: 'Active',
    })
    assert.equal(stringAt(nextStatus(grant, begin), 'postMortem'), name)
  })

  test('is opened with the grant, whatever is known of it', () => {
    const { name, spec, status } = toPostMortem(newGrant())
    assert.deepEqual([name, spec], [`pm-${jti}`, { grant: grantName }])
    assert.deepEqual(status, { holder: 'alice@acme.example', approvers: [], grantPhase: '' })
  })
})
