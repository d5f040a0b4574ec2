import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { hasCondition } from '../../src/core/breakglass/conditions.ts'
import { stringAt, type JsonObject } from '../../src/core/manifest/json.ts'
import { openReceiver, type Receiver } from '../sinks/receiver.ts'
import { grants, patch, scaleTo, scaling, startGround, type Ground } from './break-glass-ground.ts'
import { eventually } from './eventually.ts'
import { distinct, eventsIn, typesOf } from './outbox-ground.ts'
import { assertRefused, assertTaken } from './refusals.ts'
import type { Requester } from './requester.ts'

// The whole way: people break the glass, the controller tells the sinks, the webhook keeps the grant.

let ground: Ground
let alice: Requester
let admin: Requester
let receiver: Receiver
let pager: Receiver
let dir: string

before(async () => {
  ;[receiver, pager] = [await openReceiver(), await openReceiver()]
  dir = mkdtempSync(path.join(tmpdir(), 'solewriter-outbox-'))
  const routingKeyFile = path.join(dir, 'routing-key')
  writeFileSync(routingKeyFile, 'routing-key')
  const sinks = [
    { name: 'hook', kind: 'cloudevents', url: receiver.url, mandatory: true },
    { name: 'pager', kind: 'pagerduty', routingKeyFile, url: pager.url, mandatory: true },
    { name: 'events', kind: 'kubernetes-event' },
  ]
  ground = await startGround({ breakGlass: { sinks } })
  ;[alice, admin] = [ground.as('alice'), ground.as('admin')]
})
after(async () => {
  for (const one of [receiver, pager]) await one.close()
  await ground.end()
  rmSync(dir, { recursive: true })
})

const told = (grant: string) => distinct(eventsIn(receiver.received, grant))

async function untilTold(grant: string, type: string): Promise<void> {
  await eventually(`${type} is told`, () => typesOf(told(grant)).includes(type))
}

async function stored(grant: string): Promise<JsonObject> {
  return (await ground.grant(grant)) as unknown as JsonObject
}

function end(grant: string) {
  return patch(`${grants}/${grant}`, { spec: { ended: true } })
}

function deletion(grant: string) {
  return { method: 'DELETE', path: `${grants}/${grant}` } as const
}

test('a use is told within moments, and what it was; the pager rings once', async () => {
  const jti = randomUUID()
  const token = ground.token({ details: [scaling], jti })
  assert.equal((await ground.create(token)).status, 201)
  const grant = token.grant
  await untilTold(grant, 'breakglass.activated')
  await untilTold(grant, 'postmortem.opened')
  assertTaken(await alice(scaleTo(7)))
  await untilTold(grant, 'breakglass.use.admitted')
  const used = told(grant).find((event) => typesOf([event]).includes('breakglass.use.admitted'))
  const [use] = (await ground.grant(grant)).status?.uses ?? []
  assert.equal(stringAt(used, 'data', 'use', 'decisionId'), use?.decisionId)
  assert.equal(stringAt(used, 'data', 'use', 'target'), 'deployments.apps/scale pay/api')
  assert.equal(stringAt(used, 'data', 'why', 'incident'), 'INC-7')
  assert.equal(stringAt(used, 'authid'), 'alice')
  await untilTold(grant, 'breakglass.use.committed')

  const names = ['get', 'events.events.k8s.io', '-n', 'default', '-o', 'name']
  await eventually('they are Events, too', async () => {
    const { stdout } = await ground.cluster.kubectl('admin', names)
    return stdout.split(`/${grant}.`).length - 1 >= told(grant).length
  })
  const rung = pager.received.filter(({ path: asked }) => asked === '/v2/enqueue')
  assert.equal(rung.length, 1)
  const everything = JSON.stringify([receiver.received, pager.received, await stored(grant)])
  for (const part of token.text.split('.')) assert.ok(!everything.includes(part))
  assert.ok(!JSON.stringify(receiver.received).includes('routing-key'))
  // Of two, the older one would have the uses of the next.
  assertTaken(await alice(end(grant)))
})

test('one that was not used is over, told and archived by itself; until then nobody deletes it', async () => {
  const grant = await ground.activate({ details: [scaling] })
  await untilTold(grant, 'breakglass.activated')
  await eventually('it is kept', async () =>
    JSON.stringify((await stored(grant))['metadata']).includes('solewriter.dev/outbox'),
  )
  assertRefused(await admin(deletion(grant)), 'Protected')
  const release = patch(`${grants}/${grant}`, { metadata: { finalizers: null } })
  assertRefused(await admin(release), 'Protected')
  const condition = {
    type: 'Archived',
    status: 'True',
    reason: 'Mine',
    message: '',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  }
  const archive = { status: { conditions: [condition] } }
  assertRefused(await admin(patch(`${grants}/${grant}/status`, archive)), 'Protected')

  assertTaken(await alice(end(grant)))
  await untilTold(grant, 'breakglass.ended')
  await untilTold(grant, 'postmortem.closed')
  await eventually('it is archived', async () => hasCondition(await stored(grant), 'Archived'))
  await eventually('it is released', async () => {
    const metadata = JSON.stringify((await stored(grant))['metadata'])
    return !metadata.includes('solewriter.dev/outbox')
  })
  const pages = pager.received.filter(({ body }) => JSON.stringify(body).includes(grant))
  const actions = pages.map(({ body }) => (body as { event_action?: string }).event_action)
  assert.deepEqual(
    actions.filter((one) => one !== undefined),
    ['trigger', 'resolve'],
  )
  // What is left is the time in which its token could be used again.
  const early = await admin(deletion(grant))
  assertRefused(early, 'Protected')
  assert.match(early.text, /could be used again until/)
})

test('while every sink is down, people get through; afterwards all is told', async () => {
  for (const one of [receiver, pager]) one.answer = () => 'hang-up'
  const grant = await ground.activate({ details: [scaling] })
  for (const replicas of [2, 3]) assertTaken(await alice(scaleTo(replicas)))
  await eventually('an attempt is written down', async () =>
    /no answer: ECONNRESET/.test(JSON.stringify((await stored(grant))['status'])),
  )
  for (const one of [receiver, pager]) one.answer = () => ({ status: 202 })
  await eventually('both uses are told', () => {
    const types = typesOf(told(grant))
    return types.filter((type) => type === 'breakglass.use.admitted').length === 2
  })
  const events = told(grant).filter(
    (event) => stringAt(event, 'subject')?.startsWith('breakglass') === true,
  )
  const types = typesOf(events)
  assert.deepEqual(types.slice(0, 2), ['breakglass.requested', 'breakglass.activated'])
  assertTaken(await alice(end(grant)))
})

test('many at once are all recorded, though the outbox writes to the same grant, and told once', async () => {
  const grant = await ground.activate({ details: [scaling] })
  const replicas = Array.from({ length: 20 }, (_, i) => 100 + i)
  for (const answer of await Promise.all(replicas.map((n) => alice(scaleTo(n))))) {
    assertTaken(answer)
  }
  const { length } = (await ground.grant(grant)).status?.uses ?? []
  const own = () => typesOf(eventsIn(receiver.received, grant))
  const admitted = () => own().filter((type) => type === 'breakglass.use.admitted').length
  await eventually('each is told', () => admitted() >= length)
  assert.equal(admitted(), length)
  assertTaken(await alice(end(grant)))
})

test('when the active controller is killed, whoever comes next tells what happened meanwhile', async () => {
  const grant = await ground.activate({ details: [scaling] })
  await untilTold(grant, 'postmortem.opened')
  await ground.cluster.kill('controller', 'SIGKILL')
  const before = receiver.received.length
  assertTaken(await alice(scaleTo(4)))
  assertTaken(await alice(end(grant)))
  assert.equal(receiver.received.length, before)
  // Once the Lease of the dead one is over.
  await ground.cluster.start('controller')
  await untilTold(grant, 'breakglass.use.admitted')
  await untilTold(grant, 'breakglass.ended')
  const types = typesOf(eventsIn(receiver.received, grant))
  const once = ['breakglass.requested', 'breakglass.activated', 'breakglass.ended']
  for (const type of once) assert.equal(types.filter((one) => one === type).length, 1, type)
})
