import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { AdmissionRequest } from '../../../src/core/admission/request.ts'
import { at } from '../../../src/core/manifest/json.ts'
import { commitA } from '../../fakes/git.ts'
import { deployer } from '../../fakes/requests.ts'
import { goodDetail } from '../breakglass/issuing.ts'
import { gvk, gvr } from './deciding.ts'
import {
  activeGrant,
  begin,
  breakGlassPolicy,
  deployment,
  fakeGrants,
  grantName,
  holder,
  minute,
  newGrant,
  reasonIn,
  replica,
  saying,
  scaling,
  scopeRow,
  warningsOf,
  type World,
} from './granting.ts'

describe('a human with a grant that covers the write', () => {
  test('is let through once the use is stored, and told so', async () => {
    const grants = fakeGrants([activeGrant()])
    const decision = await replica({ grants })(scaling())
    assert.equal(decision.verdict.reason, 'BreakGlass')
    assert.equal(decision.verdict.rule, grantName)
    assert.deepEqual(warningsOf(decision), [
      `BREAK-GLASS ${grantName} use 1/10, expires 2026-08-23T03:14:20Z`,
    ])
    const [use] = grants.usesOf(grantName)
    assert.equal(at(use, 'decisionId'), decision.id)
    assert.deepEqual(at(use, 'paths'), ['spec.replicas'])
    assert.deepEqual(at(use, 'tips'), [{ repository: 'fleet', branch: 'main', commit: commitA }])
    assert.equal(at(use, 'state'), 'Admitted')
  })

  test('with the controller dead the token itself is verified, and the status filled', async () => {
    const grants = fakeGrants([newGrant()])
    assert.equal(await reasonIn({ grants }), 'BreakGlass')
    const status = at(grants.stored(grantName), 'status')
    assert.equal(at(status, 'phase'), 'Active')
    assert.equal(at(status, 'incident'), 'PD-Q2XR')
    assert.deepEqual(at(status, 'subject'), {
      username: holder.username,
      uid: '',
      credential: 'X509SHA256=abc',
    })
    assert.equal(grants.usesOf(grantName).length, 1)
    // What was filled in is what the next use is judged by.
    assert.equal(await reasonIn({ grants }, scaling({}, 6)), 'BreakGlass')
    assert.equal(grants.usesOf(grantName).length, 2)
  })

  test('what others keep in the status stays', async () => {
    const deliveries = { pager: { lastUse: 0 } }
    const grants = fakeGrants([activeGrant({ status: { deliveries } })])
    await reasonIn({ grants })
    assert.deepEqual(at(grants.stored(grantName), 'status', 'deliveries'), deliveries)
  })

  test('the same request again is the same use, for a minute', async () => {
    const grants = fakeGrants([activeGrant({ status: { maxUses: 1 } })])
    let now = begin + minute
    const decide = replica({ grants, now: () => now })
    await decide(scaling())
    now += minute
    const again = await decide(scaling({ uid: 'another', object: moved(5) }))
    assert.equal(again.verdict.reason, 'BreakGlass')
    assert.equal(grants.usesOf(grantName).length, 1)
    now += 1_000
    assert.equal((await decide(scaling())).verdict.reason, 'GrantExhausted')
  })

  test('a dry run gets the same answer and is no use', async () => {
    const grants = fakeGrants([activeGrant({ status: { maxUses: 1 } })])
    const decision = await replica({ grants })(scaling({ dryRun: true }))
    assert.equal(decision.verdict.reason, 'BreakGlass')
    assert.match(warningsOf(decision)[0] ?? '', /dry run/)
    assert.equal(grants.attempts(), 0)
    await reasonIn({ grants })
    const late = await replica({ grants })(scaling({ dryRun: true }, 7))
    assert.equal(late.verdict.reason, 'GrantExhausted')
  })

  test('of several the narrowest is used, else the oldest', async () => {
    const wide = { ...scopeRow, namespaces: ['*'] }
    const named = (n: number, given: Parameters<typeof activeGrant>[0]) =>
      activeGrant({ ...given, claims: { jti: `0198c1d2-7c1e-7b2f-9a53-00000000000${n}` } })
    const grants = fakeGrants([
      named(1, { status: { scope: [wide] } }),
      named(2, { createdAt: begin + 1_000 }),
      named(3, {}),
    ])
    const decision = await replica({ grants })(scaling())
    assert.equal(decision.verdict.rule, 'bg-0198c1d2-7c1e-7b2f-9a53-000000000003')
  })

  test('the next one serves when the first is used up in the meantime', async () => {
    const other = 'bg-0198c1d2-7c1e-7b2f-9a53-000000000009'
    const first = activeGrant({ status: { maxUses: 1 } })
    const second = activeGrant({
      claims: { jti: other.slice(3) },
      status: { scope: [{ ...scopeRow, namespaces: ['*'] }] },
    })
    const grants = fakeGrants([first, second])
    grants.seen = [first, second].map((one) => ({
      ...one,
      metadata: { ...one.metadata, resourceVersion: '1' },
    }))
    await replica({ grants })(scaling())
    const decision = await replica({ grants })(scaling({}, 8))
    assert.equal(decision.verdict.rule, other)
  })

  test('nothing is denied for what a watch saw before', async () => {
    const other = 'bg-0198c1d2-7c1e-7b2f-9a53-000000000009'
    const grants = fakeGrants([activeGrant({ status: { maxUses: 1 } })])
    const early = grants.stored(grantName)
    await replica({ grants })(scaling())
    grants.put(activeGrant({ claims: { jti: other.slice(3) } }))
    grants.seen = early === undefined ? [] : [early]
    const decision = await replica({ grants })(scaling({}, 8))
    assert.equal(decision.verdict.rule, other)
    assert.equal(grants.usesOf(grantName).length, 1)
  })

  test('nothing is allowed for it either, in a dry run', async () => {
    const grants = fakeGrants([activeGrant()])
    const early = grants.stored(grantName)
    grants.seen = early === undefined ? [] : [early]
    grants.put(activeGrant({ spec: { revoked: { by: 'bob' } } }))
    for (const dryRun of [true, false]) {
      assert.equal(await reasonIn({ grants }, scaling({ dryRun })), 'GrantEnded')
    }
  })

  test('one that no watch has seen yet is found', async () => {
    const grants = fakeGrants([newGrant()])
    grants.seen = []
    assert.equal(await reasonIn({ grants }), 'BreakGlass')
  })
})

function moved(replicas: number) {
  return deployment({ replicas }, { resourceVersion: '9', generation: 3, managedFields: [{}] })
}

describe('who has no grant, or one for something else', () => {
  const cases: readonly (readonly [string, RegExp, Partial<AdmissionRequest>, Partial<World>?])[] =
    [
      [
        'another field',
        /^GrantOutOfScope: .*spec\.paused is outside of grant bg-/,
        scaling({ object: deployment({ replicas: 5, paused: true }) }),
      ],
      ['another object', /^GrantOutOfScope: .*: the name web is outside/, scaling({ name: 'web' })],
      [
        'another namespace',
        /^GrantOutOfScope: .*: namespace shop is outside/,
        scaling({ namespace: 'shop' }),
      ],
      [
        'another operation',
        /^GrantOutOfScope: .*: DELETE of deployments.apps is outside/,
        scaling({ operation: 'DELETE', object: null }),
      ],
      [
        'another resource',
        /^GrantOutOfScope/,
        scaling({ resource: gvr('statefulsets', 'apps'), kind: gvk('StatefulSet', 'apps') }),
      ],
      [
        'the owner, which no * covers',
        /^GrantOutOfScope: .*metadata\.ownerReferences/,
        scaling({ object: deployment({ replicas: 3 }, { ownerReferences: [{ uid: 'o' }] }) }),
        {
          grants: fakeGrants([
            activeGrant({ status: { scope: [{ ...scopeRow, fields: ['*'] }] } }),
          ]),
        },
      ],
      [
        'who owns which field, and nothing else',
        /^GrantOutOfScope: .*metadata\.managedFields/,
        scaling({ object: deployment({ replicas: 3 }, { managedFields: [{ manager: 'me' }] }) }),
      ],
      [
        'one that has not the labels',
        /^GrantOutOfScope: .*: what has no such labels is outside/,
        scaling(),
        {
          grants: fakeGrants([
            activeGrant({ status: { scope: [{ ...scopeRow, labels: ['a=b'] }] } }),
          ]),
        },
      ],
      [
        'labels that the write itself sets',
        /^GrantOutOfScope: .*: what has no such labels is outside/,
        scaling({ object: deployment({ replicas: 3 }, { labels: { a: 'b' } }) }),
        {
          grants: fakeGrants([
            activeGrant({ status: { scope: [{ ...scopeRow, labels: ['a=b'], fields: ['*'] }] } }),
          ]),
        },
      ],
      [
        'nothing at all, on a subresource',
        /^GrantOutOfScope: .*: a write that changes nothing is outside/,
        scaling({ subresource: 'scale', object: deployment({ replicas: 3 }) }),
      ],
      ['another user', /^HumanWrite/, scaling({ user: { ...holder, username: 'bob' } })],
      ['a writer', /^EvidenceMissing/, scaling({ user: deployer })],
      ['nobody with a grant', /^HumanWrite/, scaling(), { grants: fakeGrants() }],
    ]
  for (const [title, expected, changes, world = {}] of cases) {
    test(title, async () => {
      const grants = world.grants ?? fakeGrants([activeGrant()])
      assert.match(saying(await replica({ ...world, grants })(changes)), expected)
      assert.equal(grants.attempts(), 0)
    })
  }
})

describe('protected objects', () => {
  test('stay protected', async () => {
    const claims = {
      authorization_details: [
        {
          ...goodDetail,
          resources: ['clusterroles'],
          apiGroups: ['rbac.authorization.k8s.io'],
          namespaces: undefined,
          fields: ['*'],
          names: ['x'],
        },
      ],
    }
    const grants = fakeGrants([newGrant({ claims })])
    const changes = {
      user: holder,
      operation: 'UPDATE',
      resource: gvr('clusterroles', 'rbac.authorization.k8s.io'),
      name: 'x',
      namespace: '',
    } as const
    const role = (verb: string) => ({
      rules: [{ apiGroups: [''], resources: ['users'], verbs: [verb] }],
    })
    const harmless = { ...changes, oldObject: role('get'), object: role('list') }
    assert.equal(await reasonIn({ grants }, harmless), 'BreakGlass')
    const harmful = { ...changes, oldObject: role('get'), object: role('impersonate') }
    assert.equal(await reasonIn({ grants }, harmful), 'Protected')
  })
})

describe('where denials are only recorded', () => {
  for (const mode of ['audit', 'warn']) {
    test(`no grant is used under ${mode}`, async () => {
      const grants = fakeGrants([activeGrant()])
      const policy = breakGlassPolicy({ mode })
      const decision = await replica({ grants, policy })(scaling())
      assert.equal(decision.verdict.reason, 'HumanWrite')
      assert.equal(decision.allowed, true)
      assert.equal(grants.attempts(), 0)
    })
  }

  test('what is sealed stays so', async () => {
    const grants = fakeGrants([activeGrant()])
    assert.equal(await reasonIn({ grants, policy: breakGlassPolicy({ mode: 'sealed' }) }), 'Sealed')
  })
})
