import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Decision } from '../../../src/core/decision/decision.ts'
import { at } from '../../../src/core/manifest/json.ts'
import {
  activeGrant,
  begin,
  breakGlassPolicy,
  fakeGrants,
  grantName,
  hour,
  minute,
  newGrant,
  reasonIn,
  replica,
  saying,
  scaling,
} from './granting.ts'

const reasonsOf = (decisions: readonly Decision[]) =>
  Object.entries(Object.groupBy(decisions, ({ verdict }) => verdict.reason))
    .map(([reason, all]) => `${reason} ${all?.length}`)
    .toSorted()

describe('many writes at once', () => {
  test('ten on three uses, over three replicas: three', async () => {
    const grants = fakeGrants([activeGrant({ status: { maxUses: 3 } })])
    const replicas = [1, 2, 3].map(() => replica({ grants }))
    const decisions = await Promise.all(
      Array.from({ length: 10 }, (_, i) => replicas[i % 3]!(scaling({}, 10 + i))),
    )
    assert.deepEqual(reasonsOf(decisions), ['BreakGlass 3', 'GrantExhausted 7'])
    assert.equal(grants.usesOf(grantName).length, 3)
    assert.deepEqual(
      grants.usesOf(grantName).map((use) => at(use, 'n')),
      [1, 2, 3],
    )
  })

  test('fifty, over three replicas: none is lost', async () => {
    const grants = fakeGrants([activeGrant({ status: { maxUses: 50 } })])
    const policy = breakGlassPolicy({
      rules: '{subjects: {groups: [sre-oncall]}, maxUses: 50}',
    })
    const replicas = [1, 2, 3].map(() => replica({ grants, policy }))
    const decisions = await Promise.all(
      Array.from({ length: 50 }, (_, i) => replicas[i % 3]!(scaling({}, 10 + i))),
    )
    assert.deepEqual(reasonsOf(decisions), ['BreakGlass 50'])
    assert.equal(grants.usesOf(grantName).length, 50)
  })

  test('the same one asked of every replica: one use', async () => {
    const grants = fakeGrants([newGrant()])
    const replicas = [1, 2, 3].map(() => replica({ grants }))
    const decisions = await Promise.all(replicas.map((decide) => decide(scaling())))
    assert.deepEqual(reasonsOf(decisions), ['BreakGlass 3'])
    assert.equal(grants.usesOf(grantName).length, 1)
  })
})

describe('while a use is stored', () => {
  /** Something happens to the grant between its reading and its writing. */
  async function meanwhile(
    change: (grants: ReturnType<typeof fakeGrants>) => void,
    now = begin + minute,
  ) {
    const grants = fakeGrants([activeGrant()])
    let time = now
    grants.faults.record = (attempt) => {
      if (attempt > 1) return undefined
      change(grants)
      time += 2 * minute
      return undefined
    }
    const decision = await replica({ grants, now: () => time })(scaling())
    return { decision, grants }
  }

  test('a revocation ends it', async () => {
    const revoked = activeGrant({ spec: { revoked: { by: 'bob' } } })
    const { decision, grants } = await meanwhile((all) => {
      all.put(revoked)
    })
    assert.match(saying(decision), /^GrantEnded: .*revoked by bob/)
    assert.deepEqual(grants.usesOf(grantName), [])
  })

  test('a deletion ends it', async () => {
    const { decision } = await meanwhile((all) => {
      all.remove(grantName)
    })
    assert.equal(decision.verdict.reason, 'GrantEnded')
  })

  test('what makes it unreadable ends it', async () => {
    const { decision } = await meanwhile((all) => {
      all.put({ ...activeGrant(), kind: 'Other' })
    })
    assert.equal(decision.verdict.reason, 'GrantEnded')
  })

  test('time runs out: it is judged as of when it is tried again', async () => {
    const { decision, grants } = await meanwhile(
      (all) => {
        all.put(activeGrant())
      },
      begin + hour - minute,
    )
    assert.match(saying(decision), /^GrantEnded: .*expired/)
    assert.deepEqual(grants.usesOf(grantName), [])
  })

  test('another one takes its number', async () => {
    const other = { n: 1, fingerprint: 'sha256:1', time: '2026-08-23T02:14:20Z' }
    const { decision, grants } = await meanwhile((all) => {
      all.put(activeGrant({ status: { uses: [other] } }))
    })
    assert.equal(decision.verdict.reason, 'BreakGlass')
    assert.deepEqual(
      grants.usesOf(grantName).map((use) => at(use, 'n')),
      [1, 2],
    )
  })
})

describe('a store that fails denies', () => {
  test('when grants cannot be listed', async () => {
    const grants = fakeGrants([activeGrant()])
    grants.faults.list = 'unreachable'
    assert.equal(await reasonIn({ grants }), 'RecordFailed')
  })

  test('when the grant cannot be read', async () => {
    const grants = fakeGrants([activeGrant()])
    grants.faults.read = 'unreachable'
    assert.equal(await reasonIn({ grants }), 'RecordFailed')
  })

  test('when the use cannot be written', async () => {
    const grants = fakeGrants([activeGrant()])
    grants.faults.record = () => 'failed'
    const decision = await replica({ grants })(scaling())
    assert.match(saying(decision), /^RecordFailed: .*the disk is full/)
    assert.equal(decision.allowed, false)
  })

  test('when nobody hears that it was written; the next try finds it', async () => {
    const grants = fakeGrants([activeGrant()])
    grants.faults.record = (attempt) => (attempt === 1 ? 'lost' : undefined)
    assert.equal(await reasonIn({ grants }), 'RecordFailed')
    assert.equal(await reasonIn({ grants }), 'BreakGlass')
    assert.equal(grants.usesOf(grantName).length, 1)
  })

  test('when there is no end of conflicts', async () => {
    const grants = fakeGrants([activeGrant()])
    const controller = new AbortController()
    grants.faults.record = (attempt) => {
      if (attempt === 30) controller.abort()
      return 'conflict'
    }
    const world = { grants, signal: controller.signal }
    assert.equal(await reasonIn(world), 'RecordFailed')
    assert.deepEqual(grants.usesOf(grantName), [])
  })
})
