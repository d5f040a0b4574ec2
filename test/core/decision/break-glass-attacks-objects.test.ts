import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { AdmissionRequest } from '../../../src/core/admission/request.ts'
import { approvalName, scopeDigest } from '../../../src/core/breakglass/approval.ts'
import { momentText } from '../../../src/core/breakglass/moment.ts'
import { fillStatus, type Activation } from '../../../src/core/breakglass/next-status.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { account } from '../../fakes/requests.ts'
import { goodDetail, minted } from '../breakglass/issuing.ts'
import { gvk, gvr, own } from './deciding.ts'
import {
  aboutGrant,
  activeGrant,
  begin,
  breakGlassPolicy,
  fakeGrants,
  grantName,
  holder,
  loggedIn,
  minute,
  newGrant,
  reasonIn,
  replica,
  saying,
  scopeRow,
} from './granting.ts'

const ours = account(own.namespace, 'solewriter-controller')
const stored = { metadata: { resourceVersion: '1' } }

/** What serve makes of a token that was admitted here. */
async function activated(
  claims: Readonly<Record<string, unknown>> = {},
  policy = breakGlassPolicy(),
): Promise<Activation> {
  let seen: Activation | undefined
  const onActivation = (activation: Activation) => {
    seen = activation
  }
  const decide = replica({ grants: fakeGrants(), policy, onActivation })
  const object = newGrant({ claims })
  await decide(aboutGrant({ operation: 'CREATE', object, name: object.metadata.name }))
  return seen ?? assert.fail('it was not activated')
}

function filledBy(activation: Activation, object: JsonObject): JsonObject {
  const filled = fillStatus(activation, object)
  return filled.kind === 'store' ? filled.status : assert.fail('it was not filled')
}

describe('whoever holds our own token', () => {
  const filling = (status: JsonObject, before: JsonObject = newGrant(stored)) =>
    replica({ grants: fakeGrants() })(
      aboutGrant({
        operation: 'UPDATE',
        subresource: 'status',
        user: ours,
        oldObject: before,
        object: { ...before, status },
      }),
    )

  test('fills a status with what the token says', async () => {
    const status = filledBy(await activated(), newGrant(stored))
    assert.equal(saying(await filling(status)), 'OwnObject')
  })

  test('and with what the rule leaves of it, whatever rule another replica knows', async () => {
    const rules = [
      '{subjects: {groups: [sre-oncall]}, maxScope: [{resources: ["*"], operations: [UPDATE], namespaces: ["pay*"], names: ["ap*"], labels: [tier=web], fields: [spec.replicas]}], maxSession: 10m, maxUses: 3}',
      '{subjects: {groups: [sre-oncall]}, approvals: {required: 1, groups: [sre-lead]}}',
      '{subjects: {users: [alice@acme.example]}, maxScope: [{resources: [deployments.apps], operations: [UPDATE, DELETE], namespaces: [payments], fields: ["*"]}, {resources: [deployments.apps/scale], operations: [UPDATE], namespaces: ["*"], fields: [spec]}]}',
    ]
    for (const one of rules) {
      const activation = await activated({}, breakGlassPolicy({ rules: one }))
      const status = filledBy(activation, newGrant(stored))
      assert.equal(saying(await filling(status)), 'OwnObject', one)
    }
  })

  const everything = {
    resources: ['secrets'],
    operations: ['UPDATE', 'DELETE'],
    namespaces: ['*'],
    fields: ['*'],
  }
  const forged: readonly (readonly [string, JsonObject, RegExp])[] = [
    ['scope', { scope: [everything] }, /scope/],
    ['scope beside that of the token', { scope: [scopeRow, everything] }, /scope/],
    ['scope without names', { scope: [{ ...scopeRow, names: ['a*'] }] }, /scope/],
    ['number of uses', { maxUses: 11 }, /maxUses/],
    ['end', { expiresAt: '2036-01-01T00:00:00Z' }, /expiresAt/],
    ['session', { sessionSeconds: 3601 }, /sessionSeconds/],
    ['holder', { subject: { username: 'mallory' } }, /token/],
    ['key', { kid: 'other' }, /kid/],
    ['issuer', { issuer: 'other' }, /issuer/],
    ['digest', { tokenSHA256: 'ab'.repeat(32) }, /tokenSHA256/],
    ['reason', { reason: 'because of the weather today' }, /reason/],
    ['incident', { incident: 'PD-0' }, /incident/],
    ['approval', { approvals: [{ by: 'bob' }] }, /approvals/],
  ]
  for (const [what, change, why] of forged) {
    test(`cannot fill it with another ${what}`, async () => {
      const status = filledBy(await activated(), newGrant(stored))
      assert.match(
        saying(await filling({ ...status, ...change })),
        new RegExp(`^Protected: .*${why.source}`),
      )
    })
  }

  test('cannot fill it by halves', async () => {
    const { scope: _, ...half } = filledBy(await activated(), newGrant(stored))
    assert.equal(saying(await filling(half)), 'OwnObject', 'which gives nothing')
    assert.equal(
      await reasonIn({ grants: fakeGrants([{ ...newGrant(), status: half }]) }),
      'HumanWrite',
    )
    const before = { ...newGrant(stored), status: half }
    const whole = { ...half, scope: [everything] }
    assert.match(saying(await filling(whole, before)), /^Protected: .*scope/)
    assert.match(saying(await filling(whole, { ...before, spec: {} })), /^Protected: .*token/)
  })

  const use = { n: 1, fingerprint: 'sha256:1', time: '2026-08-23T02:14:20Z', state: 'Admitted' }

  test('does not choose who has to approve', async () => {
    const wanted = (group: string) => ({
      ...activeGrant().status,
      phase: 'Pending',
      approvalsWanted: { required: 1, groups: [group] },
    })
    const before = { ...activeGrant(stored), status: wanted('sre-lead') }
    assert.match(saying(await filling(wanted('friends'), before)), /^Protected: .*approvalsWanted/)
  })

  test('hides no use from the post-mortem', async () => {
    const telling = (uses: readonly JsonObject[], next: readonly JsonObject[]) =>
      replica({ grants: fakeGrants() })({
        user: ours,
        operation: 'UPDATE',
        resource: gvr('postmortems', 'solewriter.dev', 'v1alpha1'),
        kind: gvk('PostMortem', 'solewriter.dev', 'v1alpha1'),
        subresource: 'status',
        namespace: '',
        name: 'pm-1',
        oldObject: { spec: { grant: grantName }, status: { uses } },
        object: { spec: { grant: grantName }, status: { uses: next } },
      })
    assert.equal(saying(await telling([], [use])), 'OwnObject')
    assert.equal(saying(await telling([use], [{ ...use, state: 'Committed' }])), 'OwnObject')
    assert.match(saying(await telling([use], [])), /^Protected: .*forgotten/)
  })

  test('cannot leave the session out of it', async () => {
    const { sessionSeconds: _, ...status } = filledBy(await activated(), newGrant(stored))
    assert.match(saying(await filling(status)), /^Protected: .*sessionSeconds/)
  })

  test('cannot fill the status of a grant whose token nobody can hold it against', async () => {
    const status = filledBy(await activated(), newGrant(stored))
    const before = { ...newGrant(stored), spec: {} }
    assert.match(saying(await filling(status, before)), /^Protected: .*token/)
  })
})

describe('a session that is shorter than that of the rule', () => {
  test('ends when it said, though the end is not written', async () => {
    const status = { expiresAt: null, activatedAt: momentText(begin), sessionSeconds: 300 }
    const { expiresAt: _, ...kept } = { ...activeGrant().status, ...status }
    const grant = { ...activeGrant(), status: kept }
    const world = (after: number) => ({ grants: fakeGrants([grant]), now: () => begin + after })
    assert.equal(await reasonIn(world(4 * minute)), 'BreakGlass')
    assert.equal(await reasonIn(world(5 * minute)), 'GrantEnded')
  })
})

describe('a token whose jti another one has too', () => {
  test('fills no status of the other', async () => {
    const broad = await activated({
      authorization_details: [{ ...goodDetail, names: ['api', 'web'] }],
    })
    const filled = fillStatus(broad, newGrant(stored))
    assert.equal(filled.kind, 'leave')
  })
})

describe('a token at the edge of its time', () => {
  const creating = (createdAt: number, now: number) => {
    const object = newGrant({ createdAt })
    const changes = aboutGrant({ operation: 'CREATE', object })
    return replica({ grants: fakeGrants(), now: () => now })(changes)
  }
  const end = (minted + 900 + 30) * 1000

  test('is good exactly if it is good for every later use', async () => {
    for (const [createdAt, now] of [
      [end - 20_000, end + 20_000],
      [end + 20_000, end - 20_000],
      [(minted - 50) * 1000, minted * 1000],
    ] as const) {
      const created = await creating(createdAt, now)
      const grants = fakeGrants([newGrant({ ...stored, createdAt })])
      const used = await reasonIn({ grants, now: () => createdAt + 1000 })
      assert.equal(created.allowed, used === 'BreakGlass', saying(created))
    }
  })

  test('keeps its name until no clock takes it any more', async () => {
    const createdAt = (minted - 30) * 1000
    const archived = activeGrant({
      createdAt,
      status: { conditions: [{ type: 'Archived', status: 'True' }] },
    })
    const deleting = aboutGrant({ operation: 'DELETE', oldObject: archived, object: null })
    // Our clock is a minute ahead of that of the API server, by which a token is good.
    const now = () => end + minute - 1000
    assert.equal((await creating(end - 1000, end - 1000)).allowed, true)
    assert.equal((await replica({ grants: fakeGrants(), now })(deleting)).allowed, false)
  })
})

describe('somebody with a grant of somebody else', () => {
  test('does not keep it from being used by changing what nobody sees', async () => {
    const managed = (manager: string) =>
      activeGrant({ metadata: { managedFields: [{ manager, operation: 'Update' }] } })
    const decide = replica({ grants: fakeGrants() })
    const updating = (object: JsonObject) =>
      decide(
        aboutGrant({
          user: { ...holder, username: 'bob' },
          operation: 'UPDATE',
          oldObject: managed('a'),
          object,
        }),
      )
    assert.match(saying(await updating(managed('b'))), /^Protected/)
    assert.equal(saying(await updating(managed('a'))), 'OwnObject')
  })
})

describe('the consent of somebody else', () => {
  const waiting = activeGrant({
    status: { phase: 'Pending', approvalsWanted: { required: 1, groups: ['sre-lead'] } },
  })
  const bob = { ...loggedIn(holder, 'JTI=1'), username: 'bob', groups: ['sre-lead'] }
  const approving = (changes: Partial<AdmissionRequest> = {}): Partial<AdmissionRequest> => ({
    user: bob,
    operation: 'CREATE',
    resource: gvr('breakglassapprovals', 'solewriter.dev', 'v1alpha1'),
    kind: gvk('BreakGlassApproval', 'solewriter.dev', 'v1alpha1'),
    namespace: '',
    name: 'a',
    object: {
      metadata: { name: approvalName(grantName, 'bob') },
      spec: { grant: grantName, by: 'bob', group: 'sre-lead', scope: scopeDigest(waiting) },
    },
    ...changes,
  })

  test('is not that of a holder who impersonates them', async () => {
    const decide = replica({ grants: fakeGrants([waiting]) })
    assert.equal(saying(await decide(approving())), 'OwnObject')
    const impersonated = { ...bob, uid: '', extra: new Map() }
    assert.match(
      saying(await decide(approving({ user: impersonated }))),
      /^Protected: .*impersonates/,
    )
  })
})

describe('the review of a post-mortem', () => {
  const spec = (review?: JsonObject) => ({
    spec: { grant: grantName, ...(review && { review }) },
    status: { holder: 'alice' },
  })
  const reviewing = (before: JsonObject, after: JsonObject) =>
    replica({ grants: fakeGrants() })({
      user: holder,
      operation: 'UPDATE',
      resource: gvr('postmortems', 'solewriter.dev', 'v1alpha1'),
      kind: gvk('PostMortem', 'solewriter.dev', 'v1alpha1'),
      namespace: '',
      name: 'pm-1',
      oldObject: before,
      object: after,
    })
  const bobs = spec({ by: 'bob', text: 'it was in vain' })

  test('says who wrote it', async () => {
    const mine = spec({ by: holder.username, text: 'fine' })
    assert.equal(saying(await reviewing(spec(), mine)), 'OwnObject')
    assert.equal(saying(await reviewing(bobs, bobs)), 'OwnObject')
    assert.match(saying(await reviewing(spec(), spec({ text: 'fine' }))), /^Protected/)
  })

  test('is not taken away', async () => {
    assert.match(saying(await reviewing(bobs, spec())), /^Protected/)
    assert.match(saying(await reviewing(bobs, spec({}))), /^Protected/)
  })
})
