import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { AdmissionRequest } from '../../../src/core/admission/request.ts'
import { approvalName, scopeDigest } from '../../../src/core/breakglass/approval.ts'
import { readGrant } from '../../../src/core/breakglass/grant.ts'
import { momentText } from '../../../src/core/breakglass/moment.ts'
import { fillStatus, type Activation } from '../../../src/core/breakglass/next-status.ts'
import { evaluateFailure } from '../../../src/core/decision/evaluate.ts'
import { at, type JsonObject } from '../../../src/core/manifest/json.ts'
import { deployer, request } from '../../fakes/requests.ts'
import { goodBg, minted } from '../breakglass/issuing.ts'
import { circumstances, own } from './deciding.ts'
import {
  aboutGrant,
  begin,
  breakGlassPolicy,
  fakeGrants,
  grantName,
  holder,
  loggedIn,
  newGrant,
  reasonIn,
  replica,
  saying,
  tokenWith,
  scaling,
  type World,
} from './granting.ts'

const world = (more: Partial<World> = {}): World => ({
  grants: fakeGrants(),
  now: () => begin,
  ...more,
})

function creating(
  given: Parameters<typeof newGrant>[0] = {},
  changes: Partial<AdmissionRequest> = {},
) {
  return aboutGrant({ operation: 'CREATE', object: newGrant(given), ...changes })
}

describe('a human creates a grant', () => {
  test('with a token that is good for exactly that', async () => {
    assert.equal(await reasonIn(world(), creating()), 'OwnObject')
    const dry = await replica(world())(creating({}, { dryRun: true }))
    assert.equal(dry.verdict.reason, 'OwnObject')
    assert.equal(dry.verdict.rule, grantName)
  })

  test('whatever the mode is', async () => {
    for (const mode of ['audit', 'warn', 'sealed']) {
      const policy = breakGlassPolicy({ mode })
      assert.equal(await reasonIn(world({ policy }), creating()), 'OwnObject')
      const decision = await replica(world({ policy }))(creating({ spec: { token: 'x' } }))
      assert.equal(decision.verdict.reason, 'TokenRefused', mode)
      assert.equal(decision.allowed, false, mode)
    }
  })

  const rules = (text: string) => world({ policy: breakGlassPolicy({ rules: text }) })
  const refused: readonly (readonly [string, RegExp, Partial<AdmissionRequest>, World?])[] = [
    ['without a token', /Content: spec\.token/, creating({ spec: { token: '' } })],
    ['with no spec', /Content/, aboutGrant({ operation: 'CREATE', object: {} })],
    ['that is no token', /Malformed/, creating({ spec: { token: 'x.y.z' } })],
    [
      'that is for somebody else',
      /WrongUser/,
      creating({}, { user: { ...holder, username: 'bob' } }),
    ],
    [
      'that is for another cluster',
      /WrongCluster/,
      creating({ claims: { aud: 'urn:solewriter:cluster:other' } }),
    ],
    [
      'that has expired',
      /Expired/,
      creating({ createdAt: begin + 16 * 60_000 }),
      world({ now: () => begin + 16 * 60_000 }),
    ],
    ['of an issuer that nobody knows', /UnknownIssuer/, creating(), world({ issuers: new Map() })],
    ['under another name', /GrantName/, creating({ metadata: { name: 'bg-other' } })],
    ['without a name', /GrantName/, creating({ metadata: { name: '', generateName: 'bg-' } })],
    ['with more in its spec', /Content/, creating({ spec: { revoked: { by: 'x' } } })],
    ['with more than we know', /Content/, creating({ spec: { scope: [] } })],
    ['that is ended', /Content/, creating({ spec: { ended: true } })],
    [
      'with a status',
      /Content: the status/,
      creating({}, { object: { ...newGrant(), status: { phase: 'Active' } } }),
    ],
    ['with an owner', /Content/, creating({ metadata: { ownerReferences: [{ uid: 'x' }] } })],
    ['with a finalizer', /Content/, creating({ metadata: { finalizers: ['mine/x'] } })],
    [
      'by kubectl apply, which keeps a copy of the token',
      /Content: .*kubectl create/,
      creating({ metadata: { annotations: { last: `{"token":"${tokenWith()}"}` } } }),
    ],
    ['on a clock that is wrong', /Clock/, creating({ createdAt: begin - 61_000 })],
    ['without a rule', /NoRule/, creating(), rules('{subjects: {groups: [other]}}')],
    [
      'without enough of a reason',
      /Reason: .*at least 30/,
      creating(),
      rules('{subjects: {groups: [sre-oncall]}, reason: {minLength: 30}}'),
    ],
    [
      'with a reason of spaces',
      /Reason/,
      creating({ claims: { bg: { ...goodBg, reason: 'x'.padEnd(20) } } }),
    ],
    [
      'without an incident as the rule wants it',
      /Reason: the incident/,
      creating(),
      rules('{subjects: {groups: [sre-oncall]}, reason: {incident: "^INC-"}}'),
    ],
    [
      'of which nothing is left',
      /Scope: .*outside of maxScope/,
      creating(),
      rules(
        '{subjects: {groups: [sre-oncall]}, maxScope: [{resources: [pods], operations: [DELETE], namespaces: [pay]}]}',
      ),
    ],
    ['with a credential that is not theirs', /Credential/, creating({ spec: { credential: 'X' } })],
    [
      'with a certificate that is not theirs',
      /Credential/,
      creating({ claims: { cnf: { 'x5t#S256': 'A'.repeat(43) } } }),
    ],
    [
      'as an impersonator, who shows no credential',
      /Credential: .*impersonates you/,
      creating({}, { user: loggedIn(holder) }),
    ],
  ]
  for (const [title, expected, changes, around = world()] of refused) {
    test(`not ${title}`, async () => {
      const decision = await replica(around)(changes)
      assert.match(saying(decision), /^TokenRefused: /)
      assert.match(saying(decision), expected)
      assert.equal(decision.allowed, false)
    })
  }

  test('and no refusal shows the token', async () => {
    const [, , signature = ''] = tokenWith().split('.')
    for (const [, , changes, around = world()] of refused) {
      assert.ok(!saying(await replica(around)(changes)).includes(signature))
    }
  })

  test('where the API server knows no credentials, if they say so', async () => {
    const user = { ...loggedIn(holder), uid: 'aws-1' }
    const unsaid = await replica(world())(creating({}, { user }))
    assert.match(saying(unsaid), /Credential: .*set spec\.credential to none/)
    const bare = creating({ spec: { credential: 'none' } }, { user: loggedIn(holder) })
    assert.equal(await reasonIn(world(), bare), 'TokenRefused')
    const reason = await reasonIn(world(), creating({ spec: { credential: 'none' } }, { user }))
    assert.equal(reason, 'OwnObject')
  })
})

describe('nobody else creates one', () => {
  const others = [
    ['a writer', deployer],
    ['solewriter itself', ourAccount()],
  ] as const
  for (const [title, user] of others) {
    test(title, async () => {
      assert.equal(await reasonIn(world(), creating({}, { user })), 'Protected')
    })
  }

  test('and a failure is a denial in every mode', () => {
    const failure = { reason: 'InternalError', message: 'it failed.' } as const
    const audit = circumstances({ spec: '  mode: audit\n' })
    const { allowed } = evaluateFailure(request(creating()), failure, audit)
    assert.equal(allowed, false)
  })
})

describe('what is known of the holder at the creation', () => {
  async function activationOf(changes = creating(), policy = breakGlassPolicy()) {
    const told: Activation[] = []
    await replica(world({ policy, onActivation: (one) => told.push(one) }))(changes)
    return told
  }

  test('is told, but not of a dry run or a refusal', async () => {
    const [told, ...more] = await activationOf()
    assert.equal(more.length, 0)
    assert.deepEqual(told?.bound, { uid: '', credential: 'X509SHA256=abc' })
    assert.deepEqual(await activationOf(creating({}, { dryRun: true })), [])
    assert.deepEqual(await activationOf(creating({ spec: { token: 'x' } })), [])
  })

  test('fills the status, once, of the grant that it is for', async () => {
    const [told] = await activationOf()
    const grants = fakeGrants([newGrant()])
    const stored = grants.stored(grantName) ?? {}
    const filled = fillStatus(told!, stored)
    assert.equal(filled.kind, 'store')
    const status = filled.kind === 'store' ? filled.status : {}
    assert.equal(at(status, 'maxUses'), 10)
    assert.equal(at(status, 'sessionSeconds'), 3600)
    assert.ok(!JSON.stringify(status).includes(tokenWith()))
    const after: JsonObject = { ...stored, status }
    assert.equal(readGrant(after)?.status?.credential, 'X509SHA256=abc')
    assert.equal(fillStatus(told!, after).kind, 'leave')
    const other = { ...newGrant(), metadata: { ...newGrant().metadata, name: 'bg-other' } }
    assert.equal(fillStatus(told!, other).kind, 'leave')
  })

  test('with approvals it waits, and nothing is let through', async () => {
    const policy = breakGlassPolicy({
      rules:
        '{subjects: {groups: [sre-oncall]}, approvals: {required: 1, groups: [sre-lead], timeout: 15m}}',
    })
    const [told] = await activationOf(creating(), policy)
    const grants = fakeGrants([newGrant()])
    const filled = fillStatus(told!, grants.stored(grantName) ?? {})
    const status = filled.kind === 'store' ? filled.status : {}
    assert.equal(at(status, 'phase'), 'Pending')
    grants.put({ ...newGrant(), status })
    assert.equal(await reasonIn(world({ grants, policy }), scaling()), 'GrantPending')
    const waiting = { ...newGrant(), status }
    const scope = scopeDigest(waiting)
    const creationTimestamp = momentText((minted + 90) * 1000)
    grants.approved = [
      {
        metadata: { name: approvalName(grantName, 'carol'), creationTimestamp },
        spec: { grant: grantName, by: 'carol', group: 'sre-lead', scope },
      },
    ]
    const now = () => (minted + 120) * 1000
    assert.equal(await reasonIn(world({ grants, policy, now }), scaling()), 'BreakGlass')
  })
})

function ourAccount() {
  const [username = ''] = own.accounts
  const groups = ['system:serviceaccounts', `system:serviceaccounts:${own.namespace}`]
  const extra = new Map([['authentication.kubernetes.io/credential-id', ['JTI=1']]])
  return { username, uid: 'u', groups, extra }
}
