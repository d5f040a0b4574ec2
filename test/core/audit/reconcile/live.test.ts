import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { UserInfo } from '../../../../src/core/admission/request.ts'
import { liveJudge, type LiveJudgement } from '../../../../src/core/audit/reconcile/live.ts'
import { unseenIn } from '../../../../src/core/audit/reconcile/raised.ts'
import { bypassesOf } from '../../../../src/core/breakglass/post-mortem-bypass.ts'
import { ownIdentityIn } from '../../../../src/core/decision/own-identity.ts'
import type { Json, JsonObject } from '../../../../src/core/manifest/json.ts'
import { account, alice, deployer } from '../../../fakes/requests.ts'
import { goodPolicy, head } from '../../policy/policies.ts'
import { removal } from './found.ts'
import {
  callFailed,
  event,
  failedOpen,
  failure,
  Ground,
  heartbeats,
  reconciled,
  type Written,
} from './ground.ts'

const policy = goodPolicy(`${head}  repositories:
  - {name: fleet, url: "https://git.example.com/acme/fleet.git", branches: [main], sources: [{path: prod}]}
  writers:
  - {name: ci, subject: {serviceAccount: ci/deployer}, evidence: [annotation], repositories: [fleet], verify: declared}
  - {name: tenant, subject: {serviceAccount: apps/reconciler}, impersonated: true, evidence: [flux], repositories: [fleet], verify: content}
`)
const own = ownIdentityIn('solewriter-system')
const plain: Written = { at: 300, user: alice }
const ground = new Ground()

const judge = () => liveJudge({ policy: () => policy, own })
const bare = ({ username, groups }: UserInfo): UserInfo => {
  return { username, groups, uid: '', extra: new Map() }
}
const by = (name: string, user: UserInfo) => ({
  user: { username: name, groups: ['system:masters'] },
  impersonatedUser: { username: user.username, groups: user.groups },
})
const checkpoint: Written = {
  at: 300,
  user: account('solewriter-system', 'solewriter'),
  changes: {
    resource: { group: 'solewriter.dev', version: 'v1alpha1', resource: 'auditcheckpoints' },
    namespace: '',
  },
}
const lease = (user: UserInfo, name: string): Written => ({
  at: 300,
  user,
  name,
  operation: 'UPDATE',
  changes: {
    namespace: 'solewriter-system',
    resource: { group: 'coordination.k8s.io', version: 'v1', resource: 'leases' },
  },
})

const report = (name: string): Written => ({
  at: 300,
  user: account('solewriter-system', 'solewriter-controller'),
  name,
  operation: 'UPDATE',
  changes: {
    namespace: 'web',
    resource: { group: 'wgpolicyk8s.io', version: 'v1alpha2', resource: 'policyreports' },
  },
})

const denied = ground.asked({ ...plain, isAllowed: false }, {}).event

const cases: readonly (readonly [
  title: string,
  LiveJudgement['outcome'] | `unseen ${string}`,
  Json,
])[] = [
  ['with our decision', 'decided', ground.asked(plain).event],
  ['that we denied', 'refused', { ...denied, responseStatus: failure(403) }],
  ['that we denied and that is stored', 'unseen Denied', denied],
  ['that nobody asked about', 'unseen NotAsked', event(plain)],
  ['that went on without us', 'unseen FailedOpen', event(plain, { annotations: failedOpen })],
  ['that was refused', 'refused', event(plain, { responseStatus: failure(409) })],
  ['that could not be asked about', 'refused', event(plain, { responseStatus: callFailed })],
  ['without an end', 'unsure', event(plain, { responseStatus: failure(504) })],
  ['that has begun', 'other', event(plain, { stage: 'RequestReceived' })],
  ['that reads', 'other', event(plain, { verb: 'get' })],
  ['that is a dry run', 'dry-run', event(plain, { requestURI: '/api/v1/x?dryRun=All' })],
  ['of no resource', 'other', event(plain, { objectRef: null })],
  ['that cannot be read', 'unreadable', { kind: 'Event' }],
  [
    'of a collection',
    'refused',
    event({ ...plain, operation: 'DELETE' }, { verb: 'deletecollection' }),
  ],
  [
    'into a Pod',
    'unseen NotAsked',
    event({
      at: 300,
      name: 'api-0',
      operation: 'CONNECT',
      changes: { resource: { group: '', version: 'v1', resource: 'pods' }, subresource: 'exec' },
    }),
  ],
  [
    'of an Event, which is exempt',
    'exempt',
    event({ ...plain, changes: { resource: { group: '', version: 'v1', resource: 'events' } } }),
  ],
  ['of our own', 'own', event(checkpoint)],
  [
    'of our own Lease',
    'own',
    event(lease(account(own.namespace, 'solewriter'), 'solewriter-controller')),
  ],
  ['of our own report in any namespace', 'own', event(report('solewriter-scan'))],
  ['of our own accounts on a report of others', 'unseen NotAsked', event(report('cis'))],
  [
    'of our own accounts on what is not ours',
    'unseen NotAsked',
    event(lease(account(own.namespace, 'solewriter'), 'another')),
  ],
  [
    'in our name without a token of ours',
    'unseen NotAsked',
    event({ ...checkpoint, user: bare(account(own.namespace, 'solewriter')) }),
  ],
  [
    'in our name by somebody else',
    'unseen NotAsked',
    event(checkpoint, by('mallory', account(own.namespace, 'solewriter'))),
  ],
  [
    'under the name of a writer',
    'unseen Impersonated',
    ground.asked({ at: 300, user: bare(deployer), identity: 'writer' }, by('admin', deployer))
      .event,
  ],
  [
    'under the name of a writer whose engine is meant to',
    'decided',
    ground.asked(
      { at: 300, user: bare(account('apps', 'reconciler')) },
      by('flux', account('apps', 'reconciler')),
    ).event,
  ],
  ['of our configuration', 'configuration', removal('delete')],
]

describe('a write as it comes', () => {
  for (const [title, expected, line] of cases) {
    test(`${title}: ${expected}`, () => {
      const { outcome, unseen } = judge()(line)
      assert.equal(unseen === undefined ? outcome : `${outcome} ${unseen.why}`, expected)
    })
  }

  test('is by who it really was', () => {
    const { unseen } = judge()(event(plain, by('admin', deployer)))
    assert.deepEqual([unseen?.actor, unseen?.as], ['admin', deployer.username])
  })

  test('of a collection is in doubt while our configuration is away', () => {
    const one = judge()
    const collection = event({ at: 300, operation: 'DELETE' }, { verb: 'deletecollection' })
    assert.equal(one(collection).outcome, 'refused')
    const { change } = one(removal('delete', 290))
    assert.equal(change?.user.username, 'alice')
    assert.equal(one(collection).outcome, 'unsure')
  })

  test('of our own configuration by ourselves is no news', () => {
    const caBundle = removal('patch')
    const controller = account(own.namespace, 'solewriter-controller')
    const { username, uid, groups, extra } = controller
    const user = { username, uid, groups, extra: Object.fromEntries(extra) } as JsonObject
    assert.equal(judge()({ ...caBundle, user }).change, undefined)
  })
})

test('the offline comparison finds the same to raise', () => {
  const witness = ground.asked({ at: 200, name: 'witness' })
  const events = [witness.event, ...cases.map(([, , line]) => line)]
  const one = judge()
  const live = events.flatMap((line) => one(line).unseen ?? [])
  // It also holds records against events, which is nothing to raise.
  const found = reconciled([witness.line], [...events, ...heartbeats(0, 600)], { policy })
  const offline = unseenIn(found)
  const isJoined = ({ why }: { readonly why: string }) => why !== 'Denied'
  assert.deepEqual(bypassesOf(offline.filter(isJoined)), bypassesOf(live.filter(isJoined)))
  assert.equal(live.length, 9)
})
