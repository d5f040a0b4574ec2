import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isStream, type ApiStream } from '../../src/kubernetes/api-stream.ts'
import { json, startApiServer, type Handler } from './api-server.ts'
import { eventually } from '../e2e/eventually.ts'

const { signal } = new AbortController()
const get = { method: 'GET', path: '/apis/x?watch=1', signal } as const

const endless: Handler = (_, response) => {
  response.write('{"n":1}\n{"n"')
}

function streamOf(answer: object): ApiStream {
  assert.ok('lines' in answer)
  return answer as ApiStream
}

async function linesOf({ lines }: ApiStream): Promise<string[]> {
  const texts: string[] = []
  for await (const line of lines) texts.push(line.toString())
  return texts
}

test('lines come as they are sent, and the end of the answer is their end', async (t) => {
  const { api } = await startApiServer(t, (_, response) => {
    response.write('a\nb')
    response.write('c\n\nd\n')
    response.end()
  })
  assert.deepEqual(await linesOf(streamOf(await api.stream(get))), ['a', 'bc', '', 'd'])
})

test('any other status is an answer', async (t) => {
  const { api } = await startApiServer(t, (_, response) => {
    json(response, 410, { kind: 'Status', reason: 'Expired' })
  })
  const answer = await api.stream(get)
  assert.ok(!isStream(answer))
  assert.equal(answer.status, 410)
  assert.deepEqual(answer.body, { kind: 'Status', reason: 'Expired' })
})

test('a server that says nothing is given up on', async (t) => {
  const { api } = await startApiServer(t, () => {})
  await assert.rejects(api.stream({ ...get, timeoutMs: 50 }), {
    code: 'ClusterUnreachable',
    message: /no answer from 127\.0\.0\.1:\d+: it took too long/,
  })
})

test('only the first byte has to come in time', async (t) => {
  const { api } = await startApiServer(t, (_, response) => {
    response.write('a\n')
    setTimeout(() => response.end('b\n'), 200)
  })
  const stream = streamOf(await api.stream({ ...get, timeoutMs: 100 }))
  assert.deepEqual(await linesOf(stream), ['a', 'b'])
})

test('one that breaks off is no end', async (t) => {
  const { api } = await startApiServer(t, (_, response) => {
    response.write('a\n', () => response.destroy())
  })
  const stream = streamOf(await api.stream(get))
  await assert.rejects(linesOf(stream), {
    code: 'ClusterUnreachable',
    message: /the stream broke off from 127\.0\.0\.1:\d+: ECONNRESET/,
  })
})

test('its connection is closed when nobody wants it any more', async (t) => {
  let closed = 0
  const { api } = await startApiServer(t, (request, response) => {
    response.once('close', () => (closed += 1))
    endless(request, response)
  })
  const ending = new AbortController()
  const stream = streamOf(await api.stream({ ...get, signal: ending.signal }))
  const reading = linesOf(stream)
  ending.abort()
  await assert.rejects(reading, { code: 'ClusterUnreachable' })
  await assert.rejects(api.stream({ ...get, signal: ending.signal }), {
    code: 'ClusterUnreachable',
  })
  const left = streamOf(await api.stream(get))
  for await (const line of left.lines) {
    assert.equal(line.toString(), '{"n":1}')
    break
  }
  await eventually('both are closed', () => closed === 2)
})

test('its connection is closed with all others', async (t) => {
  const { api } = await startApiServer(t, endless)
  const stream = streamOf(await api.stream(get))
  api.close()
  await assert.rejects(linesOf(stream), { code: 'ClusterUnreachable' })
})

test('two of them share no connection, nor one with anything else', async (t) => {
  const { api, requests } = await startApiServer(t, (request, response) => {
    if (request.url === '/other') json(response, 200, {})
    else endless(request, response)
  })
  for (const path of ['/a', '/b']) streamOf(await api.stream({ ...get, path }))
  await api.send({ method: 'GET', path: '/other' })
  assert.equal(new Set(requests.map(({ socket }) => socket)).size, 3)
})
