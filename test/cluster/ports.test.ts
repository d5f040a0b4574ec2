import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createConnection, createServer } from 'node:net'
import { test } from 'node:test'
import { freePort, holdPort } from './ports.ts'

async function listenOn(port: number): Promise<void> {
  const server = createServer()
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  server.close()
  await once(server, 'close')
}

test('a held port is nobody else’s until it is released, and again when it is taken back', async (t) => {
  const held = await holdPort()
  t.after(() => held.release())
  for (const round of ['first', 'again']) {
    await assert.rejects(listenOn(held.port), { code: 'EADDRINUSE' }, round)
    const socket = createConnection(held.port, '127.0.0.1')
    await assert.rejects(once(socket, 'end'), { code: 'ECONNRESET' }, round)
    await held.release()
    await listenOn(held.port)
    await held.hold()
  }
})

test('a port that was given to one process is given to no other, though nobody listens yet', async () => {
  const port = await freePort()
  const other = createSocket('udp4')
  other.bind({ port, address: '127.0.0.1', exclusive: true })
  await assert.rejects(once(other, 'listening'), { code: 'EADDRINUSE' })
  await listenOn(port)
})

test('a held port that is taken over has never ceased to listen', async (t) => {
  const held = await holdPort()
  const server = await held.takeOver()
  t.after(() => server.close())
  await assert.rejects(listenOn(held.port), { code: 'EADDRINUSE' })
  server.on('connection', (socket) => socket.end('here'))
  const socket = createConnection(held.port, '127.0.0.1')
  const [words] = (await once(socket, 'data')) as [Buffer]
  assert.equal(words.toString(), 'here')
})
