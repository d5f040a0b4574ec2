import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { keySet, publicHalf } from '../../src/core/breakglass/keys.ts'
import { iss, privateKey } from '../core/breakglass/issuing.ts'
import {
  grants,
  patch,
  postMortems,
  scaleTo,
  scaling,
  startGround,
  type Ground,
} from './break-glass-ground.ts'
import { movedDirectory, startListener, type Listener, type Part } from './dead-parts.ts'
import { eventually } from './eventually.ts'
import { makeFleet, type Fleet } from './fleet.ts'
import { assertRefused, assertTaken, refusalOf } from './refusals.ts'
import type { Requester } from './requester.ts'

// What an incident takes down is what break-glass must do without, each alone and all together.

const dir = mkdtempSync(path.join(tmpdir(), 'solewriter-down-'))
let fleet: Fleet
let keys: Listener
let sink: Listener
let ground: Ground
let alice: Requester
let bob: Requester
/** What the key server was asked for. */
let fetches = 0

before(async () => {
  fleet = await makeFleet({
    'web.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: {name: web}\n',
  })
  const jwks = JSON.stringify(keySet(publicHalf(privateKey) ?? assert.fail()))
  keys = await startListener('keys', 'https', (_, response) => {
    fetches += 1
    response.setHeader('content-type', 'application/json').end(jwks)
  })
  sink = await startListener('sink', 'http', (_, response) => response.writeHead(204).end())
  const ca = path.join(dir, 'ca.pem')
  writeFileSync(ca, keys.ca)
  // For the replicas, which are started with our environment.
  process.env['NODE_EXTRA_CA_CERTS'] = ca
  const jwksUrl = `https://localhost:${keys.port}/jwks.json`
  ground = await startGround({
    fleet: fleet.directory,
    breakGlass: {
      issuers: [{ name: 'oncall', issuer: iss, jwksUrl, refresh: '1s' }],
      sinks: [{ name: 'hook', kind: 'cloudevents', url: `http://127.0.0.1:${sink.port}/` }],
    },
  })
  ;[alice, bob] = [ground.as('alice'), ground.as('bob')]
  await eventually('the keys are known', async () => {
    const token = ground.token({ details: [scaling] })
    if ((await ground.create(token)).status !== 201) return false
    await end(token.grant)
    return true
  })
})

after(async () => {
  await ground.end()
  await Promise.all([keys.close(), sink.close()])
  fleet.remove()
  rmSync(dir, { recursive: true })
})

async function end(grant: string): Promise<void> {
  assertTaken(await alice(patch(`${grants}/${grant}`, { spec: { ended: true } })))
}

function processes(name: string, ...components: readonly string[]): Part {
  const each = (act: (component: string) => Promise<void>) => Promise.all(components.map(act))
  return {
    name,
    kill: async () => void (await each((one) => ground.cluster.kill(one, 'SIGKILL'))),
    revive: async () => void (await each((one) => ground.cluster.start(one))),
  }
}

/** Every set of them once, one step apart; what takes longest to start changes least often. */
async function* everyCombination(parts: readonly Part[]): AsyncGenerator<readonly string[]> {
  let dead = 0
  yield []
  for (let step = 1; step < 2 ** parts.length; step += 1) {
    const changed = Math.log2(step & -step)
    const part = parts[changed] ?? assert.fail()
    dead ^= 1 << changed
    await ((dead & (1 << changed)) === 0 ? part.revive() : part.kill())
    yield parts.filter((_, i) => (dead & (1 << i)) !== 0).map(({ name }) => name)
  }
}

/** What an SRE does, and nobody else may. */
async function breakGlass(round: number): Promise<string> {
  assertRefused(await bob(scaleTo(round)), 'HumanWrite')
  const token = ground.token({ details: [scaling] })
  assertTaken(await ground.create(token), 201)
  assertTaken(await alice(scaleTo(round)))
  assert.equal((await ground.grant(token.grant)).status?.uses?.length, 1)
  await end(token.grant)
  assert.equal(refusalOf(await alice(scaleTo(round + 1)))?.reason, 'GrantEnded')
  return token.grant
}

test('with Git, keys, sinks, the controller and two of three replicas down, alone and together', async (t) => {
  const parts = [
    movedDirectory('Git', fleet.directory),
    keys,
    sink,
    processes('controller', 'controller'),
    processes('two replicas', 'serve-0', 'serve-1'),
  ]
  const made: string[] = []
  for await (const dead of everyCombination(parts)) {
    await t.test(dead.length === 0 ? 'nothing' : dead.join(', '), async () => {
      if (dead.includes('two replicas')) await untilTheyAreMissed()
      made.push(await breakGlass(made.length + 2))
    })
  }
  assert.equal(new Set(made).size, 32)

  await t.test('and nothing of it is forgotten once all are back', async () => {
    const last = parts.at(-1) ?? assert.fail()
    await last.revive()
    assert.ok(fetches > 1)
    const admin = ground.as('admin')
    for (const grant of made) {
      await eventually(`${grant} has its post-mortem`, async () => {
        const target = `${postMortems}/${grant.replace('bg-', 'pm-')}`
        const { json } = await admin({ method: 'GET', path: target })
        const { status } = json as { status?: { uses?: unknown[]; grantPhase?: string } }
        return status?.uses?.length === 1 && status.grantPhase === 'Ended'
      })
    }
  })
})

/** The address in front sends to those that it last saw ready. */
async function untilTheyAreMissed(): Promise<void> {
  await eventually('only living replicas are asked', async () => {
    const answers = await Promise.all(Array.from({ length: 6 }, () => bob(scaleTo(1))))
    return answers.every((answer) => refusalOf(answer)?.reason === 'HumanWrite')
  })
}
