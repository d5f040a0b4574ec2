import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { OutboxRounds } from '../../../src/cli/controller/outbox-rounds.ts'
import { queueing } from '../../../src/core/breakglass/queue.ts'
import { deliveryTo } from '../../../src/core/breakglass/outbox/deliveries.ts'
import { keyOf, type Told } from '../../../src/core/breakglass/outbox/event.ts'
import { eventsOf } from '../../../src/core/breakglass/outbox/events.ts'
import type { Outcome, Sink } from '../../../src/core/breakglass/outbox/sink.ts'
import { stringAt, type JsonObject } from '../../../src/core/manifest/json.ts'
import { createLogTo } from '../../../src/telemetry/log.ts'
import { fakeGrants } from '../../fakes/grants.ts'
import { begin, telling } from '../../core/breakglass/outbox/telling.ts'

type Deliver = (id: string, signal: AbortSignal) => Outcome | Promise<Outcome>

const delivered: Deliver = () => ({ kind: 'delivered' })
const never: Deliver = () => new Promise(() => undefined)

function rounds(deliver: Deliver, { count = 1 } = {}) {
  const told = telling()
  const named = (i: number): JsonObject => ({
    ...told.grant,
    metadata: { ...(told.grant['metadata'] as JsonObject), name: `bg-${i}` },
  })
  const grants = fakeGrants(Array.from({ length: count }, (_, i) => named(i)))
  const sent: string[] = []
  const troubles: string[] = []
  const lines: string[] = []
  const ending = new AbortController()
  const sinkNamed = (name: string): Sink => ({
    name,
    isMandatory: true,
    wants: () => true,
    revision: () => Promise.resolve('r'),
    deliver: async ({ event, grant }, signal) => {
      sent.push(`${name} ${grant} ${event.type}`)
      return deliver(event.id, signal)
    },
  })
  const sinks = ['a', 'b'].map(sinkNamed)
  const toldOf = (_name: string, grant: JsonObject): Told => ({
    grant,
    postMortem: undefined,
    now: begin,
  })
  const own = new OutboxRounds({
    store: queueing(grants),
    teller: () => ({ clusterUid: 'u', cluster: 'c' }),
    sinks: () => sinks,
    toldOf,
    onEnd: () => undefined,
    onTrouble: (_grant, error) => troubles.push(error.message),
    now: () => begin,
    log: createLogTo({ write: (line) => lines.push(line) }, { level: 'info', now: () => begin }),
  })
  return {
    own,
    grants,
    sent,
    troubles,
    lines,
    ending,
    start: (sink: number, i = 0) => {
      const grant = grants.stored(`bg-${i}`) ?? assert.fail()
      const look = { name: `bg-${i}`, told: toldOf('', grant), signal: ending.signal }
      const due = { sink: sinks[sink] ?? assert.fail(), revision: 'r' }
      own.start({ ...due, pending: eventsOf(look.told) }, look)
    },
    delivery: (sink: string, i = 0) =>
      deliveryTo(sink, grants.stored(`bg-${i}`) ?? assert.fail()) ?? assert.fail(),
  }
}

const all = eventsOf(telling()).map(keyOf)

test('what is told and cannot be written down is not told again, but written down later', async () => {
  const { own, grants, sent, troubles, start, delivery } = rounds(delivered)
  grants.faults.record = (attempt) => (attempt === 1 ? 'failed' : undefined)
  start(0)
  start(0)
  await own.ended()
  assert.equal(sent.length, all.length)
  assert.deepEqual(troubles, ['the disk is full'])
  assert.deepEqual(delivery('a').told, new Set(all))
})

test('two sinks at once write down what is theirs', async () => {
  const { own, grants, start, delivery } = rounds(delivered)
  grants.faults.record = (attempt) => (attempt % 2 === 1 ? 'conflict' : undefined)
  start(0)
  start(1)
  await own.ended()
  for (const sink of ['a', 'b']) assert.deepEqual(delivery(sink).told, new Set(all))
})

test('what goes wrong in a way that nobody foresaw shows nothing', async () => {
  const { own, lines, start, delivery } = rounds(() => {
    throw new TypeError('of the secret https://hooks.example/T0/B0')
  })
  start(0)
  await own.ended()
  assert.equal(delivery('a').lastError, 'failed: TypeError')
  assert.equal(lines.length, 1)
  assert.ok(!lines.join().includes('hooks.example'))
})

test('whoever is interrupted has failed at nothing, and what was taken is written down', async () => {
  let count = 0
  const { own, start, delivery, ending } = rounds((_id, signal) => {
    count += 1
    if (count === 1) return { kind: 'delivered' }
    ending.abort()
    return { kind: 'later', why: `no answer, ${String(signal.aborted)}` }
  })
  start(0)
  await own.ended()
  const { told, attempts, lastError } = delivery('a')
  assert.deepEqual([[...told], attempts, lastError], [all.slice(0, 1), 0, undefined])
})

test('a sink that does not answer has only so many rounds, and others have theirs', async () => {
  const { own, sent, start } = rounds(never, { count: 20 })
  for (let i = 0; i < 20; i += 1) start(0, i)
  start(1, 19)
  await turn()
  assert.equal(sent.filter((one) => one.startsWith('a ')).length, 16)
  assert.equal(sent.filter((one) => one.startsWith('b ')).length, 1)
  assert.ok(own.isBusy('bg-19'))
})

test('a pause that a sink asks for is for all grants, and for no other sink', async () => {
  const { own, sent, start } = rounds(
    () => ({ kind: 'later', why: 'answers 429', notBefore: begin + 1 }),
    { count: 2 },
  )
  start(0, 0)
  await own.ended()
  start(0, 1)
  start(1, 1)
  await own.ended()
  assert.deepEqual(
    sent.map((one) => one.split(' ').slice(0, 2).join(' ')),
    ['a bg-0', 'b bg-1'],
  )
})

test('a grant that is gone takes nothing down', async () => {
  const { own, grants, troubles, start } = rounds(delivered)
  start(0)
  grants.remove('bg-0')
  await own.ended()
  assert.deepEqual(troubles, [])
  assert.equal(stringAt(grants.stored('bg-0'), 'metadata', 'name'), undefined)
})
