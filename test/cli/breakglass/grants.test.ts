import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { UserInfo } from '../../../src/core/admission/request.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import {
  activeGrant,
  begin,
  breakGlassPolicy,
  grantName,
  holder,
  loggedIn,
  hour,
  minute,
  replica,
  scaling,
} from '../../core/decision/granting.ts'
import { signed } from '../../core/breakglass/issuing.ts'
import { call, callJson } from './calling.ts'
import { startCluster, refuse, type FakeCluster } from './fake-cluster.ts'

const begins = await startCluster()
const groups = ['sre-lead']
const bob: UserInfo = { ...loggedIn(holder, 'X509SHA256=bobs'), username: 'bob', groups }
const missing = 'bg-00000000-0000-4000-8000-000000000000'

async function activated(given: Parameters<typeof begins>[0] = {}): Promise<FakeCluster> {
  const cluster = begins(given)
  const args = ['activate', '--timeout', '0s']
  await call(cluster, args, { input: signed() })
  assert.ok(cluster.grants.stored(grantName) !== undefined)
  return cluster
}

/** A write under the grant, as the webhook lets it through. */
async function scaled(cluster: FakeCluster): Promise<void> {
  const decision = await replica({ grants: cluster.grants, now: () => cluster.now })(scaling())
  assert.equal(decision.verdict.reason, 'BreakGlass')
}

const decisionId = /[0-9A-Z]{26}/

describe('status', () => {
  test('shows the time left and every use', async () => {
    const cluster = await activated()
    cluster.now += 90_000
    await scaled(cluster)
    const { code, out, err } = await call(cluster, ['status', grantName])
    assert.deepEqual([code, err], [0, ''])
    assert.equal(
      out.replace(decisionId, 'DECISION').replaceAll(/ +\n/g, '\n'),
      `grant        ${grantName}
holder       alice@acme.example (PD-Q2XR: 5xx storm, scale api)
phase        Active, 58m 30s left (until 2026-08-23T03:14:20Z)
scope        UPDATE deployments.apps, deployments.apps/scale in payments, named api: spec.replicas, spec.template.spec.containers[*].image
uses         1 of 10
post-mortem  pm-${grantName.slice(3)}

USE  TIME                  OPERATION  OBJECT                         CHANGED        STATE     DECISION
1    2026-08-23T02:15:50Z  UPDATE     deployments.apps payments/api  spec.replicas  Admitted  DECISION
`,
    )
  })

  test('without a name is about my own that are not over', async () => {
    const cluster = await activated()
    const mine = await call(cluster, ['status'])
    assert.equal(mine.code, 0)
    assert.match(mine.out, new RegExp(`^grant {8}${grantName}$`, 'm'))
    cluster.user = bob
    const none = await call(cluster, ['status'])
    assert.deepEqual([none.code, none.out, none.err], [1, '', 'you have no break-glass grant\n'])
    assert.deepEqual(await callJson(cluster, ['status']), { grants: [] })
  })

  const phases: readonly (readonly [string, RegExp, number, JsonObject, number?])[] = [
    ['expired by time, whatever the phase says', /^phase {8}Expired$/m, 1, {}, hour],
    [
      'exhausted',
      /^phase {8}Exhausted$/m,
      1,
      { status: { maxUses: 1, uses: [{ n: 1, fingerprint: 'f', time: '2026-08-23T02:14:20Z' }] } },
    ],
    ['ended', /^phase {8}Ended$/m, 1, { spec: { ended: true } }],
    [
      'revoked',
      /^phase {8}Revoked by bob: wrong cluster$/m,
      1,
      { spec: { revoked: { by: 'bob', reason: 'wrong cluster' } } },
    ],
    ['what cannot be read gives nothing', /^phase {8}Unreadable$/m, 1, { status: { maxUses: 0 } }],
    [
      'whatever else the controller says',
      /^phase {8}Resolved$/m,
      1,
      { status: { phase: 'Resolved' } },
    ],
  ]
  for (const [title, expected, code, parts, later = 0] of phases) {
    test(`says what it is now: ${title}`, async () => {
      const cluster = begins()
      cluster.now += later
      cluster.grants.put(activeGrant({ ...parts, createdAt: begin }))
      const shown = await call(cluster, ['status', grantName])
      assert.match(shown.out, expected)
      assert.equal(shown.code, code)
      assert.doesNotMatch(shown.out, /left/)
    })
  }

  test('of a grant that is not there is a no', async () => {
    const { code, out, err } = await call(begins(), ['status', missing])
    assert.deepEqual([code, out, err], [1, '', `there is no grant ${missing}\n`])
  })

  test('never shows a token that is not cleared yet', async () => {
    const cluster = await activated({ isUnfilled: true })
    for (const args of [['status', grantName], ['list'], ['status', grantName, '-o', 'json']]) {
      const { out } = await call(cluster, args)
      assert.match(out, /Accepted/)
      assert.doesNotMatch(out, /eyJ/)
    }
  })
})

describe('list', () => {
  test('has a line for each', async () => {
    const { code, out } = await call(await activated(), ['list'])
    assert.equal(code, 0)
    assert.equal(
      out,
      `NAME                                     HOLDER              INCIDENT  PHASE   LEFT   USES
${grantName}  alice@acme.example  PD-Q2XR   Active  1h 0m  0/10
`,
    )
  })

  test('--active leaves out what is over', async () => {
    const cluster = await activated()
    await call(cluster, ['end', grantName])
    const { code, out, err } = await call(cluster, ['list', '--active'])
    assert.deepEqual([code, out, err], [0, '', 'there are no break-glass grants\n'])
    assert.equal(((await callJson(cluster, ['list']))['grants'] as unknown[]).length, 1)
  })

  test('that nobody may read is no answer', async () => {
    const cluster = begins({
      instead: ({ url }, response) => {
        if (url?.endsWith('breakglassgrants') !== true) return false
        refuse(response, {
          code: 403,
          reason: 'Forbidden',
          message: 'breakglassgrants is forbidden: User "alice" cannot list',
        })
        return true
      },
    })
    const { code, err } = await call(cluster, ['list'])
    assert.equal(code, 1)
    assert.match(err, /cannot list/)
  })
})

describe('end and revoke', () => {
  test('the holder ends a grant, and the next write is refused', async () => {
    const cluster = await activated()
    const { code, out, err } = await call(cluster, ['end', grantName])
    assert.deepEqual([code, out, err], [0, `${grantName} is ended, after 0 uses\n`, ''])
    const decide = replica({ grants: cluster.grants, now: () => cluster.now })
    assert.equal((await decide(scaling())).verdict.reason, 'GrantEnded')
  })

  test('others do not end it: they are told what they can do', async () => {
    const cluster = await activated()
    cluster.user = bob
    const { code, out, err } = await call(cluster, ['end', grantName])
    assert.deepEqual([code, out], [1, ''])
    assert.match(err, /its holder ends it; others revoke it/)
  })

  test('anybody whom RBAC lets revokes it, in their own name', async () => {
    const cluster = await activated()
    cluster.user = bob
    const args = ['revoke', grantName, '--reason', 'wrong cluster']
    const { code, out } = await call(cluster, args)
    assert.deepEqual([code, out], [0, `${grantName} is revoked, after 0 uses\n`])
    const { spec } = cluster.grants.stored(grantName) as { spec: JsonObject }
    assert.deepEqual(spec['revoked'], {
      by: 'bob',
      at: '2026-08-23T02:14:20Z',
      reason: 'wrong cluster',
    })
    cluster.now += 1_000
    const again = await call(cluster, args)
    assert.equal(again.code, 1)
    assert.match(again.err, /it is revoked already/)
  })

  test('usage: a revocation says why, and names are names', async () => {
    const cluster = begins()
    for (const args of [
      ['revoke', grantName],
      ['revoke', grantName, '--reason', ' '],
      ['end'],
      ['end', 'a/b'],
      ['end', '..'],
    ]) {
      assert.equal((await call(cluster, args)).code, 2, args.join(' '))
    }
  })

  for (const args of [
    ['end', missing],
    ['revoke', missing, '--reason', 'x'],
  ]) {
    test(`${args[0]} of what is not there is a no`, async () => {
      const { code, err } = await call(begins(), args)
      assert.deepEqual([code, err], [1, `there is no grant ${missing}\n`])
    })
  }
})

describe('approve', () => {
  const rules = '{subjects: {groups: [sre-oncall]}, approvals: {required: 1, groups: [sre-lead]}}'
  const policy = breakGlassPolicy({ rules })

  test('once; again says so', async () => {
    const cluster = await activated({ policy })
    cluster.user = bob
    const shown = await callJson(cluster, ['approve', grantName, '--yes'])
    assert.deepEqual(Object.keys(shown), ['approval', 'grant', 'by', 'group', 'scope', 'isNew'])
    assert.deepEqual([shown['by'], shown['group'], shown['isNew']], ['bob', 'sre-lead', true])
    const again = await call(cluster, ['approve', grantName, '--yes'])
    assert.deepEqual(
      [again.code, again.err],
      [1, `${grantName} waits for no approval: it is Active\n`],
    )
  })

  test('not by its holder', async () => {
    const cluster = await activated({ policy })
    cluster.user = { ...holder, groups: ['sre-oncall', 'sre-lead'] }
    const { code, err } = await call(cluster, ['approve', grantName, '--yes'])
    assert.deepEqual([code, err], [1, `${grantName}: nobody approves for themselves\n`])
  })

  test('not by somebody of another group', async () => {
    const cluster = await activated({ policy })
    cluster.user = { ...bob, groups: ['sre-oncall'] }
    const { code, err } = await call(cluster, ['approve', grantName, '--yes'])
    assert.deepEqual([code, err], [1, `${grantName}: the grant waits for members of sre-lead\n`])
  })

  test('not too late', async () => {
    const cluster = await activated({ policy })
    cluster.user = bob
    cluster.now += 16 * minute
    const { code, err } = await call(cluster, ['approve', grantName, '--yes'])
    assert.deepEqual(
      [code, err],
      [1, `${grantName} waits for no approval: it is ApprovalTimeout\n`],
    )
  })

  test('not unseen: without a terminal somebody says --yes', async () => {
    const cluster = await activated({ policy })
    cluster.user = bob
    const { code, err } = await call(cluster, ['approve', grantName])
    assert.equal(code, 2)
    assert.match(err, /^scope {8}UPDATE deployments\.apps/m)
    assert.match(err, /nobody can be asked here: say --yes/)
  })
})
