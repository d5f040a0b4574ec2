import assert from 'node:assert/strict'
import { test } from 'node:test'
import { noCheckpoint, type Checkpoint } from '../../../src/core/audit/checkpoint.ts'
import { at, type JsonObject } from '../../../src/core/manifest/json.ts'
import { openAnchors, storeAnchor } from '../../../src/cli/serve/anchors.ts'
import type { Api, ApiAnswer } from '../../../src/kubernetes/api.ts'
import { quiet } from '../../journal/reading.ts'

const writer = 'serve-0/01K3W7Q2000000000000000000'
const name = 'chain-01k3w7q2000000000000000000'

function checkpoint(seq: number): Checkpoint {
  const head = `sha256:${'1'.repeat(64)}`
  const rest = { count: seq, prevCheckpoint: noCheckpoint, time: 't', unrecorded: 0 }
  return { ...rest, closes: false, head, seq, writer }
}

interface Sent {
  readonly what: string
  readonly seq: unknown
}

/** Answers with the statuses in turn, the last one for ever; `hold` keeps each answer back. */
function fakeApi(statuses: readonly number[], hold: () => Promise<void> = () => Promise.resolve()) {
  const sent: Sent[] = []
  const left = [...statuses]
  const api: Api = {
    host: 'fake',
    send: async ({ method, path, body }): Promise<ApiAnswer> => {
      sent.push({ what: `${method} ${path}`, seq: at(body as JsonObject, 'spec', 'seq') })
      const status = left.length > 1 ? (left.shift() ?? 0) : (left[0] ?? 0)
      await hold()
      return { status, headers: {}, body: {} }
    },
    stream: () => Promise.reject(new Error('nobody streams')),
    close: () => undefined,
  }
  return { api, sent }
}

const collection = '/apis/solewriter.dev/v1alpha1/auditcheckpoints'

test('the first one makes the object of its chain, the next ones change it', async () => {
  const { api, sent } = fakeApi([404, 201, 200])
  const anchors = openAnchors({ api, now: Date.now, log: quiet })
  anchors.take(checkpoint(1))
  await anchors.stop()
  anchors.take(checkpoint(2))
  await anchors.stop()
  assert.deepEqual(sent, [
    { what: `PATCH ${collection}/${name}`, seq: 1 },
    { what: `POST ${collection}`, seq: 1 },
    { what: `PATCH ${collection}/${name}`, seq: 2 },
  ])
  assert.deepEqual(anchors.checks(), [
    { name: 'audit checkpoint', ok: true, detail: 'stored at t' },
  ])
})

test('the age is that of the last one that was stored', async () => {
  let now = 1000
  const { api } = fakeApi([200])
  const anchors = openAnchors({ api, now: () => now, log: quiet })
  now = 6000
  assert.equal(anchors.ageSeconds(), 5)
  anchors.take(checkpoint(1))
  await anchors.stop()
  now = 8000
  assert.equal(anchors.ageSeconds(), 2)
})

test('while one is being stored only the newest of the others waits', async () => {
  const free = Promise.withResolvers<void>()
  const { api, sent } = fakeApi([200], () => free.promise)
  const anchors = openAnchors({ api, now: Date.now, log: quiet })
  for (const seq of [1, 2, 3]) anchors.take(checkpoint(seq))
  free.resolve()
  await anchors.stop()
  assert.deepEqual(
    sent.map(({ seq }) => seq),
    [1, 3],
  )
})

test('what is refused is tried again, told once, and shows until it is stored', async () => {
  const { api, sent } = fakeApi([500, 500, 500, 200])
  const events: string[] = []
  const log = { ...quiet, warn: (event: string) => events.push(event) }
  const anchors = openAnchors({ api, now: Date.now, log, retry: 1 })
  anchors.take(checkpoint(1))
  while (anchors.checks()[0]?.ok !== false) await nextTurn()
  while (sent.length < 4) await nextTurn()
  await anchors.stop()
  assert.deepEqual(events, ['checkpoint_not_in_cluster'])
  assert.equal(anchors.checks()[0]?.ok, true)
})

test('the end waits for no pause, tries once more, and tells what is not stored', async () => {
  const { api, sent } = fakeApi([500])
  const events: string[] = []
  const log = { ...quiet, warn: (event: string) => events.push(event) }
  const anchors = openAnchors({ api, now: Date.now, log, retry: 2 ** 30 })
  anchors.take(checkpoint(1))
  while (anchors.checks()[0]?.ok !== false) await nextTurn()
  await anchors.stop()
  assert.equal(sent.length, 2)
  assert.deepEqual(events, ['checkpoint_not_in_cluster', 'last_checkpoint_not_in_cluster'])
})

test('one of a chain that is over is tried again until it is stored', async () => {
  const { api, sent } = fakeApi([500, 404, 500, 200])
  const events: string[] = []
  const log = { ...quiet, warn: (event: string) => events.push(event) }
  const end = storeAnchor(checkpoint(7), { api, log, retry: 1 })
  while (sent.length < 4) await nextTurn()
  await end()
  assert.deepEqual(
    sent.map(({ what }) => what),
    [
      `PATCH ${collection}/${name}`,
      `PATCH ${collection}/${name}`,
      `POST ${collection}`,
      `PATCH ${collection}/${name}`,
    ],
  )
  assert.deepEqual(events, [])
})

test('one of a chain that is over is left when it is refused again and again, and that is told', async () => {
  const { api, sent } = fakeApi([403])
  const events: string[] = []
  const log = { ...quiet, warn: (event: string) => events.push(event) }
  const end = storeAnchor(checkpoint(7), { api, log, retry: 1 })
  while (events.length === 0) await nextTurn()
  await end()
  assert.equal(sent.length, 5)
  assert.deepEqual(events, ['earlier_checkpoint_not_in_cluster'])
})

test('one of a chain that is over keeps no end waiting', async () => {
  const { api, sent } = fakeApi([403])
  const end = storeAnchor(checkpoint(7), { api, log: quiet, retry: 2 ** 30 })
  while (sent.length === 0) await nextTurn()
  await end()
  assert.equal(sent.length, 1)
})

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
