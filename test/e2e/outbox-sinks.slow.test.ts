import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { hasCondition } from '../../src/core/breakglass/conditions.ts'
import { at, stringAt, type Json, type JsonObject } from '../../src/core/manifest/json.ts'
import { openReceiver, type Answer, type Receiver } from '../sinks/receiver.ts'
import { eventually } from './eventually.ts'
import {
  distinct,
  eventsIn,
  startOutboxGround,
  typesOf,
  untilTold,
  type Keeper,
  type OutboxGround,
} from './outbox-ground.ts'

// The outbox and its sinks over a real API server: who is told what, when a sink is not as it should be.

let ground: OutboxGround
let receiver: Receiver
let other: Receiver
let keeper: Keeper | undefined
let opened: Receiver[] = []

before(async () => {
  ground = await startOutboxGround()
})
after(() => ground.end())
beforeEach(async () => {
  ;[receiver, other] = [await openReceiver(), await openReceiver()]
  opened = [receiver, other]
})
afterEach(async () => {
  await keeper?.stop()
  keeper = undefined
  for (const one of opened) await one.close()
})

function hook(name: string, { url }: Pick<Receiver, 'url'>, mandatory = true): object {
  return { name, kind: 'cloudevents', url, mandatory }
}

function busyUntil(isOver: () => boolean, answer: Answer = { status: 503 }) {
  return () => (isOver() ? ({ status: 202 } as const) : answer)
}

async function delivery(grant: string, sink: string): Promise<JsonObject> {
  const all = at(await ground.grant(grant), 'status', 'deliveries') as readonly Json[] | undefined
  return (all?.find((one) => stringAt(one, 'sink') === sink) ?? {}) as JsonObject
}

async function message(grant: string, type: string): Promise<string> {
  const all = at(await ground.grant(grant), 'status', 'conditions') as readonly Json[] | undefined
  const one = all?.find((condition) => stringAt(condition, 'type') === type)
  return `${stringAt(one, 'status') ?? ''}: ${stringAt(one, 'message') ?? ''}`
}

const from = (one: Receiver, grant: string) => () => eventsIn(one.received, grant)

test('every sink is told everything, once and in order, and the status says so', async () => {
  const file = path.join(ground.dir, 'events.jsonl')
  const [key, url] = ['key', 'url'].map((name) => path.join(ground.dir, name))
  writeFileSync(key ?? '', 'routing')
  writeFileSync(url ?? '', `${other.url}/chat`)
  ground.sinks([
    hook('hook', receiver),
    { name: 'archive', kind: 'file', path: file, mandatory: true },
    { name: 'pager', kind: 'pagerduty', routingKeyFile: key, url: other.url, mandatory: true },
    { name: 'chat', kind: 'slack', urlFile: url },
    { name: 'events', kind: 'kubernetes-event' },
  ])
  keeper = await ground.keeper()
  const grant = await ground.newGrant()
  await untilTold(ground, grant, from(receiver, grant))
  for (let i = 0; i < 3; i += 1) await ground.use(grant)
  await ground.close(grant)
  await untilTold(ground, grant, from(receiver, grant))
  const all = await ground.expected(grant)
  await eventually('all have all', async () =>
    (await message(grant, 'Delivered')).startsWith('True'),
  )
  assert.equal(eventsIn(receiver.received, grant).length, all.length, 'nothing twice')

  const lines = readFileSync(file, 'utf8').trim().split('\n')
  assert.equal(lines.length, all.length)
  await untilTold(ground, grant, () => lines.map((line) => JSON.parse(line) as JsonObject))
  const pages = other.received.filter(({ path: asked }) => asked === '/v2/enqueue')
  assert.deepEqual(
    pages.map(({ body }) => (body as { event_action: string }).event_action),
    ['trigger', 'resolve'],
  )
  assert.equal(other.received.filter(({ path: asked }) => asked === '/chat').length, all.length)
  const args = ['get', 'events.events.k8s.io', '-n', 'default', '-o', 'json']
  const events = JSON.parse(await ground.own.kubectl(...args)) as { items: JsonObject[] }
  const own = events.items.filter((one) => stringAt(one, 'regarding', 'name') === grant)
  assert.deepEqual(
    own.map((one) => stringAt(one, 'metadata', 'name') ?? '').toSorted(),
    all.map((one) => `${grant}.${stringAt(one, 'id') ?? ''}`).toSorted(),
  )
  assert.match(await ground.own.kubectl('describe', 'bg', grant), /BreakglassUseAdmitted/)

  const pager = await delivery(grant, 'pager')
  assert.match(stringAt(pager, 'externalId') ?? '', new RegExp(`^solewriter/.*/${grant}$`))
  const { told } = await delivery(grant, 'hook')
  assert.ok((told as string[]).includes('breakglass.use.admitted/1-3'), JSON.stringify(told))
  assert.ok(hasCondition(await ground.grant(grant), 'Archived'))
})

describe('a sink', () => {
  test('that is down gets everything later, in order, and holds up nobody', async () => {
    ground.sinks([hook('down', receiver), hook('up', other)])
    let isUp = false
    receiver.answer = busyUntil(() => isUp)
    keeper = await ground.keeper()
    const [first, second] = [await ground.newGrant(), await ground.newGrant()]
    for (const grant of [first, second]) {
      await ground.use(grant)
      await untilTold(ground, grant, from(other, grant))
    }
    await eventually('an attempt is written down', async () => {
      const { lastError, state } = await delivery(first, 'down')
      return state === 'Pending' && lastError === 'answers 503'
    })
    assert.match(await message(first, 'Delivered'), /^False: Not yet: down\.$/)
    await eventually('metrics say it', async () =>
      /solewriter_outbox_pending{sink="down"} 8\n(?:.*\n)*solewriter_outbox_oldest_seconds{sink="down"} [1-9]/.test(
        (await keeper?.metrics()) ?? '',
      ),
    )
    const triedBefore = receiver.received.length
    isUp = true
    for (const grant of [first, second]) {
      const taken = () => eventsIn(receiver.received.slice(triedBefore), grant)
      await untilTold(ground, grant, taken)
    }
    await eventually('nothing is left', async () =>
      /solewriter_outbox_pending{sink="down"} 0\n/.test((await keeper?.metrics()) ?? ''),
    )
  })

  test('that says nothing holds up no other grant of its own', async () => {
    ground.sinks([hook('one', receiver)])
    const [silent, heard] = [await ground.newGrant(), await ground.newGrant()]
    receiver.answer = ({ body }) =>
      (body as JsonObject)['correlationid'] === silent ? 'silence' : { status: 202 }
    keeper = await ground.keeper()
    await untilTold(ground, heard, from(receiver, heard))
    assert.ok(eventsIn(receiver.received, silent).length <= 1)
    receiver.answer = () => ({ status: 202 })
    await untilTold(ground, silent, from(receiver, silent))
  })

  test('that asks for a pause gets it, from all grants', async () => {
    ground.sinks([hook('one', receiver)])
    const times: number[] = []
    receiver.answer = () => {
      times.push(Date.now())
      return times.length === 1 ? { status: 429, headers: { 'retry-after': '4' } } : { status: 202 }
    }
    const first = await ground.newGrant()
    keeper = await ground.keeper()
    await eventually('it asks for a pause', () => times.length === 1)
    const second = await ground.newGrant()
    for (const grant of [first, second]) await untilTold(ground, grant, from(receiver, grant))
    const [asked = 0, ...rest] = times
    for (const time of rest) assert.ok(time >= asked + 4_000, String(time - asked))
  })

  test('that refuses for good is asked no more until it is reached in another way', async () => {
    ground.sinks([hook('gone', receiver), hook('up', other)])
    receiver.answer = () => ({ status: 410 })
    const grant = await ground.newGrant()
    keeper = await ground.keeper()
    await untilTold(ground, grant, from(other, grant))
    await eventually('it is said', async () =>
      /^True: gone: answers 410\.$/.test(await message(grant, 'DeliveryFailed')),
    )
    await ground.close(grant)
    await untilTold(ground, grant, from(other, grant))
    // Not even by whoever comes after.
    await keeper.stop()
    keeper = await ground.keeper()
    const marker = await ground.newGrant()
    await untilTold(ground, marker, from(other, marker))
    assert.equal(eventsIn(receiver.received, grant).length, 1)
    assert.ok(!hasCondition(await ground.grant(grant), 'Archived'))

    const moved = await openReceiver()
    opened.push(moved)
    ground.sinks([hook('gone', moved), hook('up', other)])
    await untilTold(ground, grant, from(moved, grant))
    await eventually('it is archived', async () =>
      hasCondition(await ground.grant(grant), 'Archived'),
    )
    assert.match(await message(grant, 'DeliveryFailed'), /^False/)
    assert.equal(eventsIn(other.received, grant).length, (await ground.expected(grant)).length)
  })

  test('that nobody needs any more keeps nothing', async () => {
    ground.sinks([hook('gone', receiver)])
    receiver.answer = () => ({ status: 404 })
    const grant = await ground.newGrant()
    keeper = await ground.keeper()
    await eventually(
      'it refuses',
      async () => (await delivery(grant, 'gone'))['state'] === 'Failed',
    )
    await ground.close(grant)
    ground.sinks([])
    await eventually('it is archived', async () =>
      hasCondition(await ground.grant(grant), 'Archived'),
    )
    assert.match(await message(grant, 'DeliveryFailed'), /^False/)
  })

  test('that came late is told what is still open, and nothing of what is archived', async () => {
    ground.sinks([])
    const [archived, open] = [await ground.newGrant(), await ground.newGrant()]
    keeper = await ground.keeper()
    await ground.close(archived)
    await eventually('it is archived', async () =>
      hasCondition(await ground.grant(archived), 'Archived'),
    )
    ground.sinks([hook('late', receiver)])
    await untilTold(ground, open, from(receiver, open))
    assert.deepEqual(eventsIn(receiver.received, archived), [])
  })
})

test('one that is not mandatory has what is told before the end, also after it', async () => {
  const url = path.join(ground.dir, 'chat-url')
  writeFileSync(url, `${receiver.url}/chat`)
  ground.sinks([hook('hook', other), { name: 'chat', kind: 'slack', urlFile: url }])
  const grant = await ground.newGrant()
  keeper = await ground.keeper()
  await eventually('it is told something', () => receiver.received.length > 0)
  for (let i = 0; i < 4; i += 1) await ground.use(grant)
  await ground.close(grant)
  await eventually('it is archived', async () =>
    hasCondition(await ground.grant(grant), 'Archived'),
  )
  const { length } = await ground.expected(grant)
  await eventually('the chat has all', () => receiver.received.length === length)
})

test('a grant is kept by its finalizer until it is archived', async () => {
  ground.sinks([hook('hook', receiver)])
  let isUp = false
  receiver.answer = busyUntil(() => isUp)
  const grant = await ground.newGrant()
  keeper = await ground.keeper()
  const finalizers = async () => at(await ground.grant(grant), 'metadata', 'finalizers')
  await eventually('it is set', async () => (await finalizers()) !== undefined)
  assert.deepEqual(await finalizers(), ['solewriter.dev/outbox'])
  await ground.own.kubectl('delete', 'bg', grant, '--wait=false')
  await ground.close(grant)
  assert.deepEqual(await finalizers(), ['solewriter.dev/outbox'])
  isUp = true
  const all = await ground.expected(grant)
  await eventually('it is gone', async () => {
    const target = `/apis/solewriter.dev/v1alpha1/breakglassgrants/${grant}`
    return (await ground.own.api.send({ method: 'GET', path: target })).status === 404
  })
  const taken = distinct(eventsIn(receiver.received, grant))
  assert.deepEqual(typesOf(taken).toSorted(), typesOf(all).toSorted())
})
