import assert from 'node:assert/strict'
import { connect, type TLSSocket } from 'node:tls'
import test from 'node:test'
import type { KeyedCertificate } from '../../src/certs/authority.ts'
import { allowed, openGate, reviewWith, sharedPki, type Gate } from './gate.ts'
import { callerName, makeClient, makePki, makeServer, makeUnusualClient } from './pki.ts'

const forClients = { name: 'extKeyUsage', clientAuth: true }

test('the caller that the settings name is heard, and known by its certificate', async (t) => {
  const peers: (string | undefined)[] = []
  const gate = await openGate(t, {
    handle: (_request, call) => {
      peers.push(call.peer)
      return Promise.resolve(allowed)
    },
  })
  assert.equal((await gate.review(reviewWith())).allowed, true)
  assert.match(peers[0] ?? '', /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/)
})

const strangers: readonly (readonly [
  title: string,
  client: () => Promise<KeyedCertificate | 'none'>,
])[] = [
  ['without a certificate', () => Promise.resolve('none')],
  ['with a certificate of another authority', async () => (await makePki()).client],
  ['with a certificate for servers', async () => makeServer((await sharedPki()).authority)],
]

for (const [title, client] of strangers) {
  test(`a caller ${title} gets no connection, and the server goes on`, async (t) => {
    const gate = await openGate(t, { handle: () => assert.fail('nothing must be decided') })
    const agent = gate.agent(await client())
    await assert.rejects(gate.send(reviewWith(), { agent }))
    assert.match(
      await gate.metrics.exposition(),
      /solewriter_caller_refused_total\{reason="no-certificate"\} 1/,
    )
    await stillHears(gate)
  })
}

const impostors: readonly (readonly [
  title: string,
  reason: string,
  client: () => Promise<KeyedCertificate>,
])[] = [
  [
    'another name',
    'wrong-subject',
    async () => makeClient((await sharedPki()).authority, 'kube-apiserver2'),
  ],
  [
    'the name in capitals',
    'wrong-subject',
    async () => makeClient((await sharedPki()).authority, callerName.toUpperCase()),
  ],
  [
    'two names',
    'wrong-subject',
    async () =>
      makeUnusualClient((await sharedPki()).authority, ['mallory', callerName], [forClients]),
  ],
  [
    'a line break and the name in its name',
    'wrong-subject',
    async () =>
      makeUnusualClient((await sharedPki()).authority, [`mallory\nCN=${callerName}`], [forClients]),
  ],
  [
    'no word on its purpose',
    'wrong-purpose',
    async () => makeUnusualClient((await sharedPki()).authority, [callerName]),
  ],
]

for (const [title, reason, client] of impostors) {
  test(`a certificate of our authority with ${title} gets 403 and is cut off`, async (t) => {
    const gate = await openGate(t, { handle: () => assert.fail('nothing must be decided') })
    const reply = await gate.send(reviewWith(), { agent: gate.agent(await client()) })
    assert.equal(reply.status, 403)
    assert.equal(reply.headers['connection'], 'close')
    assert.match(
      await gate.metrics.exposition(),
      new RegExp(`solewriter_caller_refused_total\\{reason="${reason}"\\} 1`),
    )
    await stillHears(gate)
  })
}

test('without caller authentication everybody is heard, with a warning and a metric', async (t) => {
  const peers: (string | undefined)[] = []
  const gate = await openGate(t, {
    callerAuth: { kind: 'none' },
    handle: (_request, call) => {
      peers.push(call.peer)
      return Promise.resolve(allowed)
    },
  })
  const reply = await gate.review(reviewWith(), { agent: gate.agent('none') })
  assert.equal(reply.allowed, true)
  assert.deepEqual(peers, [undefined])
  assert.match(gate.log.join(''), /"level":"warn".*callers_not_authenticated/)
  assert.match(await gate.metrics.exposition(), /caller_authentication\{mode="none"\} 1/)
})

test('TLS 1.2 and HTTP/2 are not spoken', async (t) => {
  const gate = await openGate(t)
  await assert.rejects(handshake(gate, { maxVersion: 'TLSv1.2' }))
  const socket = await handshake(gate, { ALPNProtocols: ['h2', 'http/1.1'] })
  assert.equal(socket.alpnProtocol, 'http/1.1')
  socket.destroy()
})

test('no session is resumed, so that every connection is checked', async (t) => {
  const gate = await openGate(t)
  const first = await handshake(gate)
  const session = first.getSession()
  first.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  let latest = session
  first.on('session', (ticket) => (latest = ticket))
  await new Promise((resolve) => first.once('data', resolve))
  first.destroy()
  const second = await handshake(gate, latest === undefined ? {} : { session: latest })
  assert.equal(second.isSessionReused(), false)
  second.destroy()
})

test('a certificate is swapped under an open connection, which goes on', async (t) => {
  const gate = await openGate(t)
  const agent = gate.agent()
  const before = await gate.send(reviewWith(), { agent })
  const [socket] = Object.values(agent.freeSockets)[0] ?? []
  assert.equal(before.status, 200)
  assert.ok(socket)
  const fresh = await makeServer(gate.pki.authority)
  gate.server.setCertificate(fresh)
  assert.equal((await gate.review(reviewWith(), { agent })).allowed, true)
  assert.equal(Object.values(agent.freeSockets)[0]?.[0], socket)
  const next = await handshake(gate)
  const shown = next.getPeerX509Certificate()?.toString().replaceAll('\r', '')
  assert.equal(shown, fresh.certificatePem.replaceAll('\r', ''))
  next.destroy()
})

test('after a swap callers are checked as before', async (t) => {
  const gate = await openGate(t, { handle: () => assert.fail('nothing must be decided') })
  gate.server.setCertificate(await makeServer(gate.pki.authority))
  await assert.rejects(gate.send(reviewWith(), { agent: gate.agent('none') }))
  await assert.rejects(gate.send(reviewWith(), { agent: gate.agent((await makePki()).client) }))
  await assert.rejects(handshake(gate, { maxVersion: 'TLSv1.2' }))
})

test('a certificate that cannot be used is refused and the old one stays', async (t) => {
  const gate = await openGate(t)
  const other = await makeServer(gate.pki.authority)
  assert.throws(() => {
    gate.server.setCertificate({ ...gate.pki.server, certificatePem: 'not a certificate' })
  })
  assert.throws(() => {
    gate.server.setCertificate({ ...gate.pki.server, keyPem: other.keyPem })
  })
  assert.equal((await gate.review(reviewWith(), { agent: gate.agent() })).allowed, true)
})

test('callers of a new authority are heard once it is set, and then those of the old one are not', async (t) => {
  const gate = await openGate(t)
  const next = await makePki()
  await assert.rejects(gate.send(reviewWith(), { agent: gate.agent(next.client) }))
  gate.server.setClientCa(next.authority.certificatePem)
  assert.equal((await gate.review(reviewWith(), { agent: gate.agent(next.client) })).allowed, true)
  await assert.rejects(gate.send(reviewWith(), { agent: gate.agent() }))
})

async function stillHears(gate: Gate): Promise<void> {
  assert.equal((await gate.send('', { path: '/nowhere' })).status, 404)
}

function handshake(gate: Gate, options: object = {}): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: '127.0.0.1',
      port: gate.port,
      ca: gate.pki.authority.certificatePem,
      cert: gate.pki.client.certificatePem,
      key: gate.pki.client.keyPem,
      ...options,
    })
    socket.once('secureConnect', () => {
      resolve(socket)
    })
    socket.once('error', reject)
  })
}
