import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { UserInfo } from '../../../src/core/admission/request.ts'
import {
  es256,
  goodClaims,
  goodHeader,
  jws,
  minted,
  otherKey,
  signed,
} from '../../core/breakglass/issuing.ts'
import {
  begin,
  breakGlassPolicy,
  grantName,
  holder,
  loggedIn,
} from '../../core/decision/granting.ts'
import { call, callJson } from './calling.ts'
import { startCluster, refuse } from './fake-cluster.ts'
import { scratch } from '../scratch.ts'

const begins = await startCluster()
const bob: UserInfo = { ...loggedIn(holder, 'X509SHA256=bobs'), username: 'bob' }

test('a token becomes an active grant, and what it gives is shown', async () => {
  const cluster = begins()
  const { code, out, err } = await call(cluster, ['activate'], { input: `${signed()}\n` })
  assert.deepEqual([code, err], [0, ''])
  assert.equal(
    out,
    `grant        ${grantName}
holder       alice@acme.example (PD-Q2XR: 5xx storm, scale api)
phase        Active, 1h 0m left (until 2026-08-23T03:14:20Z)
scope        UPDATE deployments.apps, deployments.apps/scale in payments, named api: spec.replicas, spec.template.spec.containers[*].image
uses         0 of 10
post-mortem  pm-${grantName.slice(3)}
`,
  )
  assert.ok(cluster.grants.stored(grantName) !== undefined)
})

test('from a file too, and as JSON with every key and no token', async () => {
  const cluster = begins()
  const dir = scratch({ 'token.jwt': signed() })
  const shown = await callJson(cluster, ['activate', '-f', 'token.jwt'], { cwd: dir })
  assert.deepEqual(shown, {
    name: grantName,
    holder: 'alice@acme.example',
    phase: 'Active',
    isActive: true,
    incident: 'PD-Q2XR',
    reason: '5xx storm, scale api',
    createdAt: '2026-08-23T02:14:20Z',
    activatedAt: '2026-08-23T02:14:20Z',
    expiresAt: '2026-08-23T03:14:20Z',
    secondsLeft: 3600,
    scope: [
      {
        resources: ['deployments.apps', 'deployments.apps/scale'],
        operations: ['UPDATE'],
        namespaces: ['payments'],
        names: ['api'],
        fields: ['spec.replicas', 'spec.template.spec.containers[*].image'],
      },
    ],
    narrowedBy: [],
    maxUses: 10,
    uses: [],
    approvals: null,
    revoked: null,
    issuer: 'oncall',
    kid: goodHeader.kid,
    postMortem: `pm-${grantName.slice(3)}`,
  })
})

test('what the policy narrows is shown with the reason', async () => {
  const rules = '{subjects: {groups: [sre-oncall]}, maxSession: 20m, maxUses: 3}'
  const cluster = begins({ policy: breakGlassPolicy({ rules }) })
  const { out } = await call(cluster, ['activate'], { input: signed() })
  assert.match(
    out,
    /^narrowed {5}session is 20m rather than 1h: maxSession of the rule\n {13}uses is 3 rather than 10: maxUses of the rule$/m,
  )
  assert.match(out, /20m 0s left/)
})

test('who shows no credential says so in the grant', async () => {
  const cluster = begins({ user: { ...loggedIn(holder), uid: 'u-7' } })
  const { code, err } = await call(cluster, ['activate'], { input: signed() })
  assert.equal(code, 0, err)
  const created = cluster.bodies.find((body) => body.includes('"BreakGlassGrant"')) ?? ''
  assert.equal((JSON.parse(created) as { spec: { credential: string } }).spec.credential, 'none')
})

test('a grant whose status nobody fills counts all the same', async () => {
  const cluster = begins({ isUnfilled: true })
  let now = begin
  const { code, out, err } = await call(cluster, ['activate'], {
    input: signed(),
    now: () => (now += 4_000),
  })
  assert.equal(code, 0)
  assert.match(out, /^phase {8}Accepted/m)
  assert.match(err, /is accepted, though its status is not filled yet\. Go on: it counts\./)
})

test('it waits for approvals, and says what the others type', async () => {
  const rules = '{subjects: {groups: [sre-oncall]}, approvals: {required: 1, groups: [sre-lead]}}'
  const cluster = begins({ policy: breakGlassPolicy({ rules }) })
  const waiting = call(cluster, ['activate'], { input: signed() })
  await eventually(() => cluster.requests.some(({ url }) => url?.endsWith(grantName) === true))
  cluster.user = { ...bob, groups: ['sre-lead'] }
  const approved = await call(cluster, ['approve', grantName, '--yes'])
  assert.deepEqual([approved.code, approved.out], [0, `${grantName} is approved\n`])
  assert.match(approved.err, /^phase {8}Pending, needs 1 approval of sre-lead until 2026/m)
  const { code, out, err } = await waiting
  assert.equal(code, 0)
  assert.match(out, /^phase {8}Active/m)
  assert.equal(
    err,
    `It needs approvals. For those who give them: kubectl breakglass approve ${grantName}\n`,
  )
})

test('approvals that do not come in the time given leave it pending, which is no answer', async () => {
  const rules = '{subjects: {groups: [sre-oncall]}, approvals: {required: 1, groups: [sre-lead]}}'
  const cluster = begins({ policy: breakGlassPolicy({ rules }) })
  let now = begin
  const calling = { input: signed(), now: () => (now += 1_000) }
  const { code, out } = await call(cluster, ['activate', '--timeout', '5s'], calling)
  assert.equal(code, 3)
  assert.match(out, /^phase {8}Pending/m)
})

test('once the wait for approvals is over, it says that the next write goes on without them', async () => {
  const bypass = 'bypass: {after: 20s, maxSession: 20m, maxUses: 2}'
  const approvals = `approvals: {required: 1, groups: [sre-lead], ${bypass}}`
  const rules = `{subjects: {groups: [sre-oncall]}, ${approvals}}`
  const cluster = begins({ policy: breakGlassPolicy({ rules }) })
  let now = begin
  const calling = { input: signed(), now: () => (now += 3_000) }
  const { code, out, err } = await call(cluster, ['activate'], calling)
  assert.equal(code, 0)
  assert.match(
    out,
    /^phase {8}Pending, needs 1 approval of sre-lead until \S+Z, or goes on alone from \S+Z on$/m,
  )
  assert.match(
    err,
    /^Nobody of sre-lead has approved\. Until \S+Z you may go on alone, with less: /m,
  )
})

describe('refused before anything is created', () => {
  const cases: readonly (readonly [string, string, RegExp, object?])[] = [
    [
      'expired',
      signed({ iat: minted - 2000, nbf: minted - 2000, exp: minted - 1100 }),
      /^Expired: the token ended at 2026-08-23T01:55:00Z\.\nMint another one: kubectl breakglass request/,
    ],
    ['not yet valid', signed({ nbf: minted + 600 }), /^NotYetValid: .*\nWait for it/],
    [
      'another cluster',
      signed({ aud: 'urn:solewriter:cluster:other' }),
      /^WrongCluster: .*\nChoose the cluster .* --context/,
    ],
    [
      'another user',
      signed(),
      /^WrongUser: the token is for alice@acme\.example, and you are bob\.\nLog in as/,
      { user: bob },
    ],
    ['no token at all', 'hello', /^Malformed: .*\nMint another one/],
    ['of another kind', jws({ ...goodHeader, typ: 'JWT' }, goodClaims), /^Type: /],
    [
      'without a scope',
      signed({ authorization_details: [] }),
      /^Claims: authorization_details must not be empty/,
    ],
  ]
  for (const [title, token, expected, given = {}] of cases) {
    test(title, async () => {
      const cluster = begins(given)
      const { code, out, err } = await call(cluster, ['activate'], { input: token })
      assert.deepEqual([code, out], [1, ''])
      assert.match(err, expected)
      assert.ok(cluster.bodies.every((body) => !body.includes('BreakGlassGrant')))
      assertNoToken(err, token)
    })
  }
})

describe('refused by the cluster, with the way out', () => {
  test('a key that the policy does not know', async () => {
    const cluster = begins()
    const token = jws({ ...goodHeader, kid: 'another' }, goodClaims)
    const { code, out, err } = await call(cluster, ['activate'], { input: token })
    assert.deepEqual([code, out], [1, ''])
    assert.match(
      err,
      /^\[TokenRefused\] .*UnknownKey: .*\(decision \w+\)\nIts key has to be under spec\.breakGlass\.issuers/,
    )
    assertNoToken(err, token)
  })

  test("somebody else's signature", async () => {
    const cluster = begins()
    const token = jws(goodHeader, goodClaims, es256(otherKey()))
    const { code, err } = await call(cluster, ['activate'], { input: token })
    assert.equal(code, 1)
    assert.match(err, /Signature: .*\nIts key has to be/)
    assertNoToken(err, token)
  })

  test('a user whom no rule names', async () => {
    const rules = '{subjects: {groups: [others]}}'
    const cluster = begins({ policy: breakGlassPolicy({ rules }) })
    const { code, err } = await call(cluster, ['activate'], { input: signed() })
    assert.equal(code, 1)
    assert.match(err, /NoRule: no rule of the policy names you\..*\nAsk somebody whom/)
  })

  test('a token that has been used', async () => {
    const cluster = begins()
    const token = signed()
    assert.equal((await call(cluster, ['activate'], { input: token })).code, 0)
    const { code, out, err } = await call(cluster, ['activate'], { input: token })
    assert.deepEqual([code, out], [1, ''])
    assert.equal(
      err,
      `Used: the token has been used already: there is a grant ${grantName}.
Mint another one: kubectl breakglass request, or solewriter breakglass mint. What became of it: kubectl breakglass status ${grantName}
`,
    )
  })

  test('an API server that quotes the token is not repeated', async () => {
    const token = signed()
    const cluster = begins({
      instead: ({ method, url }, response) => {
        if (method !== 'POST' || url?.endsWith('breakglassgrants') !== true) return false
        refuse(response, {
          code: 422,
          reason: 'Invalid',
          message: `spec.token: Invalid value: "${token}": too long (${token.split('.')[2]})`,
        })
        return true
      },
    })
    const { code, out, err } = await call(cluster, ['activate'], { input: token })
    assert.deepEqual([code, out], [1, ''])
    assert.match(err, /spec\.token: Invalid value: "\[\w+\]": too long \(\[token\]\)/)
    assertNoToken(err, token)
  })

  test('a webhook that does not answer is not the end: there is emergency off', async () => {
    const cluster = begins({
      instead: ({ method, url }, response) => {
        if (method !== 'POST' || url?.endsWith('breakglassgrants') !== true) return false
        refuse(response, {
          code: 500,
          reason: 'InternalError',
          message: 'failed calling webhook "writes.solewriter.dev": x',
        })
        return true
      },
    })
    const { code, err } = await call(cluster, ['activate'], { input: signed() })
    assert.equal(code, 3)
    assert.match(err, /solewriter emergency off, see docs\/emergency\.md/)
  })

  test('a cluster without solewriter is said to be one', async () => {
    const cluster = begins({
      instead: ({ url }, response) => {
        if (url?.includes('breakglassgrants') !== true) return false
        response.writeHead(404).end('404 page not found\n')
        return true
      },
    })
    const { code, err } = await call(cluster, ['activate'], { input: signed() })
    assert.deepEqual(
      [code, err],
      [2, 'error: this cluster knows no break-glass grants: solewriter is not installed\n'],
    )
  })
})

test('usage: a file that is not there, an empty one, a context that is not there', async () => {
  const cluster = begins()
  const dir = scratch({ 'empty.jwt': '\n' })
  for (const [args, message] of [
    [['-f', 'none.jwt'], 'none.jwt cannot be read: ENOENT'],
    [['-f', 'empty.jwt'], 'empty.jwt holds no token'],
    [[], 'standard input holds no token'],
  ] as const) {
    const { code, err } = await call(cluster, ['activate', ...args], { cwd: dir })
    assert.deepEqual([code, err], [2, `error: ${message}\n`])
  }
  const other = await call(cluster, ['activate', '--context', 'other'], { input: signed() })
  assert.deepEqual([other.code, other.err], [2, 'error: the kubeconfig has no context "other"\n'])
})

async function eventually(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5))
}

function assertNoToken(text: string, token: string): void {
  for (const part of [token, ...token.split('.')].filter(({ length }) => length > 8)) {
    assert.ok(!text.includes(part), 'a part of the token is shown')
  }
}
