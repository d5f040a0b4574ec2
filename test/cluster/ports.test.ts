import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createConnection, createServer } from 'node:net'
import { test } from 'node:test'
import { holdPort } from './ports.ts'

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
