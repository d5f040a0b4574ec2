import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { approvalName, scopeDigest } from '../../../src/core/breakglass/approval.ts'
import { nextStatus } from '../../../src/core/breakglass/life-cycle.ts'
import { momentText } from '../../../src/core/breakglass/moment.ts'
import { whyNotNextStatus } from '../../../src/core/breakglass/status-change.ts'
import { at, type JsonObject } from '../../../src/core/manifest/json.ts'
import {
  activeGrant,
  begin,
  breakGlassPolicy,
  fakeGrants,
  grantName,
  holder,
  minute,
  replica,
  saying,
  scaling,
  warningsOf,
  type World,
} from './granting.ts'

// What approvals make of a grant, with no controller there that counts them.

const required = (many: number, more = '') =>
  breakGlassPolicy({
    rules: `{subjects: {groups: [sre-oncall]}, maxSession: 1h, maxUses: 10, approvals: {required: ${many}, groups: [sre-lead, security]${more}}}`,
  })
const bypass = ', bypass: {after: 5m, maxSession: 20m, maxUses: 2}'
const until = begin + 15 * minute

function waiting(many = 1, status: JsonObject = {}): JsonObject {
  const { activatedAt: _at, expiresAt: _until, ...rest } = activeGrant().status
  const groups = ['sre-lead', 'security']
  return {
    ...activeGrant(),
    status: {
      ...rest,
      phase: 'Pending',
      sessionSeconds: 3600,
      approvalsWanted: { required: many, groups, until: momentText(until) },
      approvals: [],
      ...status,
    },
  }
}

function approval(by: string, change: JsonObject = {}, at = begin + minute): JsonObject {
  const name = approvalName(grantName, by)
  return {
    metadata: { name, creationTimestamp: momentText(at) },
    spec: { grant: grantName, by, group: 'sre-lead', scope: scopeDigest(waiting()), ...change },
  }
}

interface Scene extends Partial<World> {
  readonly approved?: readonly JsonObject[]
  readonly grant?: JsonObject
}

function ground({ approved = [], grant = waiting(), ...world }: Scene = {}) {
  const grants = fakeGrants([grant])
  grants.approved = approved
  const around = { policy: required(1), now: () => begin + 2 * minute, ...world, grants }
  return { grants, decide: replica(around), around }
}

describe('with the controller dead', () => {
  test('an approval counts with the next write, and the use says so', async () => {
    const { grants, decide } = ground({ approved: [approval('bob')] })
    assert.equal(saying(await decide(scaling())), 'BreakGlass')
    const status = grants.stored(grantName)?.['status']
    assert.equal(at(status, 'phase'), 'Active')
    assert.equal(at(status, 'activatedAt'), momentText(begin + minute))
    assert.equal(at(status, 'expiresAt'), momentText(begin + 61 * minute))
    assert.deepEqual(at(status, 'approvals'), [
      { by: 'bob', group: 'sre-lead', at: momentText(begin + minute) },
    ])
    assert.equal(grants.usesOf(grantName).length, 1)
    assert.equal(whyNotNextStatus(waiting()['status'], status), undefined)
  })

  test('an approval that comes while the use is stored does no harm', async () => {
    const { grants, decide } = ground()
    grants.approved = [approval('bob')]
    grants.faults.record = (attempt) => (attempt < 3 ? 'conflict' : undefined)
    assert.equal(saying(await decide(scaling())), 'BreakGlass')
    assert.equal(grants.usesOf(grantName).length, 1)
  })

  for (const [title, scene] of [
    ['none', {}],
    ['one of two', { approved: [approval('bob')], grant: waiting(2), policy: required(2) }],
    [
      'that of one person twice',
      {
        approved: [approval('bob'), approval('bob', { group: 'security' })],
        grant: waiting(2),
        policy: required(2),
      },
    ],
    ['that of the holder', { approved: [approval(holder.username)] }],
    ['that of another scope', { approved: [approval('bob', { scope: 'sha256:0' })] }],
    ['that of another group', { approved: [approval('bob', { group: 'friends' })] }],
    ['one of another grant', { approved: [approval('bob', { grant: 'bg-other' })] }],
    [
      'one under the name of another',
      { approved: [{ ...approval('bob'), spec: approval('ben')['spec'] ?? null }] },
    ],
    ['one that came too late', { approved: [approval('bob', {}, until)], now: () => until - 1 }],
  ] as const satisfies readonly (readonly [string, Scene])[]) {
    test(`is not enough: ${title}`, async () => {
      const { grants, decide } = ground(scene)
      assert.match(saying(await decide(scaling())), /^GrantPending/)
      assert.deepEqual(grants.usesOf(grantName), [])
    })
  }

  test('approvals that cannot be read are none', async () => {
    const { grants, decide } = ground({ approved: [approval('bob')] })
    grants.faults.approvals = 'unreachable'
    assert.match(saying(await decide(scaling())), /^RecordFailed/)
  })
})

describe('what a status says of approvals', () => {
  const claimed = activeGrant({
    status: {
      ...(waiting()['status'] as JsonObject),
      phase: 'Active',
      activatedAt: momentText(begin),
      approvals: [{ by: 'bob' }, { by: 'carol' }],
    },
  })

  test('is not believed', async () => {
    const { decide } = ground({ grant: claimed })
    assert.match(saying(await decide(scaling())), /^GrantPending/)
    const approved = [approval('bob')]
    assert.equal(saying(await ground({ grant: claimed, approved }).decide(scaling())), 'BreakGlass')
  })

  test('is no more than the policy wants by now', async () => {
    const scene = { grant: claimed, approved: [approval('bob')] }
    const two = ground({ ...scene, policy: required(2) })
    assert.match(saying(await two.decide(scaling())), /^GrantPending/)
    const others = breakGlassPolicy({
      rules: '{subjects: {groups: [sre-oncall]}, approvals: {required: 1, groups: [security]}}',
    })
    const moved = ground({ ...scene, policy: others })
    assert.match(saying(await moved.decide(scaling())), /^GrantPending/)
  })
})

describe('a holder goes on alone', () => {
  const policy = required(1, bypass)
  const later = (minutes: number) => () => begin + minutes * minute

  test('once the wait is over, by writing, with less, and those who were asked are named', async () => {
    const now = later(6)
    const { grants, around } = ground({ policy, now })
    const first = await replica(around)(scaling())
    assert.equal(saying(first), 'BreakGlass')
    assert.match(
      warningsOf(first)[0] ?? '',
      /use 1\/2, expires \S+:\d\dZ, without approval of sre-lead, security$/,
    )
    const status = grants.stored(grantName)?.['status']
    assert.equal(at(status, 'phase'), 'Active')
    assert.equal(at(status, 'activatedAt'), momentText(now()))
    assert.equal(at(status, 'expiresAt'), momentText(now() + 20 * minute))
    assert.equal(at(status, 'maxUses'), 2)
    assert.deepEqual(at(status, 'skippedApprovers'), ['sre-lead', 'security'])
    assert.equal(whyNotNextStatus(waiting()['status'], status), undefined)
    const on = (minutes: number) => replica({ ...around, now: later(minutes) })
    assert.equal(saying(await on(7)(scaling({}, 6))), 'BreakGlass')
    assert.match(saying(await on(8)(scaling({}, 7))), /^GrantExhausted: .*of 2/)
    assert.match(saying(await on(26)(scaling())), /^GrantEnded: .*expired/)
  })

  test('not a moment before, nor once the time for approvals is over; and is told when', async () => {
    const early = await ground({ policy, now: () => begin + 5 * minute - 1 }).decide(scaling())
    assert.match(
      saying(early),
      /^GrantPending: .*or until \S+Z: from then on you may go on alone, for 2 writes in 20m\./,
    )
    const late = await ground({ policy, now: later(15) }).decide(scaling())
    assert.match(saying(late), /^GrantEnded: .*nobody approved it in time/)
  })

  test('not where the rule does not say so, or does not any more', async () => {
    const without = await ground({ policy: required(1), now: later(6) }).decide(scaling())
    assert.match(saying(without), /^GrantPending/)
    const { decide, around } = ground({ policy, now: later(6) })
    assert.equal(saying(await decide(scaling())), 'BreakGlass')
    const withdrawn = replica({ ...around, policy: required(1) })
    assert.match(saying(await withdrawn(scaling({}, 7))), /^GrantPending/)
    const longer = required(1, bypass.replace('5m', '10m'))
    assert.match(
      saying(await replica({ ...around, policy: longer })(scaling({}, 7))),
      /^GrantPending/,
    )
  })

  test('not with a status that says so too early', async () => {
    for (const activatedAt of [begin + minute, begin + 10 * minute]) {
      const grant = waiting(1, {
        phase: 'Active',
        activatedAt: momentText(activatedAt),
        skippedApprovers: ['sre-lead'],
      })
      const { decide } = ground({ policy, grant, now: later(4) })
      assert.match(saying(await decide(scaling())), /^GrantPending/)
    }
  })

  test('not where somebody has approved in the meantime: that is worth more', async () => {
    const approved = [approval('bob', {}, begin + 4 * minute)]
    const { grants, decide } = ground({ policy, approved, now: later(6) })
    assert.equal(saying(await decide(scaling())), 'BreakGlass')
    const status = grants.stored(grantName)?.['status']
    assert.equal(at(status, 'skippedApprovers'), undefined)
    assert.equal(at(status, 'maxUses'), 10)
  })

  test('not outside of the scope, nor in a dry run, nor once it is revoked', async () => {
    const { grants, decide } = ground({ policy, now: later(6) })
    assert.match(saying(await decide(scaling({ name: 'other' }))), /^GrantOutOfScope/)
    const dry = await decide(scaling({ dryRun: true }))
    assert.equal(saying(dry), 'BreakGlass')
    assert.equal(at(grants.stored(grantName), 'status', 'phase'), 'Pending')
    const stored = grants.stored(grantName) ?? {}
    grants.put({ ...stored, spec: { revoked: { by: 'bob' } } })
    assert.match(saying(await decide(scaling())), /^GrantEnded: .*revoked by bob/)
  })

  test('and two replicas at once make it one grant with two uses', async () => {
    const { grants, around } = ground({ policy, now: later(6) })
    const answers = await Promise.all([5, 6, 7].map((n) => replica(around)(scaling({}, n))))
    const said = answers.map((one) => saying(one).split(':')[0] ?? '').toSorted(byText)
    assert.deepEqual(said, ['BreakGlass', 'BreakGlass', 'GrantExhausted'])
    assert.equal(grants.usesOf(grantName).length, 2)
  })

  test('and a controller leaves it waiting until then', () => {
    const object = ground().grants.stored(grantName) ?? {}
    const status = nextStatus(object, later(6)()) ?? object['status']
    assert.equal(at(status, 'phase'), 'Pending')
    assert.equal(nextStatus(object, until)?.['phase'], 'ApprovalTimeout')
  })
})

test('the number of uses only gets less, and who was skipped stays', () => {
  const before = { maxUses: 5, skippedApprovers: ['sre-lead'] }
  assert.equal(whyNotNextStatus(before, { ...before, maxUses: 4 }), undefined)
  for (const [after, why] of [
    [{ ...before, maxUses: 6 }, /maxUses/],
    [{ skippedApprovers: ['sre-lead'] }, /maxUses/],
    [{ maxUses: 5 }, /skippedApprovers/],
    [{ maxUses: 5, skippedApprovers: [] }, /skippedApprovers/],
  ] as const) {
    assert.match(whyNotNextStatus(before, after) ?? '', why)
  }
})

function byText(one: string, other: string): number {
  return one < other ? -1 : 1
}
