import assert from 'node:assert/strict'
import { Agent, request as httpsRequest } from 'node:https'
import test, { type TestContext } from 'node:test'
import type { KeyedCertificate } from '../../src/certs/authority.ts'
import type { Json } from '../../src/core/manifest/json.ts'
import { createAuditEventsServer, type AuditEventsOptions } from '../../src/server/audit-events.ts'
import { createLogTo } from '../../src/telemetry/log.ts'
import { eventually } from '../e2e/eventually.ts'
import { sharedPki } from './gate.ts'
import { callerName, makeClient } from './pki.ts'

interface Sending {
  readonly path?: string
  readonly method?: string
  readonly type?: string
  readonly client?: KeyedCertificate | 'none'
}

async function open(t: TestContext, options: Partial<AuditEventsOptions> = {}) {
  const pki = await sharedPki()
  const refused: string[] = []
  const log: string[] = []
  const taken: (readonly Json[])[] = []
  const server = createAuditEventsServer({
    listen: { host: '127.0.0.1', port: 0 },
    tls: pki.server,
    callerAuth: { kind: 'mtls', clientCaPem: pki.authority.certificatePem, names: [callerName] },
    take: (events) => {
      taken.push(events)
      return Promise.resolve()
    },
    onRefused: (why) => refused.push(why),
    log: createLogTo({ write: (line) => void log.push(line) }, { level: 'info', now: Date.now }),
    ...options,
  })
  const { port } = await server.start()
  t.after(() => server.stop())
  const send = (body: string, { path = '/audit', method = 'POST', type, client }: Sending = {}) => {
    const { certificatePem, keyPem } =
      client === undefined || client === 'none' ? pki.client : client
    const agent = new Agent({
      ...(client === 'none' ? {} : { cert: certificatePem, key: keyPem }),
      ca: pki.authority.certificatePem,
    })
    const headers = { 'content-type': type ?? 'application/json' }
    return new Promise<{ status: number; retryAfter: string | undefined }>((resolve, reject) => {
      const sent = httpsRequest(
        { host: '127.0.0.1', port, path, method, agent, headers },
        (reply) => {
          reply.resume()
          reply.on('end', () => {
            resolve({ status: reply.statusCode ?? 0, retryAfter: reply.headers['retry-after'] })
          })
        },
      )
      sent.on('error', reject)
      sent.end(body)
    })
  }
  return { send, refused, taken, log, pki, server }
}

const batch = (...items: readonly Json[]) =>
  JSON.stringify({ kind: 'EventList', apiVersion: 'audit.k8s.io/v1', items })

test('a batch is acknowledged once it is taken', async (t) => {
  const { send, taken } = await open(t)
  const { status } = await send(batch({ auditID: '1' }, { auditID: '2' }), {
    path: '/audit?timeout=30s',
  })
  assert.equal(status, 200)
  assert.deepEqual(taken, [[{ auditID: '1' }, { auditID: '2' }]])
})

test('what is no batch is refused', async (t) => {
  const { send, refused, taken } = await open(t)
  const wrong: readonly (readonly [string, Sending, number])[] = [
    ['{"kind":"EventList"', {}, 400],
    ['{"kind":"Event"}', {}, 400],
    [batch(), { type: 'application/yaml' }, 415],
    [batch(), { path: '/' }, 404],
    [batch(), { method: 'PUT' }, 405],
  ]
  for (const [body, sending, expected] of wrong) {
    assert.equal((await send(body, sending)).status, expected)
  }
  assert.deepEqual(refused, ['malformed', 'malformed', 'malformed'])
  assert.deepEqual(taken, [])
})

test('what is too large is refused', async (t) => {
  const { send, refused } = await open(t)
  const outcome = await send(batch('x'.repeat(17 * 1024 * 1024))).then(
    ({ status }) => status,
    () => 413,
  )
  assert.equal(outcome, 413)
  assert.deepEqual(refused, ['too-large'])
})

test('only callers with a certificate of that name are heard', async (t) => {
  const { send, refused, taken, pki } = await open(t)
  await assert.rejects(send(batch(), { client: 'none' }))
  const stranger = await makeClient(pki.authority, 'mallory')
  assert.equal((await send(batch(), { client: stranger })).status, 403)
  assert.deepEqual(refused, ['caller', 'caller'])
  assert.deepEqual(taken, [])
})

test('what cannot be kept has to be sent again, and is told once', async (t) => {
  let isBroken = true
  const { send, refused, log } = await open(t, {
    take: () => (isBroken ? Promise.reject(new TypeError('secret')) : Promise.resolve()),
  })
  assert.deepEqual(await send(batch()), { status: 503, retryAfter: '1' })
  assert.equal((await send(batch())).status, 503)
  assert.deepEqual(refused, ['not-kept', 'not-kept'])
  assert.equal(log.filter((line) => line.includes('audit_events_not_kept')).length, 1)
  isBroken = false
  assert.equal((await send(batch())).status, 200)
})

test('more than it can hold has to be sent again', async (t) => {
  let release = () => {}
  const held = new Promise<void>((resolve) => (release = resolve))
  const { send, refused } = await open(t, { take: () => held })
  const sent = Array.from({ length: 15 }, () => send(batch()))
  const first = await Promise.race(sent)
  assert.deepEqual(first, { status: 503, retryAfter: '1' })
  await eventually('three too many are refused', () => refused.length === 3)
  release()
  const statuses = (await Promise.all(sent)).map(({ status }) => status)
  assert.equal(statuses.filter((status) => status === 200).length, 12)
  assert.deepEqual(refused, ['overload', 'overload', 'overload'])
})

test('a batch that takes too long has to be sent again', async (t) => {
  const take: AuditEventsOptions['take'] = (_events, signal) =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        reject(signal.reason as Error)
      })
    })
  const { send } = await open(t, { take, deadlineMs: 50 })
  assert.equal((await send(batch())).status, 503)
})
