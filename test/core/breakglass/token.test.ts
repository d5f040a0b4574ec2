import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { tokenDigest } from '../../../src/core/breakglass/token-digest.ts'
import { signToken, verifyToken } from '../../../src/core/breakglass/token.ts'
import type { Claims } from '../../../src/core/breakglass/claims.ts'
import { tokenRules } from '../../../src/core/breakglass/refusal.ts'
import { forged, noKey, wrongSignature } from './forged-tokens.ts'
import {
  contextWith,
  es256,
  goodBg,
  goodClaims,
  goodDetail,
  goodHeader,
  iss,
  jws,
  kid,
  minted,
  otherKey,
  privateKey,
  signed,
  verdictOn,
} from './issuing.ts'
import { claims, otherUser, scopes } from './wrong-claims.ts'

const good = signed()
const grant = 'bg-0198c1d2-7c1e-7b2f-9a53-0d6f7f4f2a11'

test('a good token is verified, and says all that it asks for', async () => {
  assert.deepEqual(await verifyToken(good, contextWith({ limits: { maxSession: 60_000 } })), {
    kind: 'verified',
    issuer: 'oncall',
    kid,
    keyLimits: { maxSession: 60_000 },
    digest: tokenDigest(good),
    grant,
    username: 'alice@acme.example',
    expiresAt: (minted + 900) * 1000,
    scope: [
      {
        resources: ['deployments.apps', 'deployments.apps/scale'],
        operations: ['UPDATE'],
        namespaces: ['payments'],
        names: ['api'],
        fields: ['spec.replicas', 'spec.template.spec.containers[*].image'],
      },
    ],
    incident: 'PD-Q2XR',
    reason: '5xx storm, scale api',
    session: 3_600_000,
    maxUses: 10,
    hold: 1_800_000,
  })
})

test('what a token may leave out is left out', async () => {
  const { names: _names, namespaces: _namespaces, ...detail } = goodDetail
  const bare = await verifyToken(
    signed({
      authorization_details: [{ ...detail, apiGroups: [''], resources: ['nodes'] }],
      bg: { v: 1, incident: 'PD-1', reason: 'a node is full' },
      cnf: { 'x5t#S256': 'A'.repeat(43) },
      azp: 'for others',
    }),
    contextWith(),
  )
  assert.ok(bare.kind === 'verified')
  assert.equal(bare.session ?? bare.maxUses ?? bare.hold, undefined)
  assert.equal(bare.certificate, 'A'.repeat(43))
  assert.deepEqual(bare.scope[0]?.resources, ['nodes'])
  assert.deepEqual(bare.scope[0]?.namespaces, [])
})

test('what we sign we verify', async () => {
  const token = await signToken(goodClaims as Claims, kid, privateKey)
  assert.equal(await verdictOn(token), grant)
})

for (const [title, token, verdict] of forged) {
  test(`refused: ${title}`, async () => {
    assert.equal(await verdictOn(token), verdict)
  })
}
for (const [title, change, verdict] of claims) {
  test(`refused: ${title}`, async () => {
    assert.equal(await verdictOn(signed(change)), verdict)
  })
}
for (const [title, change, verdict] of scopes) {
  test(`refused in the scope: ${title}`, async () => {
    const token = signed({ authorization_details: [{ ...goodDetail, ...change }] })
    assert.equal(await verdictOn(token), verdict)
  })
}

test('every rule has a token that breaks it', () => {
  const broken = [...forged, ...claims, ...scopes].map(([, , verdict]) => verdict.split(':')[0])
  const elsewhere = ['Expired', 'KeyLimit']
  assert.deepEqual(
    tokenRules.filter((rule) => !broken.includes(rule) && !elsewhere.includes(rule)),
    [],
  )
})

test('* is every namespace, and all fields; a star ends a name', async () => {
  const change = { namespaces: ['*'], fields: ['*'], names: ['api-*'] }
  assert.equal(
    await verdictOn(signed({ authorization_details: [{ ...goodDetail, ...change }] })),
    grant,
  )
})

const expired = 'Expired: the token ended'
for (const [title, at, verdict] of [
  ['30 s before it begins', -30_000, grant],
  [
    'more than 30 s before it begins',
    -30_001,
    'NotYetValid: the token is valid in 31 s: compare the clocks',
  ],
  ['at its end', 900_000, grant],
  ['just under 30 s after its end', 929_999, grant],
  ['30 s after its end', 930_000, `${expired} 30 s ago: mint another one`],
  ['a day later', 87_300_000, `${expired} 86400 s ago: mint another one`],
] as const) {
  test(`a token ${title}`, async () => {
    assert.equal(await verdictOn(good, contextWith({ at: minted * 1000 + at })), verdict)
  })
}

test('a key is for the users and the time that the policy gives it', async () => {
  const limited = (limits: object) => verdictOn(good, contextWith({ limits }))
  assert.equal(await limited({ users: ['bob', 'alice@acme.example'] }), grant)
  assert.equal(
    await limited({ users: ['bob'] }),
    'KeyLimit: tokens of this key may not be for this user',
  )
  assert.equal(await limited({ notAfter: minted * 1000 + 1 }), grant)
  assert.equal(
    await limited({ notAfter: minted * 1000 }),
    'KeyLimit: tokens of this key are not accepted any more: its notAfter has passed',
  )
})

test('a key counts for its own issuer only', async () => {
  const { issuers, ...rest } = contextWith()
  const [trusted] = issuers.values()
  assert.ok(trusted !== undefined)
  const other = new Map([
    [iss, { ...trusted, keys: new Map() }],
    ['https://other.example', trusted],
  ])
  assert.equal(await verdictOn(good, { issuers: other, ...rest }), noKey)
})

test('without a cluster and a user nothing is verified', async () => {
  const nowhere = await verdictOn(
    signed({ aud: 'urn:solewriter:cluster:' }),
    contextWith({ clusterUid: '' }),
  )
  assert.match(nowhere, /^WrongCluster: /)
  assert.equal(await verdictOn(good, contextWith({ username: '' })), otherUser)
})

test('no claim is judged before the signature', async () => {
  const expiredForgery = jws(goodHeader, { ...goodClaims, exp: 1, sub: 'bob' }, es256(otherKey()))
  assert.equal(await verdictOn(expiredForgery), wrongSignature)
})

test('no refusal shows anything of the token', async () => {
  const marked = 'x9secret9x'
  const tokens = [
    ...['iss', 'sub', 'jti', 'aud'].map((claim) => signed({ [claim]: marked })),
    jws({ ...goodHeader, kid: marked }, goodClaims),
    jws({ ...goodHeader, typ: marked }, goodClaims),
    jws({ ...goodHeader, [marked]: 1 }, goodClaims),
    signed({ bg: { ...goodBg, [marked]: marked } }),
    signed({ authorization_details: [{ ...goodDetail, [marked]: 1 }] }),
    signed({ authorization_details: [{ ...goodDetail, fields: [`${marked}..`] }] }),
  ]
  for (const token of tokens) {
    const verdict = await verdictOn(token)
    assert.match(verdict, /^[A-Z]\w+: /)
    assert.ok(!verdict.includes(marked), verdict)
    assert.ok(!verdict.includes(token.slice(0, 20)), verdict)
  }
})

test('a changed token is never verified as anything else', async () => {
  const known = await verifyToken(good, contextWith())
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.='.split('')
  const change = fc.record({
    at: fc.nat(good.length - 1),
    remove: fc.nat(3),
    insert: fc.array(fc.constantFrom(...alphabet), { maxLength: 3 }),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
      const token = changes.reduce(
        (text, { at, remove, insert }) =>
          text.slice(0, at) + insert.join('') + text.slice(at + remove),
        good,
      )
      const verdict = await verifyToken(token, contextWith())
      if (token === good) assert.deepEqual(verdict, known)
      else assert.equal(verdict.kind, 'refused')
    }),
    { numRuns: 2000 },
  )
})

test('any text is refused without an error', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 200 }), async (text) => {
      assert.equal((await verifyToken(text, contextWith())).kind, 'refused')
    }),
  )
})

test('any signed claims are refused without an error', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...Object.keys(goodClaims).filter((one) => one !== 'nbf'), 'cnf'),
      fc.jsonValue(),
      async (claim, value) => {
        const verdict = await verifyToken(signed({ [claim]: value }), contextWith())
        assert.equal(verdict.kind, 'refused')
      },
    ),
    { numRuns: 300 },
  )
})
