import assert from 'node:assert/strict'
import test, { type TestContext } from 'node:test'
import { createHealthServer, type Readiness } from '../../src/server/health.ts'
import { createLogTo } from '../../src/telemetry/log.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'
import { exchange } from './http.ts'

const staleMirror: Readiness = {
  ready: true,
  checks: [{ name: 'mirror fleet', ok: false, detail: 'last good fetch 2 h ago' }],
}

test('alive is answered whatever the readiness', async (t) => {
  const port = await open(t, () => ({ ready: false, checks: [] }))
  assert.equal((await exchange(port, '/livez')).status, 200)
})

test('not ready is 503 and says which check', async (t) => {
  const checks = [{ name: 'policy', ok: false, detail: 'none yet' }]
  const port = await open(t, () => ({ ready: false, checks }))
  const reply = await exchange(port, '/readyz')
  assert.equal(reply.status, 503)
  assert.deepEqual(JSON.parse(reply.text), { ready: false, checks })
})

test('a stale mirror shows in the body and leaves the replica ready', async (t) => {
  const port = await open(t, () => staleMirror)
  const reply = await exchange(port, '/readyz?verbose')
  assert.equal(reply.status, 200)
  assert.deepEqual(JSON.parse(reply.text), staleMirror)
})

test('metrics are what Prometheus reads', async (t) => {
  const port = await open(t, () => staleMirror)
  const reply = await exchange(port, '/metrics')
  assert.equal(reply.status, 200)
  assert.match(reply.type, /^text\/plain; version=0.0.4/)
  assert.match(reply.text, /# TYPE solewriter_review_duration_seconds histogram/)
})

test('other paths and methods are refused', async (t) => {
  const port = await open(t, () => staleMirror)
  assert.equal((await exchange(port, '/')).status, 404)
  assert.equal((await exchange(port, '/validate', { method: 'POST', body: '{}' })).status, 405)
  assert.equal((await exchange(port, '/livez', { method: 'POST' })).status, 405)
})

test('a readiness that throws is an error, and the server goes on', async (t) => {
  const port = await open(t, () => {
    throw new Error('no')
  })
  assert.equal((await exchange(port, '/readyz')).status, 500)
  assert.equal((await exchange(port, '/livez')).status, 200)
})

async function open(t: TestContext, readiness: () => Readiness): Promise<number> {
  const server = createHealthServer({
    listen: { host: '127.0.0.1', port: 0 },
    readiness,
    metrics: createMetrics(),
    log: createLogTo({ write: () => {} }, { level: 'debug', now: Date.now }),
  })
  const { port } = await server.start()
  t.after(() => server.stop())
  return port
}
