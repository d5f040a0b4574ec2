import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { contextWith } from '../breakglass/issuing.ts'
import {
  aboutGrant,
  activeGrant,
  begin,
  breakGlassPolicy,
  fakeGrants,
  holder,
  hour,
  issuersWith,
  locked,
  loggedIn,
  minute,
  newGrant,
  reasonIn,
  replica,
  saying,
  scaling,
  scopeRow,
  type World,
} from './granting.ts'

describe('a grant that does not stand', () => {
  const rules = (text: string) => ({ policy: breakGlassPolicy({ rules: text }) })
  const cases: readonly (readonly [
    string,
    RegExp,
    Parameters<typeof activeGrant>[0],
    Partial<World>?,
  ])[] = [
    ['ended', /^GrantEnded: .*it was ended/, { spec: { ended: true } }],
    ['revoked', /^GrantEnded: .*revoked by bob/, { spec: { revoked: { by: 'bob' } } }],
    ['revoked by whatever', /^GrantEnded/, { spec: { revoked: 'yes' } }],
    [
      'expired, at the very second',
      /^GrantEnded: .*it has expired/,
      {},
      { now: () => begin + hour },
    ],
    ['being deleted', /^GrantEnded/, { metadata: { deletionTimestamp: '2026-08-23T02:14:30Z' } }],
    ['closed by its phase', /^GrantEnded: .*it is Revoked/, { status: { phase: 'Revoked' } }],
    ['of a key that was removed', /^GrantEnded: .*key is not trusted/, {}, { issuers: new Map() }],
    [
      'of a key after its time',
      /^GrantEnded/,
      {},
      { issuers: issuersWith({ notAfter: begin + 1 }) },
    ],
    [
      'of a key for somebody else',
      /^GrantOutOfScope/,
      {},
      { issuers: issuersWith({ users: ['bob'] }) },
    ],
    [
      'while break-glass is locked down',
      /^GrantEnded: .*locked down/,
      {},
      { policy: locked(breakGlassPolicy()) },
    ],
    ['pending', /^GrantPending/, { status: { phase: 'Pending' } }],
    [
      'without the approvals that are wanted',
      /^GrantPending/,
      { status: { approvals: [{ by: holder.username }] } },
      rules('{subjects: {groups: [sre-oncall]}, approvals: {required: 1, groups: [sre-lead]}}'),
    ],
    [
      'that nobody approved in time',
      /^GrantEnded: .*nobody approved/,
      { status: { phase: 'Pending' } },
      {
        ...rules(
          '{subjects: {groups: [sre-oncall]}, approvals: {required: 1, groups: [sre-lead]}}',
        ),
        now: () => begin + 15 * minute,
      },
    ],
    [
      'when no rule names its holder',
      /^GrantOutOfScope: .*no rule/,
      {},
      rules('{subjects: {groups: [other]}}'),
    ],
    ['used up', /^GrantExhausted: .*no uses left of 1/, { status: { maxUses: 1, uses: [use(1)] } }],
    [
      'longer than the policy lets it',
      /^GrantEnded/,
      { status: { expiresAt: '2036-01-01T00:00:00Z', activatedAt: '2036-01-01T00:00:00Z' } },
      { now: () => begin + hour },
    ],
    [
      'wider than the policy lets it',
      /^GrantOutOfScope/,
      {},
      rules(
        '{subjects: {groups: [sre-oncall]}, maxScope: [{resources: [pods], operations: [DELETE], namespaces: ["*"]}]}',
      ),
    ],
    [
      'with more uses than the policy lets it',
      /^GrantExhausted/,
      { status: { uses: [use(1)] } },
      rules('{subjects: {groups: [sre-oncall]}, maxUses: 1}'),
    ],
    [
      'of which the status is not as we write it',
      /^HumanWrite/,
      { status: { scope: [{ ...scopeRow, more: 1 }] } },
    ],
    [
      'for every resource',
      /^HumanWrite/,
      { status: { scope: [{ ...scopeRow, resources: ['*'] }] } },
    ],
    ['with uses that cannot be counted', /^HumanWrite/, { status: { uses: [{ n: 1 }] } }],
    [
      'forgotten long ago',
      /^HumanWrite/,
      { spec: { ended: true } },
      { now: () => begin + 3 * hour },
    ],
  ]
  for (const [title, expected, given, world = {}] of cases) {
    test(title, async () => {
      const grants = fakeGrants([activeGrant(given)])
      assert.match(saying(await replica({ ...world, grants })(scaling())), expected)
      assert.equal(grants.attempts(), 0)
    })
  }

  test('a re-run of its last use is answered as before', async () => {
    const grants = fakeGrants([activeGrant({ status: { maxUses: 1 } })])
    assert.equal(await reasonIn({ grants }), 'BreakGlass')
    assert.equal(await reasonIn({ grants }), 'BreakGlass')
    assert.equal(await reasonIn({ grants }, scaling({}, 9)), 'GrantExhausted')
  })
})

function use(n: number) {
  return { n, fingerprint: `sha256:${n}`, time: '2026-08-23T02:14:20Z' }
}

describe('who comes in another way than the grant was activated', () => {
  const bound = activeGrant()
  const ofToken = activeGrant({
    status: { subject: { username: holder.username, credential: 'token' } },
  })
  const cases: readonly (readonly [string, string, object, readonly string[]])[] = [
    ['another certificate', 'GrantOutOfScope', bound, ['X509SHA256=def']],
    ['a token in place of a certificate', 'GrantOutOfScope', bound, ['JTI=1']],
    ['an impersonator, who has neither', 'GrantOutOfScope', bound, []],
    ['two credentials at once', 'GrantOutOfScope', bound, ['X509SHA256=abc', 'X509SHA256=def']],
    ['a renewed token', 'BreakGlass', ofToken, ['JTI=2']],
    ['a certificate in place of a token', 'GrantOutOfScope', ofToken, ['X509SHA256=abc']],
    ['an impersonator of who has a token', 'GrantOutOfScope', ofToken, []],
    ['an impersonator, before the first use', 'GrantOutOfScope', newGrant(), []],
    [
      'another certificate than the creator named',
      'GrantOutOfScope',
      newGrant({ spec: { credential: 'X509SHA256=abc' } }),
      ['X509SHA256=def'],
    ],
    ['nothing but a name', 'GrantOutOfScope', newGrant({ spec: { credential: 'none' } }), []],
    [
      'another certificate than its token names',
      'GrantOutOfScope',
      newGrant({ claims: { cnf: { 'x5t#S256': 'q80'.padEnd(43, 'A') } } }),
      ['X509SHA256=abc'],
    ],
    [
      'the certificate that its token names',
      'BreakGlass',
      newGrant({ claims: { cnf: { 'x5t#S256': 'q80'.padEnd(43, 'A') } } }),
      [`X509SHA256=abcd${'00'.repeat(30)}`],
    ],
  ]
  for (const [title, expected, grant, ids] of cases) {
    test(title, async () => {
      const grants = fakeGrants([grant as ReturnType<typeof newGrant>])
      assert.equal(
        await reasonIn({ grants }, scaling({ user: loggedIn(holder, ...ids) })),
        expected,
      )
    })
  }

  test('who is known by other things comes with no credential, and with nothing else', async () => {
    const grants = fakeGrants([newGrant({ spec: { credential: 'none' } })])
    const cloud = { ...loggedIn(holder), extra: new Map([['arn', ['aws:alice']]]) }
    assert.equal(await reasonIn({ grants }, scaling({ user: cloud })), 'BreakGlass')
    const certain = loggedIn(holder, 'X509SHA256=abc')
    assert.equal(await reasonIn({ grants }, scaling({ user: certain }, 9)), 'GrantOutOfScope')
    const unbound = fakeGrants([newGrant()])
    assert.equal(await reasonIn({ grants: unbound }, scaling({ user: cloud })), 'GrantOutOfScope')
  })

  test('the first use binds', async () => {
    const unbound = activeGrant({ status: { subject: { username: holder.username } } })
    for (const grant of [newGrant(), unbound]) {
      const grants = fakeGrants([grant])
      assert.equal(await reasonIn({ grants }), 'BreakGlass')
      const user = loggedIn(holder, 'X509SHA256=def')
      assert.equal(await reasonIn({ grants }, scaling({ user }, 9)), 'GrantOutOfScope')
    }
  })

  test('another uid is another user', async () => {
    const grants = fakeGrants([activeGrant()])
    assert.equal(
      await reasonIn({ grants }, scaling({ user: { ...holder, uid: '7' } })),
      'GrantOutOfScope',
    )
  })
})

describe('a token that is still in its grant', () => {
  test('is judged at the time of its creation', async () => {
    const grants = fakeGrants([newGrant()])
    assert.equal(await reasonIn({ grants, now: () => begin + 40 * minute }), 'BreakGlass')
    const late = fakeGrants([newGrant({ createdAt: begin + hour })])
    assert.match(
      saying(await replica({ grants: late, now: () => begin + hour })(scaling())),
      /^GrantEnded: .*the token ended/,
    )
  })

  test('counts only under its own name', async () => {
    const stolen = { ...newGrant(), metadata: { ...newGrant().metadata, name: 'bg-other' } }
    assert.equal(await reasonIn({ grants: fakeGrants([stolen]) }), 'HumanWrite')
  })

  test('is believed rather than a status that says more', async () => {
    const forged = {
      ...newGrant(),
      status: activeGrant({ status: { scope: [{ ...scopeRow, names: ['web'] }] } }).status,
    }
    assert.equal(
      await reasonIn({ grants: fakeGrants([forged]) }, scaling({ name: 'web' })),
      'HumanWrite',
    )
  })

  test('of a removed key admits nothing', async () => {
    const grants = fakeGrants([newGrant()])
    const { issuers } = contextWith()
    const none = new Map([...issuers].map(([iss, one]) => [iss, { ...one, keys: new Map() }]))
    assert.equal(await reasonIn({ grants, issuers: none }), 'GrantEnded')
  })
})

test('a key that is taken away counts no more for the very next write, nor for a new grant', async () => {
  const grants = fakeGrants([activeGrant()])
  let issuers = contextWith().issuers
  const world = { grants, freshIssuers: () => Promise.resolve(issuers) }
  assert.equal(await reasonIn(world), 'BreakGlass')
  issuers = new Map()
  const said = saying(await replica(world)(scaling({}, 6)))
  assert.match(said, /^GrantEnded: .*its key is not trusted any more/)
  const creation = aboutGrant({ operation: 'CREATE', object: newGrant() })
  assert.match(saying(await replica({ ...world, now: () => begin })(creation)), /UnknownIssuer/)
})

test('a lockdown lets nobody make a grant', async () => {
  const policy = locked(breakGlassPolicy())
  const creation = aboutGrant({ operation: 'CREATE', object: newGrant() })
  const decide = replica({ grants: fakeGrants(), policy, now: () => begin })
  assert.match(saying(await decide(creation)), /^TokenRefused: .*Lockdown: .*locked down/)
})
