import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { iss, otherKey, privateKey } from '../core/breakglass/issuing.ts'
import { solewriter } from '../cli/process.ts'
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
import { assertRefused, assertTaken, refusalOf } from './refusals.ts'
import type { Requester } from './requester.ts'

// The person on call, with plain kubectl, while nobody can reach Git: in under a token, and nobody
// else in under anything.

let ground: Ground
let alice: Requester
let bob: Requester
let admin: Requester

before(async () => {
  ground = await startGround()
  ;[alice, bob, admin] = ['alice', 'bob', 'admin'].map((user) => ground.as(user)) as [
    Requester,
    Requester,
    Requester,
  ]
})

after(() => ground.end())

async function usesOf(name: string) {
  return (await ground.grant(name)).status?.uses ?? []
}

let scales = 0

/** To another number than any before. */
function anotherScale() {
  scales += 1
  return scaleTo(1 + scales)
}

describe('with kubectl', () => {
  test('alice is refused, activates a token, scales, and gets no further; all of it is told', async () => {
    const { cluster, dir } = ground
    const kubectl = (...args: readonly string[]) => cluster.kubectl('alice', args)
    const byHand = ['-n', 'pay', 'scale', 'deploy/api', '--replicas=1']
    assert.match((await kubectl(...byHand)).stderr, /\[HumanWrite\]/)

    const keyFile = path.join(dir, 'key.pem')
    writeFileSync(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 })
    const mint = ['breakglass', 'mint', '--preset', 'scale', '-n', 'pay', 'deploy/api']
    const who = ['--key', keyFile, '--issuer', iss, '--user', 'alice']
    const why = ['--incident', 'INC-7', '--reason', '5xx storm, more of the api']
    const where = ['--cluster', cluster.clusterUid]
    const minted = solewriter([...mint, ...who, ...where, ...why])
    assert.equal(minted.status, 0, minted.stderr)
    const token = minted.stdout.trim()
    const name = `bg-${jtiOf(token)}`

    const manifest = JSON.stringify(creationOf(name, token).body)
    const created = await cluster.kubectl('alice', ['create', '-f', '-'], { input: manifest })
    assert.equal(created.code, 0, created.stderr)
    const waited = await kubectl('wait', '--for=condition=Active', 'bg', name, '--timeout=60s')
    assert.equal(waited.code, 0, waited.stderr)

    const scaled = await kubectl(...byHand)
    assert.equal(scaled.code, 0, scaled.stderr)
    assert.match(scaled.stderr, new RegExp(`BREAK-GLASS ${name} use 1/100`))
    const outside = await kubectl('-n', 'pay', 'set', 'image', 'deploy/api', 'main=example.com/b')
    assert.match(outside.stderr, /\[GrantOutOfScope\] .*spec\.template/)

    const [use, ...others] = await usesOf(name)
    assert.deepEqual(others, [])
    assert.deepEqual([use?.n, use?.op, use?.paths], [1, 'UPDATE', ['spec.replicas']])
    await eventually('the post-mortem has the use', async () => {
      const path = `${postMortems}/${name.replace('bg-', 'pm-')}`
      const { json } = await admin({ method: 'GET', path })
      const { status } = json as { status?: { uses?: readonly { decisionId: string }[] } }
      return status?.uses?.[0]?.decisionId === use?.decisionId
    })
    const shown = await kubectl('get', 'bg', name)
    assert.match(shown.stdout, /PHASE +HOLDER +INCIDENT +USED +OF/)
    assert.match(shown.stdout, new RegExp(`${name} +Active +alice +INC-7 +1 +100`))
    await stop(name)
  })

  test('explain tells what each part is for', async () => {
    for (const [part, text] of [
      ['bg', /activated by a token/],
      ['bg.spec.ended', /ends the grant for good/],
      ['bg.status.uses', /stored before it was admitted/],
      ['pm.spec.review', /what the review came to/],
      ['bga.spec.scope', /digest of the scope/],
    ] as const) {
      const { stdout, stderr } = await ground.cluster.kubectl('alice', ['explain', part])
      assert.match(stdout.replaceAll(/\s+/g, ' '), text, stderr)
    }
  })
})

describe('a grant', () => {
  test('is over for the very next request once it is ended, or revoked by somebody else', async () => {
    for (const [who, spec] of [
      [alice, { ended: true }],
      [bob, { revoked: { by: 'bob', reason: 'enough' } }],
    ] as const) {
      const name = await ground.activate({ details: [scaling] })
      assertTaken(await alice(anotherScale()))
      assertTaken(await who(patch(`${grants}/${name}`, { spec })))
      const refused = assertRefused(await alice(anotherScale()), 'GrantEnded')
      assert.match(refused.why, /is over: it was (?:ended|revoked by bob)/)
      await eventually('its phase says so', async () =>
        /Ended|Revoked/.test((await ground.grant(name)).status?.phase ?? ''),
      )
    }
  })

  test('is over when its time is', async () => {
    const name = await ground.activate({ details: [scaling], session: 5 })
    await eventually('it has expired', async () => {
      return refusalOf(await alice(anotherScale()))?.reason === 'GrantEnded'
    })
    const { status } = await ground.grant(name)
    assert.ok(Date.now() >= Date.parse(status?.expiresAt ?? ''))
    await eventually('its phase says so', async () => {
      return (await ground.grant(name)).status?.phase === 'Expired'
    })
  })

  test('has no more uses than the token says, and a dry run is none', async () => {
    const name = await ground.activate({ details: [scaling], maxUses: 2 })
    const dry = anotherScale()
    assertTaken(await alice({ ...dry, path: `${dry.path}?dryRun=All` }))
    assert.equal((await usesOf(name)).length, 0)
    for (const scale of [anotherScale(), anotherScale()]) assertTaken(await alice(scale))
    assertRefused(await alice(anotherScale()), 'GrantExhausted')
    assert.equal((await usesOf(name)).length, 2)
    await eventually('its phase says so', async () => {
      return (await ground.grant(name)).status?.phase === 'Exhausted'
    })
    await stop(name)
  })

  test('is bound by what the policy says by now, and by the keys that are trusted by now', async () => {
    const name = await ground.activate({ details: [scaling] })
    for (const scale of [anotherScale(), anotherScale()]) assertTaken(await alice(scale))
    const refusedFor = (reason: string) => async () => {
      return refusalOf(await alice(anotherScale()))?.reason === reason
    }
    ground.limit({ maxUses: 2 })
    await eventually('it has no uses left', refusedFor('GrantExhausted'))
    ground.limit({ keys: [otherKey()] })
    await eventually('its key is not trusted', refusedFor('GrantEnded'))
    const other = ground.token({ details: [scaling] })
    assert.match(assertRefused(await ground.create(other), 'TokenRefused').why, /UnknownKey/)
    ground.limit({})
    await eventually('all is as before', async () => (await alice(anotherScale())).status === 200)
    await stop(name)
  })
})

async function stop(name: string): Promise<void> {
  assertTaken(await alice(patch(`${grants}/${name}`, { spec: { ended: true } })))
}

function jtiOf(token: string): string {
  const [, payload = ''] = token.split('.')
  return (JSON.parse(Buffer.from(payload, 'base64url').toString()) as { jti: string }).jti
}
