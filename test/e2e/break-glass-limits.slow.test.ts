import assert from 'node:assert/strict'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { approvalName, scopeDigest } from '../../src/core/breakglass/approval.ts'
import { momentOf } from '../../src/core/breakglass/moment.ts'
import { stringAt, type JsonObject } from '../../src/core/manifest/json.ts'
import { otherKey } from '../core/breakglass/issuing.ts'
import {
  grants,
  patch,
  postMortems,
  scaleTo,
  scaling,
  startGround,
  type Ground,
} from './break-glass-ground.ts'
import { eventually } from './eventually.ts'
import { filesBelow } from './files-below.ts'
import { assertRefused, assertTaken, refusalOf } from './refusals.ts'
import type { ApiAnswer, ApiRequest, Requester } from './requester.ts'

// Approvals that nobody counts or gives, tokens in annotations, and what stops everything at once.

const approvals = '/apis/solewriter.dev/v1alpha1/breakglassapprovals'
const settings = '/api/v1/namespaces/pay/configmaps/settings'
const web = '/api/v1/namespaces/web/configmaps'

let ground: Ground
let alice: Requester
let bob: Requester
let admin: Requester

before(async () => {
  const bypass = { after: '4s', maxSession: '5m', maxUses: 2 }
  ground = await startGround({
    setup: [path.join(import.meta.dirname, 'fixtures', 'full-namespace.yaml')],
    approvals: { timeout: '10m', bypass },
    breakGlass: { annotationCarrier: true },
  })
  ;[alice, bob, admin] = ['alice', 'bob', 'admin'].map((user) => ground.as(user)) as [
    Requester,
    Requester,
    Requester,
  ]
})

after(() => ground.end())

/** Bob's grant, which waits for somebody. */
async function pending(): Promise<string> {
  const token = ground.token({ details: [scaling], user: 'bob' })
  assertTaken(await ground.create(token, bob), 201)
  await eventually('it waits', async () => {
    return (await ground.grant(token.grant)).status?.phase === 'Pending'
  })
  return token.grant
}

async function stored(grant: string): Promise<JsonObject> {
  return (await admin({ method: 'GET', path: `${grants}/${grant}` })).json as JsonObject
}

async function statusOf(grant: string): Promise<JsonObject> {
  return (await stored(grant))['status'] as JsonObject
}

async function end(grant: string, who: Requester): Promise<void> {
  assertTaken(await who(patch(`${grants}/${grant}`, { spec: { ended: true } })))
}

async function approve(grant: string, change: JsonObject = {}): Promise<ApiAnswer> {
  const scope = scopeDigest(await stored(grant))
  const spec = { grant, by: 'alice', group: 'sre-oncall', scope, ...change }
  return alice({
    method: 'POST',
    path: approvals,
    body: {
      apiVersion: 'solewriter.dev/v1alpha1',
      kind: 'BreakGlassApproval',
      metadata: { name: approvalName(grant, 'alice') },
      spec,
    },
  })
}

describe('a grant that takes approvals', () => {
  test('counts them with the controller dead, and only those for its scope', async () => {
    await ground.cluster.kill('controller', 'SIGKILL')
    const grant = await pending()
    assertRefused(await approve(grant, { scope: 'sha256:0' }), 'Protected')
    assertTaken(await approve(grant), 201)
    assertTaken(await bob(scaleTo(3)))
    const status = await statusOf(grant)
    assert.equal(status['phase'], 'Active')
    assert.equal((status['approvals'] as { by: string }[])[0]?.by, 'alice')
    assert.equal(status['skippedApprovers'], undefined)
    assert.equal((status['uses'] as unknown[]).length, 1)
    await end(grant, bob)
    await ground.cluster.start('controller')
  })

  test('lets its holder go on alone after the wait, with less, and names who was skipped', async () => {
    const grant = await pending()
    const told = assertRefused(await bob(scaleTo(4)), 'GrantPending')
    assert.match(told.why, /from then on you may go on alone, for 2 writes in 5m/)
    await eventually('the wait is over', async () => (await bob(scaleTo(4))).status === 200)
    const status = await statusOf(grant)
    assert.deepEqual(
      [status['phase'], status['maxUses'], status['skippedApprovers']],
      ['Active', 2, ['sre-oncall']],
    )
    const [from, to] = ['activatedAt', 'expiresAt'].map((key) => {
      return momentOf(stringAt(status, key))
    })
    assert.equal((to ?? 0) - (from ?? 0), 300_000)
    // Whoever approves now is too late.
    assert.notEqual((await approve(grant)).status, 500)
    assertTaken(await bob(scaleTo(5)))
    assertRefused(await bob(scaleTo(6)), 'GrantExhausted')
    await eventually('the post-mortem names them', async () => {
      const path = `${postMortems}/${grant.replace('bg-', 'pm-')}`
      const { json } = await admin({ method: 'GET', path })
      const skipped = (json['status'] as JsonObject | undefined)?.['skippedApprovers']
      return JSON.stringify(skipped) === '["sre-oncall"]'
    })
    await end(grant, bob)
  })
})

const data = {
  apiGroups: [''],
  resources: ['configmaps'],
  operations: ['UPDATE'],
  namespaces: ['pay'],
  names: ['settings'],
  fields: ['data'],
} as const

function carrying(token: string, value: string): ApiRequest {
  const annotations = { 'solewriter.dev/break-glass': token }
  return patch(settings, { metadata: { annotations }, data: { value } })
}

describe('a token in an annotation', () => {
  test('is a grant once, for its user, and is told nowhere else', async () => {
    const token = ground.token({ details: [data] })
    assertRefused(await bob(carrying(token.text, 'one')), 'TokenRefused')
    assertRefused(await admin(carrying(token.text, 'one')), 'TokenRefused')
    assert.equal((await admin({ method: 'GET', path: `${grants}/${token.grant}` })).status, 404)
    assertTaken(await alice(carrying(token.text, 'one')))
    const status = await statusOf(token.grant)
    const [use] = status['uses'] as readonly JsonObject[]
    assert.deepEqual(use?.['paths'], ['data.value'])
    // What stands there now is nobody's.
    assertRefused(await bob(patch(settings, { data: { value: 'two' } })), 'HumanWrite')
    await eventually('the grant has lost it', async () => {
      return (await ground.grant(token.grant)).spec.token === undefined
    })
    await end(token.grant, alice)
    assertRefused(await alice(patch(settings, { data: { value: 'two' } })), 'GrantEnded')
    assert.equal((await ground.create(token)).status, 409)

    // Taken away under another grant, and brought back by a rollback: it is spent.
    const cleaning = { ...data, fields: ['data', 'metadata.annotations'] }
    const other = await ground.activate({ details: [cleaning] })
    const gone = { metadata: { annotations: { 'solewriter.dev/break-glass': null } } }
    assertTaken(await alice(patch(settings, gone)))
    await end(other, alice)
    assertRefused(await alice(carrying(token.text, 'three')), 'GrantEnded')

    const [, payload = '', signature = ''] = token.text.split('.')
    const ours = filesBelow(ground.cluster.dir).filter(
      ({ file }) => !file.includes('/etcd/') && !file.includes('audit'),
    )
    for (const { file, text } of ours) {
      assert.ok(!text.includes(payload) && !text.includes(signature), file)
    }
  })
})

/** By name; four at a time. */
async function createUntil(end: number): Promise<ReadonlyMap<string, ApiAnswer>> {
  const answers = new Map<string, ApiAnswer>()
  const create = async (name: string) => {
    answers.set(name, await alice({ method: 'POST', path: web, body: { metadata: { name } } }))
  }
  for (let next = 0; Date.now() < end; next += 4) {
    await Promise.all(Array.from({ length: 4 }, (_, i) => create(`r${next + i}`)))
  }
  return answers
}

describe('a write', () => {
  test('that races the end of its grant is admitted before it, or not at all', async () => {
    const row = { apiGroups: [''], resources: ['configmaps'], operations: ['CREATE'] } as const
    const details = [{ ...row, namespaces: ['web'], fields: ['*'] }]
    const grant = await ground.activate({ details, session: 3 })
    const until = Date.parse((await ground.grant(grant)).status?.expiresAt ?? '')
    const answers = await createUntil(until + 300)
    const { uses = [] } = (await ground.grant(grant)).status ?? {}
    const used = new Set(uses.map(({ target }) => target['name']))
    assert.ok(used.size > 0)
    for (const [name, answer] of answers) {
      if (answer.status === 201) assert.ok(used.has(name), `${name} is no use`)
      else assert.match(refusalOf(answer)?.reason ?? answer.text, /^Grant(?:Ended|Exhausted)$/)
    }
    for (const time of uses.map((use) => momentOf(stringAt(use, 'time')) ?? Infinity)) {
      assert.ok(time < until)
    }
  })

  test('that is refused after it was admitted stays recorded', async () => {
    const secrets = '/api/v1/namespaces/full/secrets'
    const row = { apiGroups: [''], resources: ['secrets'], operations: ['CREATE'] } as const
    const grant = await ground.activate({
      details: [{ ...row, namespaces: ['full'], fields: ['*'] }],
    })
    const answer = await alice({
      method: 'POST',
      path: secrets,
      body: { metadata: { name: 'no' } },
    })
    assert.equal(answer.status, 403)
    assert.match(answer.text, /quota/)
    assert.equal((await admin({ method: 'GET', path: `${secrets}/no` })).status, 404)
    const { uses = [] } = (await ground.grant(grant)).status ?? {}
    assert.deepEqual(
      uses.map(({ target }) => target['name']),
      ['no'],
    )
    await end(grant, alice)
  })
})

/** Of a dozen different ones at once: every replica gets some. */
async function reasonsFor(replicas: number): Promise<ReadonlySet<string | undefined>> {
  const requests = Array.from({ length: 12 }, (_, i) => alice(scaleTo(replicas + i)))
  const answers = await Promise.all(requests)
  return new Set(answers.map((answer) => refusalOf(answer)?.reason ?? String(answer.status)))
}

describe('everything stops', () => {
  test('on the very next request when the key is taken away', async () => {
    const grant = await ground.activate({ details: [scaling] })
    assertTaken(await alice(scaleTo(7)))
    ground.limit({ keys: [otherKey()] })
    assert.deepEqual(await reasonsFor(100), new Set(['GrantEnded']))
    const token = ground.token({ details: [scaling] })
    assert.match(assertRefused(await ground.create(token), 'TokenRefused').why, /UnknownKey/)
    ground.limit({})
    assertTaken(await alice(scaleTo(8)))
    await end(grant, alice)
  })

  test('as soon as the policy says so, and goes on when it does not any more', async () => {
    const grant = await ground.activate({ details: [scaling] })
    assertTaken(await alice(scaleTo(9)))
    let replicas = 100
    ground.limit({ lockdown: true })
    await eventually('no replica lets anybody through', async () => {
      const said = await reasonsFor((replicas += 12))
      return said.size === 1 && said.has('GrantEnded')
    })
    const refused = assertRefused(await alice(scaleTo(10)), 'GrantEnded')
    assert.match(refused.why, /the policy has locked down break-glass/)
    const token = ground.token({ details: [scaling] })
    assert.match(assertRefused(await ground.create(token), 'TokenRefused').why, /Lockdown/)
    ground.limit({})
    await eventually('it goes on', async () => (await alice(scaleTo(10))).status === 200)
    await end(grant, alice)
  })
})
