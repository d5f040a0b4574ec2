import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { hasCondition } from '../../src/core/breakglass/conditions.ts'
import { unfoldKeys } from '../../src/core/breakglass/outbox/told-keys.ts'
import { at, stringAt, type Json, type JsonObject } from '../../src/core/manifest/json.ts'
import { openReceiver, type Receiver } from '../sinks/receiver.ts'
import { grants } from './break-glass-ground.ts'
import { eventually } from './eventually.ts'
import {
  eventsIn,
  startOutboxGround,
  untilTold,
  type Keeper,
  type OutboxGround,
} from './outbox-ground.ts'

// `kill -9` of whoever tells, at every step between two states of a grant: nothing is lost, and what
// comes twice comes with the id that it had.

let ground: OutboxGround
let receiver: Receiver
const running: Keeper[] = []

before(async () => {
  ground = await startOutboxGround()
})
after(() => ground.end())
beforeEach(async () => {
  receiver = await openReceiver()
  ground.sinks([{ name: 'hook', kind: 'cloudevents', url: receiver.url, mandatory: true }])
})
afterEach(async () => {
  for (const keeper of running.splice(0)) await keeper.kill()
  await receiver.close()
})

async function start(): Promise<Keeper> {
  const keeper = await ground.keeper()
  running.push(keeper)
  return keeper
}

const taken = (grant: string) => () => eventsIn(receiver.received, grant)

async function toldIn(grant: string): Promise<readonly string[]> {
  const all = at(await ground.grant(grant), 'status', 'deliveries') as readonly Json[] | undefined
  return (at(all?.[0], 'told') ?? []) as readonly string[]
}

/** Answers nothing to the event number `n` of the grant; resolves when it is here. */
function silentAt(n: number, grant: string): Promise<void> {
  return new Promise((resolve) => {
    receiver.answer = () => {
      if (taken(grant)().length < n) return { status: 202 }
      resolve()
      return 'silence'
    }
  })
}

describe('whoever tells is killed', () => {
  test('before anything was sent', async () => {
    const grant = await ground.newGrant()
    await (await start()).kill()
    await start()
    await untilTold(ground, grant, taken(grant))
  })

  test('while the first event is under way', async () => {
    const grant = await ground.newGrant()
    const isHere = silentAt(1, grant)
    const keeper = await start()
    await isHere
    await keeper.kill()
    assert.deepEqual(await toldIn(grant), [])
    receiver.answer = () => ({ status: 202 })
    await start()
    await untilTold(ground, grant, taken(grant))
    // Nobody knows whether it was taken.
    await eventually('it comes again', () => taken(grant)().length >= 4)
    assert.equal(taken(grant)().length, (await ground.expected(grant)).length + 1)
  })

  test('when some events were taken, and nothing written down', async () => {
    const grant = await ground.newGrant()
    for (let i = 0; i < 4; i += 1) await ground.use(grant)
    const isHere = silentAt(5, grant)
    const keeper = await start()
    await isHere
    await keeper.kill()
    // All four were in one round, unless the machine is slow.
    const written = unfoldKeys(await toldIn(grant)).size
    assert.ok(written < 5, String(written))
    receiver.answer = () => ({ status: 202 })
    await start()
    await untilTold(ground, grant, taken(grant))
    const { length } = await ground.expected(grant)
    const again = 5 - written
    await eventually('they come again', () => taken(grant)().length >= length + again)
    assert.equal(taken(grant)().length, length + again)
  })

  test('when it was written down: nothing comes again', async () => {
    const grant = await ground.newGrant()
    const keeper = await start()
    await untilTold(ground, grant, taken(grant))
    await eventually('it is written down', async () => (await toldIn(grant)).length === 3)
    await keeper.kill()
    await ground.use(grant)
    await start()
    await untilTold(ground, grant, taken(grant))
    assert.equal(taken(grant)().length, (await ground.expected(grant)).length)
  })

  test('while a sink is left alone: whoever comes after leaves it alone as well', async () => {
    const times: number[] = []
    receiver.answer = () => {
      times.push(Date.now())
      const headers = { 'retry-after': '5' }
      return times.length === 1 ? { status: 503, headers } : { status: 202 }
    }
    const grant = await ground.newGrant()
    const keeper = await start()
    await eventually('it is written down', async () => {
      const all = at(await ground.grant(grant), 'status', 'deliveries') as
        readonly Json[] | undefined
      return stringAt(all?.[0], 'nextTry') !== undefined
    })
    await keeper.kill()
    await start()
    await untilTold(ground, grant, taken(grant))
    const [first = 0, second = 0] = times
    assert.ok(second >= first + 5_000, String(second - first))
  })

  test('between the end of an archived grant and its release', async () => {
    const keeper = await start()
    const grant = await ground.newGrant()
    await untilTold(ground, grant, taken(grant))
    await ground.close(grant)
    await eventually('it is archived', async () =>
      hasCondition(await ground.grant(grant), 'Archived'),
    )
    await eventually('it is released', async () => {
      const finalizers = at(await ground.grant(grant), 'metadata', 'finalizers')
      return finalizers === undefined
    })
    await keeper.kill()
    // As it is when it was killed in between.
    const headers = { 'content-type': 'application/merge-patch+json' }
    const body = { metadata: { finalizers: ['solewriter.dev/outbox'] } }
    const request = { method: 'PATCH', path: `${grants}/${grant}`, headers, body } as const
    assert.equal((await ground.own.api.send(request)).status, 200)
    await start()
    await eventually('it is released again', async () => {
      const finalizers = at(await ground.grant(grant), 'metadata', 'finalizers')
      return finalizers === undefined
    })
    assert.equal(taken(grant)().length, (await ground.expected(grant)).length)
  })
})

test('two that tell at once tell nothing else, and lose nothing', async () => {
  await Promise.all([start(), start()])
  const grant = await ground.newGrant()
  for (let i = 0; i < 10; i += 1) await ground.use(grant)
  await untilTold(ground, grant, taken(grant))
  await ground.close(grant)
  await untilTold(ground, grant, taken(grant))
  await eventually('it is archived', async () =>
    hasCondition(await ground.grant(grant), 'Archived'),
  )
})

test('killed again and again, at each request in turn, while more and more happens', async () => {
  const file = path.join(ground.dir, 'events.jsonl')
  ground.sinks([
    { name: 'hook', kind: 'cloudevents', url: receiver.url, mandatory: true },
    { name: 'archive', kind: 'file', path: file, mandatory: true },
  ])
  const [first, second] = [await ground.newGrant(), await ground.newGrant()]
  let keeper = await start()
  let kills = 0
  for (let round = 0; round < 20; round += 1) {
    const before = receiver.received.length
    const isDead = new Promise<void>((resolve) => {
      receiver.answer = async () => {
        // Before the answer, after it, and in the middle of what comes next.
        if (receiver.received.length - before < 1 + (round % 3)) return { status: 202 }
        const killing = keeper.kill().then(resolve)
        if (round % 2 === 0) await killing
        return { status: 202 }
      }
    })
    for (const grant of [first, second]) {
      await ground.use(grant)
      await ground.use(grant)
    }
    await isDead
    kills += 1
    keeper = await start()
  }
  receiver.answer = () => ({ status: 202 })
  for (const grant of [first, second]) await ground.close(grant)
  for (const grant of [first, second]) {
    await untilTold(ground, grant, taken(grant))
    await eventually('it is archived', async () =>
      hasCondition(await ground.grant(grant), 'Archived'),
    )
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
    const written = lines.map((line) => JSON.parse(line) as JsonObject)
    await untilTold(ground, grant, () =>
      written.filter((event) => event['correlationid'] === grant),
    )
  }
  assert.equal(kills, 20)
})
