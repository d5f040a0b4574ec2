import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { AdmissionRequest } from '../../../src/core/admission/request.ts'
import { toRecord } from '../../../src/core/audit/record.ts'
import type { Decision } from '../../../src/core/decision/decision.ts'
import { at, type JsonObject } from '../../../src/core/manifest/json.ts'
import type { Policy } from '../../../src/core/policy/schema.ts'
import { account, request } from '../../fakes/requests.ts'
import { goodBg } from '../breakglass/issuing.ts'
import { own } from './deciding.ts'
import {
  aboutGrant,
  activeGrant,
  begin,
  breakGlassPolicy,
  deployment,
  fakeGrants,
  grantName,
  holder,
  loggedIn,
  locked,
  minute,
  newGrant,
  replica,
  saying,
  scaling,
  tokenWith,
  warningsOf,
  type World,
} from './granting.ts'

// A token in an annotation, for tools that cannot make a grant.

const annotation = 'solewriter.dev/break-glass'
const carrying = (token = tokenWith()) => ({ annotations: { [annotation]: token } })

function on(policy: ReturnType<typeof breakGlassPolicy>): Policy {
  const { spec } = policy
  return {
    ...policy,
    spec: { ...spec, breakGlass: { ...spec.breakGlass, annotationCarrier: true } },
  }
}

/** Alice scales to five, and brings a token. */
function bringing(token = tokenWith(), changes: Partial<AdmissionRequest> = {}) {
  const object = deployment({ replicas: 5 }, carrying(token))
  return scaling({ object, ...changes })
}

function ground(world: Partial<World> = {}) {
  const grants = fakeGrants()
  grants.now = () => begin
  const around = { grants, policy: on(breakGlassPolicy()), now: () => begin, ...world }
  return { grants, around, decide: replica(around) }
}

describe('a write that brings a token', () => {
  test('makes the grant, and is its first use', async () => {
    const { grants, decide } = ground()
    const decision = await decide(bringing())
    assert.equal(saying(decision), 'BreakGlass')
    assert.match(warningsOf(decision)[0] ?? '', new RegExp(`${grantName} use 1/10`))
    const stored = grants.stored(grantName)
    assert.equal(at(stored, 'spec', 'credential'), 'X509SHA256=abc')
    assert.equal(at(stored, 'status', 'subject', 'username'), holder.username)
    const [use] = grants.usesOf(grantName)
    assert.deepEqual(at(use, 'paths'), ['spec.replicas'])
  })

  test('leaves the token in no record, use or message', async () => {
    const { grants, decide } = ground()
    const token = tokenWith()
    const decisions: Decision[] = [await decide(bringing()), await decide(bringing(`${token}x`))]
    const records = decisions.map((decision) =>
      toRecord({
        request: request(bringing()),
        decision,
        digests: decision,
        time: '2026-08-23T02:15:00.000Z',
        cluster: 'c',
        latencyMs: 1,
        config: 'c',
        peer: undefined,
      }),
    )
    const told = JSON.stringify([
      records,
      decisions.map(saying),
      grants.stored(grantName)?.['status'],
    ])
    for (const part of token.split('.')) assert.ok(!told.includes(part))
  })

  test('may create an object, which is covered but for the token', async () => {
    const detail = { operations: ['CREATE'], apiGroups: ['apps'], resources: ['deployments'] }
    const where = { type: 'urn:solewriter:k8s-write:v1', namespaces: ['payments'], names: ['api'] }
    const fields = [
      'spec',
      'metadata.name',
      'metadata.namespace',
      'metadata.uid',
      'apiVersion',
      'kind',
    ]
    const details = { ...where, ...detail, fields: [...fields, 'metadata.resourceVersion'] }
    const token = tokenWith({ authorization_details: [details] })
    const creation = bringing(token, { operation: 'CREATE' })
    const { decide } = ground()
    assert.equal(saying(await decide({ ...creation, oldObject: null })), 'BreakGlass')
  })

  test('is asked about again by the API server, at another replica: one grant, one use', async () => {
    const { grants, around } = ground()
    const answers = await Promise.all([1, 2, 3].map(() => replica(around)(bringing())))
    assert.deepEqual(answers.map(saying), ['BreakGlass', 'BreakGlass', 'BreakGlass'])
    assert.equal(saying(await replica(around)(bringing())), 'BreakGlass')
    assert.equal(grants.usesOf(grantName).length, 1)
  })

  test('makes none in a dry run', async () => {
    const { grants, decide } = ground()
    assert.equal(saying(await decide(bringing(undefined, { dryRun: true }))), 'BreakGlass')
    assert.equal(grants.stored(grantName), undefined)
  })

  test('makes none for what the token does not cover, and it stays good', async () => {
    const { grants, decide } = ground()
    const object = deployment({ replicas: 5, paused: true }, carrying())
    const decision = await decide(scaling({ object }))
    assert.match(saying(decision), /^GrantOutOfScope: .*spec\.paused is outside/)
    assert.equal(grants.stored(grantName), undefined)
    assert.equal(saying(await decide(bringing())), 'BreakGlass')
  })

  test('does not hide other annotations', async () => {
    const { decide } = ground()
    const annotations = { ...carrying().annotations, [`${annotation}2`]: 'x' }
    const object = deployment({ replicas: 5 }, { annotations })
    assert.match(saying(await decide(scaling({ object }))), /^GrantOutOfScope: .*break-glass2/)
  })
})

describe('an annotation is no grant', () => {
  const refusals: readonly (readonly [
    string,
    RegExp,
    Partial<AdmissionRequest>,
    Partial<World>?,
  ])[] = [
    ['unless the policy says so', /^HumanWrite/, bringing(), { policy: breakGlassPolicy() }],
    [
      'that stood there before',
      /^HumanWrite/,
      bringing(undefined, { oldObject: deployment({ replicas: 3 }, carrying()) }),
    ],
    [
      'with a token for somebody else',
      /^TokenRefused: .*WrongUser/,
      bringing(tokenWith({ sub: 'bob' })),
    ],
    [
      'of whoever impersonates its holder',
      /^TokenRefused: .*Credential/,
      bringing(undefined, { user: loggedIn(holder) }),
    ],
    [
      'with a token that is over',
      /^TokenRefused: .*Expired/,
      bringing(),
      { now: () => begin + 16 * minute },
    ],
    ['with a token that is none', /^TokenRefused: .*Malformed/, bringing('x')],
    [
      'with a token that was tampered with',
      /^TokenRefused/,
      bringing(`${tokenWith().slice(0, -4)}AAAA`),
    ],
    [
      'with a reason that the rule does not take',
      /^TokenRefused: .*Reason/,
      bringing(tokenWith({ bg: { ...goodBg, reason: 'short' } })),
    ],
    [
      'where others have to approve',
      /^GrantPending/,
      bringing(),
      {
        policy: on(
          breakGlassPolicy({
            rules:
              '{subjects: {groups: [sre-oncall]}, approvals: {required: 1, groups: [sre-lead]}}',
          }),
        ),
      },
    ],
    [
      'in a lockdown',
      /^TokenRefused: .*Lockdown/,
      bringing(),
      { policy: locked(on(breakGlassPolicy())) },
    ],
    [
      'on a subresource, whatever its body carries',
      /^HumanWrite/,
      bringing(undefined, { subresource: 'scale' }),
    ],
    [
      'of an object that goes',
      /^HumanWrite/,
      bringing(undefined, {
        operation: 'DELETE',
        object: null as never,
        oldObject: deployment({}, carrying()),
      }),
    ],
  ]
  for (const [title, expected, changes, world] of refusals) {
    test(title, async () => {
      const { grants, decide } = ground(world)
      assert.match(saying(await decide(changes)), expected)
      assert.equal(grants.stored(grantName), undefined)
    })
  }

  test('once its token is spent: a rollback, or a copy on another object', async () => {
    const ended = activeGrant({ spec: { ended: true } })
    const { grants, decide } = ground({ grants: fakeGrants([ended]) })
    assert.match(saying(await decide(bringing())), /^GrantEnded/)
    const other = bringing(undefined, { name: 'web' })
    assert.match(saying(await decide(other)), /^(?:GrantEnded|HumanWrite)/)
    assert.deepEqual(grants.usesOf(grantName), [])
  })

  test('and somebody else who edits the object next carries nothing', async () => {
    const { around } = ground()
    assert.equal(saying(await replica(around)(bringing())), 'BreakGlass')
    const bob = { ...loggedIn(holder, 'X509SHA256=bobs'), username: 'bob' }
    const oldObject = deployment({ replicas: 5 }, carrying())
    const object = deployment({ replicas: 6 }, carrying())
    const next = { ...bringing(), user: bob, oldObject, object }
    assert.match(saying(await replica(around)(next)), /^HumanWrite/)
    const copied = { ...next, oldObject: deployment({ replicas: 5 }), name: 'web' }
    assert.match(saying(await replica(around)(copied)), /^TokenRefused: .*WrongUser/)
  })

  test('where no grant can be made, and nothing is let through', async () => {
    const { around, grants } = ground()
    grants.create = () => Promise.reject(new Error('no'))
    await assert.rejects(replica(around)(bringing()))
    const { around: late, grants: others } = ground()
    others.faults.record = () => 'failed'
    assert.match(saying(await replica(late)(bringing())), /^RecordFailed/)
  })

  test('but does not take another grant away', async () => {
    const jti = '0198c1d2-7c1e-7b2f-9a53-000000000001'
    const grants = fakeGrants([newGrant({ claims: { jti }, metadata: { resourceVersion: '1' } })])
    const fields = ['spec.replicas', `metadata.annotations["${annotation}"]`]
    const wide = activeGrant({
      claims: { jti },
      status: {
        scope: [
          {
            resources: ['deployments.apps'],
            operations: ['UPDATE'],
            namespaces: ['payments'],
            fields,
          },
        ],
      },
    })
    grants.put(wide)
    const { decide } = ground({ grants })
    assert.equal(saying(await decide(bringing('rubbish'))), 'BreakGlass')
    assert.equal(grants.usesOf(`bg-${jti}`).length, 1)
  })
})

describe('our own account', () => {
  const ours = account(own.namespace, 'solewriter-controller')
  const object: JsonObject = newGrant({ spec: { credential: 'X509SHA256=abc' } })
  const creating = (changes: Partial<AdmissionRequest> = {}) =>
    aboutGrant({ operation: 'CREATE', user: ours, object, ...changes })

  test('makes a grant of a good token, where the policy has it', async () => {
    assert.equal(saying(await ground().decide(creating())), 'OwnObject')
    const off = ground({ policy: breakGlassPolicy() })
    assert.match(saying(await off.decide(creating())), /^Protected: .*people make grants/)
  })

  const bad: readonly (readonly [string, RegExp, Json])[] = [
    ['no token', /has to be the token/, { credential: 'X509SHA256=abc' }],
    ['no credential', /whose it is/, { token: tokenWith() }],
    ['a bad token', /./, { token: `${tokenWith()}A`, credential: 'none' }],
    ['an old token', /./, { token: tokenWith({ exp: 1, iat: 0, nbf: 0 }), credential: 'none' }],
  ]
  for (const [title, why, spec] of bad) {
    test(`makes none with ${title}`, async () => {
      const decision = await ground().decide(creating({ object: { ...object, spec } }))
      assert.match(saying(decision), /^Protected/)
      assert.match(saying(decision), why)
    })
  }

  test('gives it no other name, and fills in nothing', async () => {
    const metadata = { ...(object['metadata'] as JsonObject), name: 'bg-other' }
    const { decide } = ground()
    assert.match(saying(await decide(creating({ object: { ...object, metadata } }))), /^Protected/)
    const status = { phase: 'Active' }
    assert.match(saying(await decide(creating({ object: { ...object, status } }))), /^Protected/)
  })
})

type Json = JsonObject
