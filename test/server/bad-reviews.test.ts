import assert from 'node:assert/strict'
import { connect } from 'node:tls'
import test from 'node:test'
import type { AdmissionRequest } from '../../src/core/admission/request.ts'
import type { JsonObject } from '../../src/core/manifest/json.ts'
import { allowed, openGate, reviewBy, reviewWith, toReviewReply, type Gate } from './gate.ts'

const uid = '705ab4f5-6393-11e8-b7cc-42010a800002'
const deepArray = '['.repeat(100_000) + ']'.repeat(100_000)
const deepObject = '{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000)

const refused: readonly (readonly [
  title: string,
  body: string | Buffer,
  uid: string,
  says: RegExp,
])[] = [
  ['an empty body', '', '', /not JSON/],
  ['malformed JSON', '{"apiVersion":', '', /not JSON/],
  ['text after the JSON', `${reviewWith()} {}`, uid, /not JSON/],
  [
    'a number beyond 2^53 that is nested too deeply to be read without loss',
    reviewWith().replace(
      '"data":{}',
      `"data":${'{"a":'.repeat(20_000)}9007199254740993${'}'.repeat(20_000)}`,
    ),
    uid,
    /not JSON|nested/,
  ],
  [
    'bytes that are not UTF-8',
    Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')]),
    '',
    /not JSON|UTF-8/,
  ],
  ['a list', '[]', '', /the body must be a JSON object/],
  ['null', 'null', '', /the body must be a JSON object/],
  ['another kind', reviewWith().replace('"AdmissionReview"', '"Pod"'), uid, /kind must be/],
  [
    'another version',
    reviewWith().replace('admission.k8s.io/v1', 'admission.k8s.io/v1beta1'),
    uid,
    /apiVersion must be/,
  ],
  [
    'no request',
    '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}',
    '',
    /request must be an object/,
  ],
  [
    'a request that is a list',
    '{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":[]}',
    '',
    /request must be an object/,
  ],
  ['a uid that is a number', reviewWith({ uid: 7 }), '', /request.uid/],
  ['a uid that is an object', reviewWith({ uid: {} }), '', /request.uid/],
  ['a uid that is empty', reviewWith({ uid: '' }), '', /request.uid/],
  ['a uid of a megabyte', reviewWith({ uid: 'x'.repeat(1024 * 1024) }), '', /request.uid/],
  ['no user', reviewWith({ userInfo: null }), uid, /request.userInfo/],
  [
    'an operation that does not exist',
    reviewWith({ operation: 'PATCH' }),
    uid,
    /request.operation/,
  ],
  ['a creation without an object', reviewWith({ object: null }), uid, /request.object/],
  ['an object that is a list', reviewWith({ object: [] }), uid, /request.object/],
  ['dryRun that is a string', reviewWith({ dryRun: 'true' }), uid, /request.dryRun/],
  ['100,000 lists in each other and nothing else', deepArray, '', /the body must be a JSON object/],
]

for (const [title, body, expectedUid, says] of refused) {
  test(`${title} is denied with HTTP 200, and the server goes on`, async (t) => {
    const gate = await openGate(t, { handle: () => assert.fail('nothing must be decided') })
    const reply = await gate.review(body)
    assert.equal(reply.allowed, false)
    assert.equal(reply.uid, expectedUid)
    assert.equal(reply.status?.code, 403)
    assert.match(reply.status.message, /^\[ReviewMalformed\] /)
    assert.match(reply.status.message, says)
    assert.match(
      await gate.metrics.exposition(),
      /review_failures_total\{reason="ReviewMalformed"\} 1/,
    )
    await stillServes(gate)
  })
}

test('an object 100,000 levels deep is never allowed by accident', async (t) => {
  const depths: number[] = []
  const gate = await openGate(t, {
    handle(request) {
      depths.push(depthOf(request))
      return Promise.resolve({ ...allowed, allowed: false, message: 'seen' })
    },
  })
  const reply = await gate.review(
    reviewWith({ object: { a: 'HERE' } }).replace('"HERE"', deepObject),
  )
  assert.equal(reply.allowed, false)
  assert.equal(reply.uid, uid)
  await stillServes(gate)
})

test('a handler that overflows the stack on a deep object denies', async (t) => {
  const recurse = (value: unknown): number =>
    typeof value === 'object' && value !== null
      ? Math.max(0, ...Object.values(value).map((inner) => recurse(inner))) + 1
      : 0
  const gate = await openGate(t, {
    handle: (request) => {
      recurse(request.object)
      return Promise.resolve(allowed)
    },
  })
  const deep = reviewWith({ object: { a: 'HERE' } }).replace('"HERE"', deepObject)
  const reply = await gate.review(deep)
  assert.equal(reply.allowed, false)
  assert.match(reply.status?.message ?? '', /^\[InternalError\]/)
  await stillServes(gate)
})

test('of duplicate keys the last one counts, as in JSON.parse', async (t) => {
  const seen: AdmissionRequest[] = []
  const gate = await openGate(t, {
    handle(request) {
      seen.push(request)
      return Promise.resolve(allowed)
    },
  })
  const body = reviewWith().replace('"name":"settings",', '"name":"first","name":"second",')
  assert.equal((await gate.review(body)).allowed, true)
  assert.equal(seen[0]?.name, 'second')
})

test('a __proto__ key is data and changes nothing else', async (t) => {
  const seen: AdmissionRequest[] = []
  const gate = await openGate(t, {
    handle(request) {
      seen.push(request)
      return Promise.resolve(allowed)
    },
  })
  const body = reviewWith().replace('"data":{}', '"data":{"__proto__":{"polluted":"yes"}}')
  await gate.review(body)
  const data = seen[0]?.object?.['data'] as JsonObject
  assert.deepEqual(Object.keys(data), ['__proto__'])
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined)
  assert.equal('polluted' in data, false)
})

test('a __proto__ key at the top of the review forges nothing', async (t) => {
  const gate = await openGate(t, { handle: () => assert.fail('nothing must be decided') })
  const body = `{"__proto__":${reviewWith()}}`
  const reply = await gate.review(body)
  assert.equal(reply.allowed, false)
  assert.match(reply.status?.message ?? '', /apiVersion/)
})

test('integers beyond 2^53 reach the decision exactly', async (t) => {
  const seen: AdmissionRequest[] = []
  const gate = await openGate(t, {
    handle(request) {
      seen.push(request)
      return Promise.resolve(allowed)
    },
  })
  const body = reviewWith({ object: { a: 'HERE' } }).replace('"HERE"', '9007199254740993')
  await gate.review(body)
  assert.equal(seen[0]?.object?.['a'], 9007199254740993n)
})

const rejected: readonly (readonly [
  title: string,
  sending: Parameters<Gate['send']>[1],
  body: string | Buffer,
  status: number,
])[] = [
  ['8 MiB', {}, Buffer.alloc(8 * 1024 * 1024, 0x20), 413],
  [
    '8 MiB in chunks',
    { headers: { 'Transfer-Encoding': 'chunked' } },
    Buffer.alloc(8 * 1024 * 1024, 0x20),
    413,
  ],
  ['another method', { method: 'PUT' }, reviewWith(), 405],
  ['GET', { method: 'GET' }, '', 405],
  ['another path', { path: '/' }, reviewWith(), 404],
  ['a path in capitals', { path: '/VALIDATE' }, reviewWith(), 404],
  ['a path with a slash at the end', { path: '/validate/' }, reviewWith(), 404],
  ['a path with a broken escape', { path: '/%E0%A4%A' }, reviewWith(), 404],
  ['another content type', { headers: { 'Content-Type': 'text/plain' } }, reviewWith(), 415],
  [
    'a content type that begins alike',
    { headers: { 'Content-Type': 'application/json-patch+json' } },
    reviewWith(),
    415,
  ],
  [
    'another character set',
    { headers: { 'Content-Type': 'application/json; charset=utf-16' } },
    reviewWith(),
    415,
  ],
  ['a compressed body', { headers: { 'Content-Encoding': 'gzip' } }, reviewWith(), 415],
]

for (const [title, sending, body, status] of rejected) {
  test(`${title} gets ${String(status)} with a short error, and the server goes on`, async (t) => {
    const gate = await openGate(t, { handle: () => assert.fail('nothing must be decided') })
    const reply = await gate.send(body, sending)
    assert.equal(reply.status, status)
    assert.ok(reply.text.length < 100)
    assert.equal(reply.headers['x-powered-by'], undefined)
    assert.match(await gate.metrics.exposition(), /solewriter_rejected_total\{reason="[a-z-]+"\} 1/)
    await stillServes(gate)
  })
}

test('a charset of utf-8 is accepted', async (t) => {
  const gate = await openGate(t)
  const headers = { 'Content-Type': 'application/json; charset=utf-8' }
  assert.equal((await gate.review(reviewWith(), { headers })).allowed, true)
})

test('a body that does not arrive in time gets 408, and the server goes on', async (t) => {
  const gate = await openGate(t, { handle: () => assert.fail('nothing must be decided') })
  const socket = connect({
    host: '127.0.0.1',
    port: gate.port,
    ca: gate.pki.authority.certificatePem,
    cert: gate.pki.client.certificatePem,
    key: gate.pki.client.keyPem,
  })
  socket.write(
    'POST /validate?timeout=1s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"api',
  )
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk as Buffer)
  assert.match(Buffer.concat(chunks).toString(), /^HTTP\/1.1 408 [\s\S]*Connection: close/)
  await stillServes(gate)
})

test('a sender who hangs up in the middle of a body leaves nothing behind', async (t) => {
  const gate = await openGate(t, { handle: () => assert.fail('nothing must be decided') })
  const socket = connect({
    host: '127.0.0.1',
    port: gate.port,
    ca: gate.pki.authority.certificatePem,
    cert: gate.pki.client.certificatePem,
    key: gate.pki.client.keyPem,
  })
  const head = 'POST /validate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n'
  await new Promise<void>((resolve) =>
    socket.write(`${head}Content-Length: 100000\r\n\r\n{`, () => {
      resolve()
    }),
  )
  socket.destroy()
  await stillServes(gate)
  const drained = gate.server.stop()
  await drained
})

async function stillServes(gate: Gate): Promise<void> {
  const reply = await gate.send(reviewBy('probe').replace('"uid":"probe"', '"uid":5'))
  assert.equal(toReviewReply(reply).allowed, false)
}

function depthOf(request: AdmissionRequest): number {
  let depth = 0
  for (let at: unknown = request.object; typeof at === 'object' && at !== null; depth += 1) {
    at = Object.values(at)[0]
  }
  return depth
}
