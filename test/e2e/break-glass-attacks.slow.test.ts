import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import {
  creationOf,
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
import { assertRefused, assertTaken } from './refusals.ts'
import type { ApiRequest, Requester } from './requester.ts'

// How somebody would get past it: with another's token or name, by writing what only solewriter
// writes, by making a grant more than it is.

let ground: Ground
let alice: Requester
let bob: Requester
let admin: Requester

before(async () => {
  ground = await startGround()
  alice = ground.as('alice')
  bob = ground.as('bob')
  admin = ground.as('admin')
})

after(() => ground.end())

function impersonating(request: ApiRequest, user: string): ApiRequest {
  const headers = { 'impersonate-user': user, 'impersonate-group': 'sre-oncall' }
  return { ...request, headers }
}

const settings = {
  apiGroups: [''],
  resources: ['configmaps'],
  operations: ['UPDATE'],
  namespaces: ['pay'],
  fields: ['data'],
} as const

async function end(grant: string): Promise<void> {
  assertTaken(await alice(patch(`${grants}/${grant}`, { spec: { ended: true } })))
}

describe('a token', () => {
  test('is for its user, not for who has it', async () => {
    const token = ground.token({ details: [scaling] })
    const stolen = assertRefused(await ground.create(token, bob), 'TokenRefused')
    assert.match(stolen.why, /WrongUser/)
    const borrowed = impersonating(creationOf(token.grant, token.text), 'alice')
    assertRefused(await admin(borrowed), 'TokenRefused')
    assertTaken(await ground.create(token), 201)
    assertRefused(await bob(scaleTo(1)), 'HumanWrite')
    await end(token.grant)
  })

  test('is used up by its grant, whatever becomes of the grant', async () => {
    const token = ground.token({ details: [scaling] })
    assertTaken(await ground.create(token), 201)
    assert.equal((await ground.create(token)).status, 409)
    const path = `${grants}/${token.grant}`
    for (const who of [alice, admin])
      assertRefused(await who({ method: 'DELETE', path }), 'Protected')
    assertRefused(await admin({ method: 'DELETE', path: grants }), 'Protected')
    assertTaken(await alice(patch(path, { spec: { ended: true } })))
    assert.equal((await ground.create(token)).status, 409)
  })

  test('makes no grant of another name, and none with anything filled in', async () => {
    const { grant, text } = ground.token({ details: [scaling] })
    const other = await alice(creationOf(`bg-${randomUUID()}`, text))
    assert.match(assertRefused(other, 'TokenRefused').why, /GrantName/)
    assert.equal((await alice(creationOf('mine', text))).status, 422)
    const kept = { metadata: { name: grant, annotations: { copy: text } } }
    assertRefused(await alice(creationOf(grant, text, kept)), 'TokenRefused')
    const finalizers = { metadata: { name: grant, finalizers: ['example.com/mine'] } }
    assertRefused(await alice(creationOf(grant, text, finalizers)), 'TokenRefused')
    const revoked = { spec: { token: text, revoked: { by: 'alice' } } }
    assertRefused(await alice(creationOf(grant, text, revoked)), 'TokenRefused')
    assertRefused(await alice(creationOf(grant, '')), 'TokenRefused')
    assertRefused(await alice(creationOf(grant, `${text}x`)), 'TokenRefused')
    // A status that comes along is dropped by the API server, and nobody believes it.
    const status = { phase: 'Active', maxUses: 100, uses: [] }
    assertTaken(await alice(creationOf(grant, text, { status })), 201)
    await eventually('its status is what the token says', async () => {
      return (await ground.grant(grant)).status?.expiresAt !== undefined
    })
    await end(grant)
  })

  test('is nowhere once it is activated: not in an object, a log or a record', async () => {
    const token = ground.token({ details: [scaling] })
    assertTaken(await ground.create(token), 201)
    assertTaken(await alice(scaleTo(5)))
    await eventually('it is cleared', async () => {
      return (await ground.grant(token.grant)).spec.token === undefined
    })
    await end(token.grant)
    const refused = ground.token({ details: [scaling], user: 'bob' })
    assertRefused(await ground.create(refused), 'TokenRefused')

    const { cluster } = ground
    const everything = ['get', 'bg,pm,events,cm,secrets,deploy,rs', '-A', '-o', 'yaml']
    const { stdout } = await cluster.kubectl('admin', [...everything, '--show-managed-fields'])
    assert.match(stdout, new RegExp(token.grant))
    // What etcd keeps of the past until it is compacted is the API server's alone.
    const files = filesBelow(cluster.dir).filter(({ file }) => !file.includes('/etcd/'))
    assert.ok(files.length > 10)
    for (const { text } of [token, refused]) {
      const [, payload = '', signature = ''] = text.split('.')
      for (const part of [payload, signature]) {
        assert.ok(!stdout.includes(part), 'an object holds it')
        const holding = files.filter((one) => one.text.includes(part))
        assert.deepEqual(
          holding.map(({ file }) => file),
          [],
        )
      }
    }
  })
})

describe('a grant', () => {
  test('is not more than it was made', async () => {
    const name = await ground.activate({ details: [scaling], maxUses: 2 })
    const path = `${grants}/${name}`
    const forged = { status: { maxUses: 100, phase: 'Active', uses: [] } }
    for (const who of [alice, bob, admin]) {
      assertRefused(await who(patch(`${path}/status`, forged)), 'Protected')
    }
    for (const spec of [{ token: 'x' }, { credential: 'none' }]) {
      const answer = await alice(patch(path, { spec }))
      assert.ok([403, 422].includes(answer.status), answer.text)
      assert.doesNotMatch(answer.text, /is immutable|immutable field/)
    }
    for (const metadata of [{ labels: { a: 'b' } }, { finalizers: ['example.com/mine'] }]) {
      assertRefused(await alice(patch(path, { metadata })), 'Protected')
    }
    assertRefused(await bob(patch(path, { spec: { ended: true } })), 'Protected')
    assertRefused(await bob(patch(path, { spec: { revoked: { by: 'alice' } } })), 'Protected')
    assertTaken(await alice(patch(path, { spec: { ended: true } })))
    for (const spec of [{ ended: false }, { ended: null }]) {
      assert.ok([403, 422].includes((await alice(patch(path, { spec }))).status))
    }
    assertRefused(await alice(scaleTo(6)), 'GrantEnded')
  })

  test('is of no use to whoever borrows the name of its holder', async () => {
    const name = await ground.activate({ details: [settings] })
    const write = patch('/api/v1/namespaces/pay/configmaps/settings', { data: { a: 'b' } })
    const refused = assertRefused(await admin(impersonating(write, 'alice')), 'GrantOutOfScope')
    assert.match(refused.why, /another certificate or kind of token/)
    assertRefused(await bob(write), 'HumanWrite')
    assertTaken(await alice(write))
    await end(name)
  })

  test('reaches nothing that guards the cluster, even if the token says so', async () => {
    const everywhere = {
      apiGroups: ['solewriter.dev', 'apiextensions.k8s.io', 'rbac.authorization.k8s.io'],
      resources: ['breakglassgrants', 'customresourcedefinitions', 'clusterroles'],
      operations: ['UPDATE', 'DELETE'],
      fields: ['*'],
    } as const
    const name = await ground.activate({ details: [everywhere] })
    const definition =
      '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/breakglassgrants.solewriter.dev'
    assertRefused(await alice({ method: 'DELETE', path: definition }), 'Protected')
    assertRefused(await alice({ method: 'DELETE', path: `${grants}/${name}` }), 'Protected')
    const role = '/apis/rbac.authorization.k8s.io/v1/clusterroles/solewriter-local-reader'
    assertRefused(await alice({ method: 'DELETE', path: role }), 'Protected')
    await end(name)
  })
})

describe('a post-mortem', () => {
  test('is reviewed by people, and written and deleted by none of them', async () => {
    const name = await ground.activate({ details: [scaling] })
    const path = `${postMortems}/${name.replace('bg-', 'pm-')}`
    await eventually('it is there', async () => {
      return (await admin({ method: 'GET', path })).json['status'] !== undefined
    })
    const review = { by: 'bob', text: 'the limit was too low' }
    assertTaken(await bob(patch(path, { spec: { review } })))
    assertRefused(await bob(patch(path, { spec: { review: { by: 'alice' } } })), 'Protected')
    assertRefused(await bob(patch(`${path}/status`, { status: { phase: 'Closed' } })), 'Protected')
    assertRefused(await admin({ method: 'DELETE', path }), 'Protected')
    await end(name)
  })
})
