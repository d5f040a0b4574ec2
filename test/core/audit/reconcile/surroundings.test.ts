import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import type { UserInfo } from '../../../../src/core/admission/request.ts'
import { parsePolicy } from '../../../../src/core/policy/parse.ts'
import { account, alice, deployer } from '../../../fakes/requests.ts'
import { event, failure, Ground, heartbeats, noon, reconciled, type Written } from './ground.ts'

// What is around the writes: identities, exemptions, time and what is missing of the logs.

const quiet = heartbeats(0, 600)
let ground = new Ground()
beforeEach(() => {
  ground = new Ground()
})

const policyText = `apiVersion: solewriter.dev/v1alpha1
kind: Policy
metadata: { name: test }
spec:
  repositories: [{ name: fleet, url: 'https://git.example.com/fleet.git', branches: [main], sources: [{ path: . }] }]
  writers:
    - { name: ci, subject: { serviceAccount: ci/deployer }, evidence: [annotation], repositories: [fleet], verify: content }
    - { name: tenant, subject: { serviceAccount: apps/reconciler }, impersonated: true, evidence: [flux], repositories: [fleet], verify: content }
  exceptions:
    - { name: keda, subject: { serviceAccount: keda/operator }, allow: [{ resources: [deployments.apps/scale], operations: [UPDATE], fields: [spec.replicas], namespaces: [shop] }], reason: scales }
`

function policy() {
  const parsed = parsePolicy(policyText, 'policy.yaml')
  assert.ok(parsed.kind === 'ok', JSON.stringify(parsed))
  return parsed.policy
}

function as(user: UserInfo) {
  const { username, uid, groups } = user
  return {
    user: { username: 'admin', groups: ['system:masters'] },
    impersonatedUser: { username, uid, groups },
  }
}

describe('somebody who impersonates', () => {
  const bare = (namespace: string, name: string): UserInfo => ({
    ...account(namespace, name),
    uid: '',
    extra: new Map(),
  })
  const cases: readonly (readonly [string, UserInfo, 'writer' | 'exception' | 'human', string])[] =
    [
      ['a writer', bare('ci', 'deployer'), 'writer', 'unexplained'],
      ['an exception', bare('keda', 'operator'), 'exception', 'unexplained'],
      [
        'a controller of the control plane',
        bare('kube-system', 'namespace-controller'),
        'exception',
        'unexplained',
      ],
      ['a writer whose engine is meant to', bare('apps', 'reconciler'), 'writer', 'explained'],
      ['a person', alice, 'human', 'explained'],
      ['any service account', bare('shop', 'web'), 'human', 'explained'],
    ]
  for (const [title, user, identity, verdict] of cases) {
    test(`${title}: ${verdict}`, () => {
      const told = ground.asked({ at: 300, user, identity }, as(user))
      const result = reconciled([told.line], [told.event, ...quiet], { policy: policy() })
      assert.equal(result.verdict, verdict)
      assert.deepEqual(
        result.impersonations.list.map((one) => [one.user, one.impersonator]),
        verdict === 'explained' ? [] : [[user.username, 'admin']],
      )
    })
  }

  test('a writer is found without a policy as well: the record names it', () => {
    const told = ground.asked({ at: 300 }, as(deployer))
    const result = reconciled([told.line], [told.event, ...quiet])
    assert.equal(result.impersonations.count, 1)
  })

  test('in vain has written nothing', () => {
    const user = bare('ci', 'deployer')
    const tried = event({ at: 300, user }, { ...as(user), responseStatus: failure(403) })
    const told = ground.asked({ at: 310, name: 'other' })
    const result = reconciled([told.line], [tried, told.event, ...quiet], { policy: policy() })
    assert.equal(result.verdict, 'explained')
  })

  test('the control plane with all that a match condition asks for is not exempt', () => {
    const extra = { 'authentication.kubernetes.io/credential-id': ['X509SHA256=abc'] }
    const username = 'system:kube-controller-manager'
    const lease: Written = {
      at: 300,
      name: 'kube-scheduler',
      changes: {
        namespace: 'kube-system',
        resource: { group: 'coordination.k8s.io', version: 'v1', resource: 'leases' },
      },
    }
    const own = event(lease, { user: { username, extra } })
    const borrowed = event(lease, {
      user: { username: 'mallory' },
      impersonatedUser: { username, extra },
    })
    const { line, event: witness } = ground.asked({ at: 310 })
    const honest = reconciled([line], [own, witness, ...quiet])
    assert.equal(honest.verdict, 'explained')
    assert.deepEqual(
      honest.exempt.map(({ condition, user, resource, count }) => [
        condition,
        user,
        resource,
        count,
      ]),
      [['control-plane-leases', username, 'leases.coordination.k8s.io', 1]],
    )
    const result = reconciled([line], [borrowed, witness, ...quiet])
    assert.equal(result.verdict, 'unexplained')
    assert.deepEqual(
      result.impersonations.list.map(({ user, impersonator }) => [user, impersonator]),
      [[username, 'mallory']],
    )
    assert.equal(result.counts.exempt, 0)
  })
})

describe('the period', () => {
  test('ends before what is compared no more', () => {
    const told = [100, 300, 500].map((at) => ground.asked({ at, name: `n${at}` }))
    const unseen = [100, 300, 500].map((at) => event({ at, name: `u${at}` }))
    const result = reconciled(
      told.map(({ line }) => line),
      [...told.map((one) => one.event), ...unseen, ...quiet],
      { from: noon + 200_000, to: noon + 400_000 },
    )
    assert.equal(result.counts.decided, 1)
    assert.deepEqual(
      result.unseen.list.map(({ name }) => name),
      ['u300'],
    )
    assert.deepEqual(result.notProvable, [])
  })

  test('that no log covers cannot be proved', () => {
    const told = ground.asked({ at: 300 })
    const result = reconciled([told.line], [told.event, ...quiet], {
      from: noon - 3_600_000,
      to: noon + 3_600_000,
    })
    assert.equal(result.verdict, 'not-provable')
    assert.deepEqual(
      result.notProvable.map(({ from, to, what }) => [from, to, what]),
      [
        ['2026-08-23T11:00:00.000Z', '2026-08-23T12:00:00.005Z', 'events'],
        ['2026-08-23T12:10:00.005Z', '2026-08-23T13:00:00.000Z', 'events'],
      ],
    )
  })
})

describe('what is missing', () => {
  test('of a log shows as its silence', () => {
    const told = ground.asked({ at: 300 })
    const events = [...heartbeats(0, 290), told.event, ...heartbeats(400, 600)]
    const result = reconciled([told.line], events.toReversed())
    assert.equal(result.verdict, 'not-provable')
    assert.deepEqual(
      result.notProvable.map(({ from, to }) => [from, to]),
      [['2026-08-23T12:05:00.005Z', '2026-08-23T12:06:40.005Z']],
    )
  })

  test('of a chain shows by its numbers, checkpoints included', () => {
    const first = ground.asked({ at: 100, name: 'a' })
    const checkpoint = ground.checkpoint()
    const lost = ground.asked({ at: 200, name: 'b' })
    const last = ground.asked({ at: 300, name: 'c' })
    const all = [first.line, checkpoint, lost.line, last.line]
    const events = [first, lost, last].map((told) => told.event)
    assert.equal(reconciled(all, [...events, ...quiet]).verdict, 'explained')
    const result = reconciled([first.line, checkpoint, last.line], [...events, ...quiet])
    assert.deepEqual(result.notProvable, [
      {
        from: '2026-08-23T12:01:40.000Z',
        to: '2026-08-23T12:05:00.000Z',
        of: 'pod-0/01K3BOOT',
        what: 'records',
        records: 1,
      },
    ])
    assert.deepEqual(
      result.withoutRecord.list.map(({ name }) => name),
      ['b'],
    )
  })

  test('of lines shows: those that cannot be read', () => {
    const told = ground.asked({ at: 300 })
    for (const [records, events] of [
      [[told.line, undefined], []],
      [[told.line], [undefined]],
      [[told.line], [{ kind: 'Event' }]],
    ] as const) {
      const result = reconciled(records, [told.event, ...events, ...quiet])
      assert.equal(result.verdict, 'not-provable')
      assert.equal(result.read.unreadableEvents + result.read.unreadableRecords, 1)
    }
  })

  test('is everything when there is nothing', () => {
    assert.equal(reconciled([], []).verdict, 'not-provable')
    assert.equal(reconciled([], quiet).verdict, 'not-provable')
    assert.equal(reconciled([ground.asked({ at: 300 }).line], []).verdict, 'not-provable')
  })
})

describe('changes', () => {
  test('of admission, of our policy and of our kinds are listed, refused ones and status not', () => {
    const of = (apiGroup: string, resource: string, name: string, more = {}) =>
      event({ at: 300 }, { objectRef: { apiGroup, resource, name, ...more }, verb: 'patch' })
    const group = 'admissionregistration.k8s.io'
    const events = [
      of(group, 'validatingwebhookconfigurations', 'solewriter'),
      of(group, 'mutatingwebhookconfigurations', 'theirs'),
      of(group, 'validatingadmissionpolicies', 'guard'),
      of(group, 'validatingadmissionpolicies', 'guard', { subresource: 'status' }),
      { ...of(group, 'validatingadmissionpolicies', 'no'), responseStatus: failure(403) },
      of('apiextensions.k8s.io', 'customresourcedefinitions', 'postmortems.solewriter.dev'),
      of('', 'configmaps', 'solewriter-policy', { namespace: 'solewriter-system' }),
    ]
    const result = reconciled([], [...events, ...quiet])
    assert.deepEqual(
      result.changes.list.map(({ about, name }) => [about, name]),
      [
        ['admission', 'solewriter'],
        ['admission', 'theirs'],
        ['admission', 'guard'],
        ['definitions', 'postmortems.solewriter.dev'],
        ['policy', 'solewriter-policy'],
      ],
    )
    // No webhook is ever asked about the first ones; about the last ones we were to be asked.
    assert.deepEqual(
      result.unseen.list.map(({ name }) => name),
      ['postmortems.solewriter.dev', 'solewriter-policy'],
    )
  })

  test('stand beside the gap that they began', () => {
    const objectRef = {
      apiGroup: 'admissionregistration.k8s.io',
      resource: 'validatingwebhookconfigurations',
      name: 'solewriter',
    }
    const away = event({ at: 299, user: alice }, { verb: 'delete', objectRef })
    const unseen = [300, 305].map((at) => event({ at, name: `u${at}` }))
    const [gap] = reconciled([], [away, ...unseen, ...quiet]).gaps
    assert.equal(gap?.writes, 2)
    assert.equal(gap.from, '2026-08-23T12:04:59.995Z')
    assert.equal(gap.after?.user, 'alice')
  })
})

describe('nothing that is printed', () => {
  test('holds a URL, a user agent or a message', () => {
    const canary = 'canary-7f'
    const told = event(
      { at: 300 },
      {
        requestURI: `/api/v1/x/exec?command=${canary}`,
        userAgent: canary,
        requestObject: { data: canary },
        responseStatus: { code: 201, message: canary },
        annotations: { other: canary },
      },
    )
    const result = JSON.stringify(reconciled([ground.asked({ at: 310 }).line], [told, ...quiet]))
    assert.match(result, /not-asked/)
    assert.doesNotMatch(result, new RegExp(canary))
  })
})
