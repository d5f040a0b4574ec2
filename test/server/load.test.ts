import assert from 'node:assert/strict'
import test from 'node:test'
import { Agent } from 'node:https'
import { connect, type TLSSocket } from 'node:tls'
import { allowed, openGate, reviewBy, reviewWith, toReviewReply, type Gate } from './gate.ts'
import { makeLatch } from './latch.ts'

const tight = { inFlight: 3, reserved: 1, queue: 2 }
const isOwn = (username: string) => username === 'own'

test('what fits neither the slots nor the queue gets 503, Retry-After and a closed connection', async (t) => {
  const latch = makeLatch()
  const gate = await openGate(t, { handle: latch.handle, limits: { ...tight, reserved: 0 } })
  const first = send(gate, 'a', 'b', 'c')
  await latch.reached(3)
  const queued = send(gate, 'd', 'e')
  await waitFor(gate, /reviews_queued 2/)
  assert.match(await gate.metrics.exposition(), /reviews_in_flight 3/)
  const reply = await gate.send(reviewBy('f'), { agent: gate.agent() })
  assert.equal(reply.status, 503)
  assert.equal(reply.headers['retry-after'], '1')
  assert.equal(reply.headers['connection'], 'close')
  assert.match(await gate.metrics.exposition(), /rejected_total\{reason="overload"\} 1/)
  latch.open()
  for (const each of [...(await first), ...(await queued)]) {
    assert.equal(toReviewReply(each).allowed, true)
  }
  assert.deepEqual(latch.entered, ['a', 'b', 'c', 'd', 'e'])
  await waitFor(gate, /reviews_in_flight 0/)
})

test('our own accounts have a slot and a place in the queue when everybody else must wait', async (t) => {
  const latch = makeLatch()
  const gate = await openGate(t, { handle: latch.handle, limits: tight, ownAccounts: isOwn })
  const busy = send(gate, 'a', 'b')
  await latch.reached(2)
  const waiting = send(gate, 'c')
  await waitFor(gate, /reviews_queued 1/)
  // The queue has two places, of which one is reserved: the next one is turned away.
  assert.equal((await gate.send(reviewBy('d'), { agent: gate.agent() })).status, 503)
  const own = send(gate, 'own')
  await latch.reached(3)
  assert.deepEqual(latch.entered, ['a', 'b', 'own'])
  const ownQueued = send(gate, 'own')
  await waitFor(gate, /reviews_queued 2/)
  latch.open()
  const replies = await Promise.all([busy, waiting, own, ownQueued])
  for (const each of replies.flat()) assert.equal(toReviewReply(each).allowed, true)
  assert.equal(latch.entered[3], 'own')
})

test('large bodies wait for each other, small ones do not wait for them', async (t) => {
  const latch = makeLatch()
  const gate = await openGate(t, { handle: latch.handle, limits: { largeBytes: 1024 * 1024 } })
  const first = gate.send(largeReview('big'), { agent: gate.agent() })
  await latch.reached(1)
  const second = gate.send(largeReview('bigger'), { agent: gate.agent() })
  await waitFor(gate, /reviews_queued 1/)
  const small = send(gate, 'small')
  await latch.reached(2)
  assert.deepEqual(latch.entered, ['big', 'small'])
  latch.open()
  for (const each of [await first, await second, ...(await small)]) {
    assert.equal(toReviewReply(each).allowed, true)
  }
})

test('a review whose deadline passes in the queue is denied, and leaves the queue', async (t) => {
  const latch = makeLatch()
  const gate = await openGate(t, {
    handle: latch.handle,
    limits: { ...tight, reserved: 0, inFlight: 1 },
  })
  const busy = send(gate, 'a')
  await latch.reached(1)
  const late = await gate.review(reviewBy('b'), {
    agent: gate.agent(),
    path: '/validate?timeout=1s',
  })
  assert.equal(late.allowed, false)
  assert.match(late.status?.message ?? '', /^\[DeadlineExceeded\]/)
  assert.match(await gate.metrics.exposition(), /reviews_queued 0/)
  latch.open()
  for (const each of await busy) assert.equal(toReviewReply(each).allowed, true)
  assert.deepEqual(latch.entered, ['a'])
})

test('connections beyond the limit are not taken, and counted', async (t) => {
  const gate = await openGate(t, { limits: { connections: 2 } })
  await gate.send(reviewWith(), { agent: gate.agent() })
  await gate.send(reviewWith(), { agent: gate.agent() })
  await assert.rejects(gate.send(reviewWith(), { agent: gate.agent() }))
  assert.match(await gate.metrics.exposition(), /reason="connection-limit"\} 1/)
})

test('a drain answers with closed connections, then ends when nothing is in flight', async (t) => {
  const latch = makeLatch()
  const gate = await openGate(t, {
    handle: (request, call) =>
      request.user.username === 'slow' ? latch.handle(request, call) : Promise.resolve(allowed),
    drain: { lameDuckMs: 300, lastReviewMs: 5000 },
  })
  const idle = gate.agent()
  await gate.send(reviewWith(), { agent: idle })
  const slow = gate.send(reviewBy('slow'), { agent: gate.agent() })
  await latch.reached(1)
  let isDrained = false
  const drained = gate.server.drain().then(() => (isDrained = true))
  const meanwhile = await gate.send(reviewWith(), { agent: idle })
  assert.equal(toReviewReply(meanwhile).allowed, true)
  assert.equal(meanwhile.headers['connection'], 'close')
  await refusesConnections(gate)
  assert.equal(isDrained, false)
  latch.open()
  assert.equal(toReviewReply(await slow).allowed, true)
  await drained
})

test('a connection that brings a review after the last moment is told to try elsewhere', async (t) => {
  const latch = makeLatch()
  const gate = await openGate(t, {
    handle: latch.handle,
    drain: { lameDuckMs: 0, lastReviewMs: 5000 },
  })
  const slow = gate.send(reviewBy('slow'), { agent: gate.agent() })
  await latch.reached(1)
  const socket = await openConnection(gate)
  const drained = gate.server.drain()
  await refusesConnections(gate)
  const reply = await sendRaw(socket, reviewBy('late'))
  assert.match(reply, /^HTTP\/1.1 503 [\s\S]*Connection: close[\s\S]*Retry-After: 1/)
  latch.open()
  await slow
  await drained
})

test('a drain gives up on a review that never ends', async (t) => {
  const gate = await openGate(t, {
    handle: () => new Promise(() => {}),
    drain: { lameDuckMs: 0, lastReviewMs: 50 },
  })
  const stuck = assert.rejects(gate.send(reviewBy('stuck'), { agent: gate.agent() }))
  await waitFor(gate, /reviews_in_flight 1/)
  await gate.server.drain()
  await stuck
})

/** Connected, and silent so far: a drain does not take it for idle. */
function openConnection(gate: Gate): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: '127.0.0.1',
      port: gate.port,
      ca: gate.pki.authority.certificatePem,
      cert: gate.pki.client.certificatePem,
      key: gate.pki.client.keyPem,
    })
    socket.once('secureConnect', () => {
      resolve(socket)
    })
    socket.once('error', reject)
  })
}

async function sendRaw(socket: TLSSocket, body: string): Promise<string> {
  const head = 'POST /validate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n'
  socket.write(`${head}Content-Length: ${String(body.length)}\r\n\r\n${body}`)
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

function send(gate: Gate, ...users: readonly string[]) {
  return Promise.all(users.map((user) => gate.send(reviewBy(user), { agent: gate.agent() })))
}

function largeReview(username: string): string {
  const data = { text: 'x'.repeat(600 * 1024) }
  return reviewWith({ userInfo: { username }, object: { data } })
}

async function waitFor(gate: Gate, line: RegExp): Promise<void> {
  for (;;) {
    if (line.test(await gate.metrics.exposition())) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

async function refusesConnections(gate: Gate): Promise<void> {
  for (;;) {
    const error = await gate.send(reviewWith(), { agent: new Agent() }).catch((e: unknown) => e)
    if ((error as { readonly code?: string }).code === 'ECONNREFUSED') return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
