import assert from 'node:assert/strict'
import { createHmac, timingSafeEqual } from 'node:crypto'
import test, { type TestContext } from 'node:test'
import { createHooksServer, type HooksServerOptions } from '../../src/server/hooks.ts'
import { createLogTo } from '../../src/telemetry/log.ts'
import { createMetrics, type Metrics } from '../../src/telemetry/metrics.ts'
import { exchange } from './http.ts'

const secret = 'a secret of the test'

interface Hooks {
  readonly port: number
  readonly notified: readonly string[]
  readonly metrics: Metrics
}

test('a push that is signed over these very bytes notifies its repository', async (t) => {
  const hooks = await open(t)
  const body = Buffer.from([0x7b, 0xff, 0x00, 0x7d])
  const reply = await push(hooks, '/hooks/fleet', body)
  assert.equal(reply.status, 202)
  assert.deepEqual(hooks.notified, ['fleet'])
  assert.match(await hooks.metrics.exposition(), /repository="fleet",outcome="accepted"\} 1/)
})

test('a wrong, missing or foreign signature is 401 and notifies nobody', async (t) => {
  const hooks = await open(t)
  const reply = await push(hooks, '/hooks/fleet', Buffer.from('{}'), 'sha256=00')
  assert.equal(reply.status, 401)
  assert.equal(
    (await exchange(hooks.port, '/hooks/fleet', { method: 'POST', body: '{}' })).status,
    401,
  )
  assert.equal((await push(hooks, '/hooks/fleet', Buffer.from('{ }'), sign('{}'))).status, 401)
  assert.deepEqual(hooks.notified, [])
})

test('a check that throws counts as a no', async (t) => {
  const hooks = await open(t, {
    verify: () => {
      throw new Error(secret)
    },
  })
  const reply = await push(hooks, '/hooks/fleet', Buffer.from('{}'))
  assert.equal(reply.status, 401)
  assert.doesNotMatch(reply.text, /secret of the test/)
  assert.deepEqual(hooks.notified, [])
})

const unknown = [
  '/hooks/other',
  '/hooks/',
  '/hooks',
  '/',
  '/hooks/fleet/',
  '/hooks/fleet/x',
  '/hooks/..%2Ffleet',
  '/hooks/%66leet',
  '/hooks/fleet%00',
  '/hooks/__proto__',
]
for (const path of unknown) {
  test(`${path} is no repository`, async (t) => {
    const hooks = await open(t)
    assert.equal((await push(hooks, path, Buffer.from('{}'))).status, 404)
    assert.deepEqual(hooks.notified, [])
  })
}

test('another method is 405', async (t) => {
  const hooks = await open(t)
  assert.equal((await exchange(hooks.port, '/hooks/fleet')).status, 405)
})

test('1 MiB is read, more is not', async (t) => {
  const hooks = await open(t)
  assert.equal((await push(hooks, '/hooks/fleet', Buffer.alloc(1024 * 1024))).status, 202)
  assert.equal((await push(hooks, '/hooks/fleet', Buffer.alloc(1024 * 1024 + 1))).status, 413)
  const chunked = await exchange(hooks.port, '/hooks/fleet', {
    method: 'POST',
    headers: { 'Transfer-Encoding': 'chunked' },
    body: Buffer.alloc(2 * 1024 * 1024),
  })
  assert.equal(chunked.status, 413)
  assert.deepEqual(hooks.notified, ['fleet'])
})

test('too many for one repository are 429 until time has passed, others go on', async (t) => {
  let now = 0
  const hooks = await open(t, { rate: { burst: 2, perMinute: 60 }, now: () => now })
  const statuses: number[] = []
  for (let i = 0; i < 3; i += 1) {
    statuses.push((await push(hooks, '/hooks/fleet', Buffer.from('{}'))).status)
  }
  assert.deepEqual(statuses, [202, 202, 429])
  assert.equal((await push(hooks, '/hooks/apps', Buffer.from('{}'))).status, 202)
  now += 1000
  assert.equal((await push(hooks, '/hooks/fleet', Buffer.from('{}'))).status, 202)
  assert.deepEqual(hooks.notified, ['fleet', 'fleet', 'apps', 'fleet'])
})

test('a clock that goes back gives nothing away', async (t) => {
  let now = 1_000_000
  const hooks = await open(t, { rate: { burst: 1, perMinute: 60 }, now: () => now })
  await push(hooks, '/hooks/fleet', Buffer.from('{}'))
  now = 0
  assert.equal((await push(hooks, '/hooks/fleet', Buffer.from('{}'))).status, 429)
})

async function open(t: TestContext, options: Partial<HooksServerOptions> = {}): Promise<Hooks> {
  const notified: string[] = []
  const metrics = createMetrics()
  const server = createHooksServer({
    listen: { host: '127.0.0.1', port: 0 },
    isKnown: (repository) => ['fleet', 'apps'].includes(repository),
    verify: (_repository, headers, body) => isSigned(headers['x-hub-signature-256'], body),
    notify: (repository) => notified.push(repository),
    now: () => 0,
    metrics,
    log: createLogTo({ write: () => {} }, { level: 'debug', now: Date.now }),
    ...options,
  })
  const { port } = await server.start()
  t.after(() => server.stop())
  return { port, notified, metrics }
}

function push(hooks: Hooks, path: string, body: Buffer, signature = sign(body)) {
  return exchange(hooks.port, path, {
    method: 'POST',
    headers: { 'X-Hub-Signature-256': signature },
    body,
  })
}

function sign(body: Buffer | string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
}

function isSigned(header: string | string[] | undefined, body: Buffer): boolean {
  const given = Buffer.from(typeof header === 'string' ? header : '')
  const wanted = Buffer.from(sign(body))
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}
