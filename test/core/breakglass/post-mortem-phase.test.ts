import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { momentText } from '../../../src/core/breakglass/moment.ts'
import { postMortemSchema } from '../../../src/core/breakglass/objects/post-mortem-schema.ts'
import { postMortemPhase } from '../../../src/core/breakglass/post-mortem-phase.ts'
import { at, stringAt, type Json, type JsonObject } from '../../../src/core/manifest/json.ts'
import { activeGrant, begin, holder, hour } from '../decision/granting.ts'

const terms = { draftDue: '1d', reviewDue: '3d', timeZone: 'UTC' }
const day = 24 * hour
const later = begin + 2 * hour
const sha = 'a'.repeat(40)
const resolution = { kind: 'Promoted', repository: 'fleet', commit: sha, at: momentText(later) }

function use(n: number, more: JsonObject = {}): JsonObject {
  const target = { group: 'apps', version: 'v1', resource: 'deployments', subresource: '' }
  return {
    n,
    fingerprint: `sha256:${n}`,
    decisionId: '01K',
    time: momentText(begin + n),
    op: 'UPDATE',
    target: { ...target, namespace: 'pay', kind: 'Deployment', name: 'api', uid: 'd1' },
    paths: ['spec.replicas'],
    pre: 'sha256:a',
    post: 'sha256:b',
    tips: [],
    state: 'Committed',
    ...more,
  }
}

const exec = use(9, { op: 'CONNECT', paths: [] })

function grantWith(phase: string, uses: readonly Json[]): JsonObject {
  return activeGrant({ status: { phase, uses, postMortemTerms: terms } })
}

interface Stored {
  readonly phase?: string
  readonly review?: JsonObject
  readonly more?: JsonObject
}

function stored({ phase = 'Open', review, more = {} }: Stored = {}): JsonObject {
  return { spec: { grant: 'bg-1', ...(review && { review }) }, status: { phase, ...more } }
}

const why = new Map([[1, 'fleet@aaaa declares 3']])

function tell(grant: JsonObject, before?: JsonObject, now = later): JsonObject {
  const status = postMortemPhase({ grant, stored: before, why, now })
  const parsed = postMortemSchema.safeParse({ spec: { grant: 'bg-1' }, status })
  assert.ok(parsed.success, JSON.stringify(parsed.error?.issues))
  assert.deepEqual(parsed.data.status, status)
  return status
}

function condition(status: JsonObject, type: string): readonly (string | undefined)[] {
  const list = (at(status, 'conditions') ?? []) as readonly Json[]
  const one = list.find((each) => stringAt(each, 'type') === type)
  return ['status', 'reason', 'message'].map((key) => stringAt(one, key))
}

const review = (by: string, more: JsonObject = { verdict: 'justified' }) => ({ by, ...more })

describe('a post-mortem is', () => {
  const done = [use(1, { resolution }), use(2, { resolution })]
  const cases: readonly (readonly [string, JsonObject, JsonObject | undefined, string])[] = [
    ['open before it is stored', grantWith('Active', []), undefined, 'Open'],
    [
      'open while its grant counts, whatever is resolved',
      grantWith('Active', done),
      stored(),
      'Open',
    ],
    [
      'open while its grant has no uses left, but time',
      grantWith('Exhausted', done),
      stored(),
      'Open',
    ],
    ['open while a use is', grantWith('Ended', [...done, use(3)]), stored(), 'Open'],
    [
      'open while nobody can read a use',
      grantWith('Ended', [...done, use(3, { time: 'soon', resolution })]),
      stored(),
      'Open',
    ],
    [
      'open while a use is, even if it is reviewed',
      grantWith('Ended', [use(1)]),
      stored({ review: review('bob') }),
      'Open',
    ],
    ['resolved once all uses are', grantWith('Ended', done), stored(), 'Resolved'],
    [
      'resolved but for what a review judges',
      grantWith('Ended', [...done, exec]),
      stored(),
      'Resolved',
    ],
    [
      'resolved first, though it is reviewed already',
      grantWith('Ended', done),
      stored({ review: review('bob') }),
      'Resolved',
    ],
    [
      'closed once it is resolved and reviewed',
      grantWith('Ended', done),
      stored({ phase: 'Resolved', review: review('bob') }),
      'Closed',
    ],
    [
      'resolved while its review goes on',
      grantWith('Ended', done),
      stored({ phase: 'Resolved', review: review('bob', { text: 'so far' }) }),
      'Resolved',
    ],
    [
      'resolved, if its holder has reviewed it',
      grantWith('Ended', done),
      stored({ phase: 'Resolved', review: review(holder.username) }),
      'Resolved',
    ],
    ['closed without uses, once they can not come', grantWith('Expired', []), stored(), 'Closed'],
    ['closed if nobody approved', grantWith('ApprovalTimeout', []), stored(), 'Closed'],
    ['closed for good', grantWith('Ended', [use(1)]), stored({ phase: 'Closed' }), 'Closed'],
  ]
  for (const [title, grant, before, expected] of cases) {
    test(title, () => {
      assert.equal(at(tell(grant, before), 'phase'), expected)
    })
  }

  test('closed if its grant was never begun, once it cannot be', () => {
    const { status: _status, ...grant } = grantWith('Active', [])
    assert.equal(at(tell(grant, stored()), 'phase'), 'Open')
    assert.equal(at(tell(grant, stored(), begin + 26 * hour), 'phase'), 'Closed')
  })
})

describe('what stands in it', () => {
  test('is since when it is resolved, and closed', () => {
    const grant = grantWith('Ended', [use(1, { resolution })])
    const resolved = tell(grant, stored())
    assert.equal(resolved['resolvedAt'], momentText(later))
    const before = stored({ phase: 'Resolved', review: review('bob'), more: resolved })
    const closed = tell(grant, before, later + hour)
    assert.deepEqual(
      [closed['resolvedAt'], closed['closedAt']],
      [momentText(later), momentText(later + hour)],
    )
    assert.deepEqual(condition(closed, 'Closed').slice(0, 2), ['True', 'Reviewed'])
  })

  test('is why it is open', () => {
    const grant = grantWith('Active', [use(1), use(2), exec, use(4, { resolution })])
    const message = 'the grant is not over; use 1: fleet@aaaa declares 3; use 2: it is open.'
    assert.deepEqual(condition(tell(grant), 'Resolved'), ['False', 'Open', message])
  })

  test('is what a review has to judge', () => {
    const status = tell(grantWith('Ended', [use(1, { resolution }), exec]))
    assert.match(condition(status, 'Resolved')[2] ?? '', /except for .*: use 9\./)
  })

  test('is that it was for nothing', () => {
    const status = tell(grantWith('Ended', []))
    assert.deepEqual(condition(status, 'Resolved').slice(0, 2), ['True', 'Unused'])
    assert.deepEqual(condition(status, 'Closed').slice(0, 2), ['True', 'Unused'])
    assert.deepEqual([status['resolvedAt'], status['closedAt']], [undefined, momentText(later)])
  })

  test('is what is due, and what is late', () => {
    const grant = grantWith('Ended', [use(1)])
    const late = (now: number, before = stored()) => at(tell(grant, before, now), 'overdue')
    assert.deepEqual(at(tell(grant), 'due'), {
      draft: momentText(begin + day),
      review: momentText(begin + 3 * day),
    })
    assert.deepEqual(late(begin + day - 1000), [])
    assert.deepEqual(late(begin + day), ['draft'])
    assert.deepEqual(late(begin + 3 * day), ['draft', 'review'])
    const drafted = stored({ review: review('bob', { link: 'https://git.example.com/pr/1' }) })
    assert.deepEqual(late(begin + 2 * day, drafted), [])
    assert.deepEqual(late(begin + 3 * day, drafted), ['review'])
    assert.deepEqual(late(begin + 3 * day, stored({ phase: 'Closed' })), [])
  })
})
