import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { postMortemSchema } from '../../../src/core/breakglass/objects/post-mortem-schema.ts'
import {
  bypassesOf,
  bypassName,
  bypassSpec,
  type UnseenWrite,
} from '../../../src/core/breakglass/post-mortem-bypass.ts'
import { nextBypassStatus } from '../../../src/core/breakglass/post-mortem-bypass-phase.ts'
import { whyNotNextWrites, withWrites } from '../../../src/core/breakglass/post-mortem-writes.ts'
import { at, stringAt, type Json, type JsonObject } from '../../../src/core/manifest/json.ts'

const minute = 60_000
const noon = Date.UTC(2026, 7, 24, 12)

function write(id: number | string, more: Partial<UnseenWrite> = {}): UnseenWrite {
  return {
    auditId: `audit-${id}`,
    time: noon + 5 * minute,
    actor: 'alice',
    verb: 'create',
    resource: 'configmaps',
    namespace: 'shop',
    name: `m${id}`,
    code: 201,
    why: 'NotAsked',
    sourceIps: ['10.0.0.1'],
    ...more,
  }
}

const some = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => write(from + i))

function opened(status?: JsonObject, review?: JsonObject): JsonObject {
  const [bypass = assert.fail()] = bypassesOf([write(1)])
  const spec = { ...bypassSpec(bypass), ...(review && { review }) }
  const metadata = { name: bypassName(bypass, 1), creationTimestamp: '2026-08-24T12:05:10Z' }
  return { metadata, spec, ...(status && { status }) }
}

function added(postMortem: JsonObject, writes: readonly UnseenWrite[]): JsonObject {
  const outcome = withWrites(postMortem, writes)
  assert.equal(outcome.kind, 'add')
  return outcome.kind === 'add' ? { ...postMortem, status: outcome.status } : {}
}

const listOf = (postMortem: JsonObject, key: string) =>
  (at(postMortem, 'status', key) ?? []) as readonly Json[]

describe('unseen writes become post-mortems', () => {
  test('one for each actor and hour, in the order of time, each write once', () => {
    const found = bypassesOf([
      write(3, { time: noon + 59 * minute }),
      write(1),
      write(2, { time: noon + 60 * minute }),
      write(1, { why: 'Impersonated' }),
      write(4, { actor: 'bob' }),
    ])
    assert.deepEqual(
      found.map(({ actor, from, to, writes }) => [actor, to - from, writes.map((one) => one.name)]),
      [
        ['alice', 3_600_000, ['m1', 'm3']],
        ['bob', 3_600_000, ['m4']],
        ['alice', 3_600_000, ['m2']],
      ],
    )
    assert.equal(found[0]?.writes[0]?.why, 'NotAsked')
  })

  test('whose names are those of the hour and the actor, whoever finds them', () => {
    const [one] = bypassesOf([write(1)])
    const [other] = bypassesOf([write(2, { time: noon })])
    assert.ok(one && other)
    assert.match(bypassName(one, 1), /^pm-bypass-20260824t12-[0-9a-f]{12}$/)
    assert.equal(bypassName(one, 1), bypassName(other, 1))
    assert.equal(bypassName(one, 2), `${bypassName(one, 1)}-2`)
    assert.notEqual(bypassName(one, 1), bypassName({ ...one, actor: 'bob' }, 1))
    assert.ok(bypassName({ ...one, actor: 'x'.repeat(1000) }, 1).length < 64)
  })
})

describe('the writes of a post-mortem', () => {
  test('grow by what is new, whoever tells it and however often', () => {
    const first = added(opened(), some(0, 3))
    assert.equal(withWrites(first, some(0, 3)).kind, 'known')
    const second = added(first, some(1, 5))
    assert.deepEqual(
      listOf(second, 'writes').map((one) => [at(one, 'n'), at(one, 'name')]),
      [0, 1, 2, 3, 4].map((i) => [i + 1, `m${i}`]),
    )
    assert.equal(at(second, 'status', 'count'), 5)
    assert.equal(whyNotNextWrites(first['status'], second['status']), undefined)
    assert.equal(whyNotNextWrites(second['status'], first['status']), 'no write of it is forgotten')
    assert.ok(
      postMortemSchema.safeParse({ spec: second['spec'], status: second['status'] }).success,
    )
  })

  test('are each their own, whatever id their client has given the requests', () => {
    const auditId = 'chosen'
    const chosen = [
      write(1, { auditId }),
      write(2, { auditId }),
      write(1, { auditId, time: noon + 7 * minute }),
      write(1, { auditId, verb: 'patch' }),
    ]
    const [bypass = assert.fail()] = bypassesOf([...chosen, ...chosen])
    assert.equal(bypass.writes.length, 4)
    const first = added(opened(), bypass.writes.slice(0, 1))
    const second = added(first, bypass.writes)
    assert.equal(at(second, 'status', 'count'), 4)
    assert.equal(withWrites(second, chosen).kind, 'known')
  })

  test('fit into their object, whatever somebody calls things', () => {
    const endless = 'x\\u202e'.repeat(5000)
    const long = write(1, {
      auditId: endless,
      actor: endless,
      as: endless,
      resource: endless,
      namespace: endless,
      name: endless,
      sourceIps: [endless],
    })
    const [bypass = assert.fail()] = bypassesOf([long])
    const postMortem = added({ spec: bypassSpec(bypass) }, bypass.writes)
    const { spec, status } = postMortem
    const parsed = postMortemSchema.safeParse({ spec, status })
    assert.ok(parsed.success, JSON.stringify(parsed.error?.issues.slice(0, 2)))
    assert.equal(withWrites(postMortem, bypass.writes).kind, 'known')
  })

  test('are listed up to a hundred, counted up to a thousand, and never twice', () => {
    const full = added(added(opened(), some(0, 90)), some(80, 400))
    assert.equal(listOf(full, 'writes').length, 100)
    assert.equal(at(full, 'status', 'count'), 400)
    assert.equal(withWrites(full, some(0, 400)).kind, 'known')
    const over = added(full, some(300, 1200))
    assert.equal(at(over, 'status', 'count'), 1000)
    assert.equal(at(over, 'status', 'truncated'), true)
    assert.equal(withWrites(over, some(1100, 1300)).kind, 'known')
    const { spec, status } = over
    const parsed = postMortemSchema.safeParse({ spec, status })
    assert.ok(parsed.success, JSON.stringify(parsed.error?.issues.slice(0, 2)))
    assert.ok(JSON.stringify(over).length < 100_000)
  })

  test('that come after a verdict belong to the next one', () => {
    const judged = added(opened(), some(0, 2))
    const spec = { ...(judged['spec'] as JsonObject), review: { by: 'bob', verdict: 'justified' } }
    const outcome = withWrites({ ...judged, spec }, some(1, 4))
    assert.equal(outcome.kind, 'judged')
    assert.deepEqual(outcome.kind === 'judged' && outcome.left.map(({ name }) => name), [
      'm2',
      'm3',
    ])
    assert.equal(withWrites({ ...judged, spec }, some(0, 2)).kind, 'known')
  })
})

describe('the phase of such a post-mortem', () => {
  const at1206 = noon + 6 * minute
  const next = (postMortem: JsonObject, now: number) => {
    const status = nextBypassStatus(postMortem, now)
    return status === undefined ? postMortem : { ...postMortem, status }
  }
  const phaseOf = (postMortem: JsonObject) => stringAt(postMortem, 'status', 'phase')
  const found = added(opened(), some(0, 2))

  test('is told once something was found', () => {
    assert.equal(nextBypassStatus(opened(), at1206), undefined)
  })

  test('is Open while it grows, then Resolved, and due', () => {
    const open = next(found, noon + 5 * minute + 30_000)
    assert.equal(phaseOf(open), 'Open')
    assert.deepEqual(at(open, 'status', 'due'), {
      draft: '2026-08-25T12:05:10Z',
      review: '2026-08-26T00:00:00Z',
    })
    const resolved = next(open, at1206)
    assert.equal(phaseOf(resolved), 'Resolved')
    assert.equal(nextBypassStatus(resolved, at1206 + minute), undefined)
    const late = next(resolved, at1206 + 40 * 60 * minute)
    assert.deepEqual(at(late, 'status', 'overdue'), ['draft', 'review'])
    const { spec, status } = late
    assert.ok(postMortemSchema.safeParse({ spec, status }).success)
  })

  test('is Closed by a review of somebody else alone', () => {
    const resolved = next(found, at1206)
    const withReview = (review: JsonObject) => ({
      ...resolved,
      spec: { ...(resolved['spec'] as JsonObject), review },
    })
    const reviews: readonly (readonly [JsonObject, string])[] = [
      [{ by: 'alice', verdict: 'justified' }, 'Resolved'],
      [{ by: 'bob' }, 'Resolved'],
      [{ by: 'bob', verdict: 'unjustified' }, 'Closed'],
    ]
    for (const [review, phase] of reviews) {
      assert.equal(phaseOf(next(withReview(review), at1206)), phase)
    }
  })
})
