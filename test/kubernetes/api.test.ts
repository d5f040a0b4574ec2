import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GuardError } from '../../src/core/errors.ts'
import { connect } from '../../src/kubernetes/api.ts'
import { clusterUid } from '../../src/kubernetes/cluster.ts'
import { createSecretStore } from '../../src/kubernetes/secret-store.ts'
import { createAuthority } from '../cluster/pki.ts'
import { writeKubeconfig } from '../cluster/kubeconfig.ts'
import { json, startApiServer } from './api-server.ts'

const get = { method: 'GET', path: '/api/v1/namespaces/x' } as const

test('any status is an answer', async (t) => {
  const { api } = await startApiServer(t, (request, response) => {
    json(response, Number(request.url?.slice(1)), { kind: 'Status' })
  })
  for (const status of [200, 401, 403, 404, 409, 500]) {
    const answer = await api.send({ method: 'GET', path: `/${status}` })
    assert.equal(answer.status, status)
    assert.deepEqual(answer.body, { kind: 'Status' })
  }
})

test('a body that is no JSON is none', async (t) => {
  const { api } = await startApiServer(t, (_, response) => response.end('404 page not found'))
  assert.equal((await api.send(get)).body, undefined)
})

test('integers beyond 2^53 keep their digits, both ways', async (t) => {
  const bodies: string[] = []
  const { api } = await startApiServer(t, (request, response) => {
    request.on('data', (chunk: Buffer) => bodies.push(chunk.toString()))
    request.on('end', () => response.end('{"n":9007199254740993}'))
  })
  const { body } = await api.send(get)
  await api.send({ ...get, method: 'POST', body: body ?? null })
  assert.deepEqual(bodies, ['{"n":9007199254740993}'])
})

test('a server that says nothing is given up on', async (t) => {
  const { api } = await startApiServer(t, () => {})
  await assert.rejects(api.send({ ...get, timeoutMs: 50 }), {
    code: 'ClusterUnreachable',
    message: /took too long/,
  })
})

test('a server that stops in the middle is given up on', async (t) => {
  const { api } = await startApiServer(t, (_, response) => {
    response.write('{"kind":')
  })
  await assert.rejects(api.send({ ...get, timeoutMs: 50 }), { code: 'ClusterUnreachable' })
})

test('a request ends when nobody waits for it any more', async (t) => {
  const ending = new AbortController()
  const { api } = await startApiServer(t, () => {
    ending.abort()
  })
  const { signal } = ending
  await assert.rejects(api.send({ ...get, signal }), { code: 'ClusterUnreachable' })
  await assert.rejects(api.send({ ...get, signal }), { code: 'ClusterUnreachable' })
})

test('a read is sent again after a reset, a write is not', async (t) => {
  let count = 0
  const { api } = await startApiServer(t, (request, response) => {
    count += 1
    if (count === 1 || request.method === 'POST') request.socket.destroy()
    else json(response, 200, {})
  })
  assert.equal((await api.send(get)).status, 200)
  assert.equal(count, 2)
  await assert.rejects(api.send({ ...get, method: 'POST' }), { code: 'ClusterUnreachable' })
  assert.equal(count, 3)
})

test('"too many requests" is waited for, and not for ever', async (t) => {
  let count = 0
  const { api } = await startApiServer(t, (request, response) => {
    count += 1
    const isBusy = request.url === '/always' || count < 3
    response.setHeader('retry-after', '0')
    json(response, isBusy ? 429 : 200, {})
  })
  assert.equal((await api.send(get)).status, 200)
  assert.equal(count, 3)
  count = 0
  assert.equal((await api.send({ method: 'GET', path: '/always' })).status, 429)
  assert.equal(count, 4)
})

test('a redirect is not followed', async (t) => {
  const { api, requests } = await startApiServer(t, (_, response) => {
    response.writeHead(302, { location: '/elsewhere' }).end()
  })
  assert.equal((await api.send(get)).status, 302)
  assert.equal(requests.length, 1)
})

test('a server whose certificate another authority signed gets nothing', async (t) => {
  const server = await startApiServer(t, (_, response) => json(response, 200, {}))
  const kubeconfig = writeKubeconfig({
    file: `${server.dir}/other`,
    server: server.url,
    ca: (await createAuthority('other')).cert,
    user: 'tester',
    credential: { token: 'a-token' },
  })
  const api = connect({ kind: 'kubeconfig', files: [kubeconfig] })
  const saved = process.env['NODE_TLS_REJECT_UNAUTHORIZED']
  process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
  t.after(() => {
    if (saved === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']
    else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = saved
    api.close()
  })
  await assert.rejects(api.send(get), { code: 'ClusterUnreachable' })
  assert.equal(server.requests.length, 0)
})

test('what a failed call answered does not get into the error', async (t) => {
  const secret = 'hunter2'
  const { api } = await startApiServer(t, (_, response) => {
    json(response, 422, { reason: 'Invalid', message: secret, details: { causes: [secret] } })
  })
  const store = createSecretStore({ api, namespace: 'x', name: 'y' })
  const texts = { caBundlePem: '', caKeyPem: secret, certificatePem: '', keyPem: '' }
  for (const call of [clusterUid(api), store.load(), store.save(texts, undefined)]) {
    const error = await Promise.resolve<unknown>(call).catch((cause: unknown) => cause)
    assert.ok(error instanceof GuardError)
    assert.match(error.message, /422 Invalid/)
    assert.ok(!JSON.stringify([error.message, String(error.cause), error.stack]).includes(secret))
  }
})
