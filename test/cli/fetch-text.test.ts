import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { fetchText } from '../../src/cli/fetch-text.ts'

const { signal } = new AbortController()

async function serve(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('what stands there is read as it is', async (t) => {
  const url = await serve(t, (_request, response) => response.end('{"keys":[]}'))
  assert.equal(await fetchText(url, { longest: 11, signal }), '{"keys":[]}')
})

test('what is longer is not read to its end', async (t) => {
  const url = await serve(t, (_request, response) => {
    const more = () => {
      if (!response.destroyed) response.write('x'.repeat(1000), () => setImmediate(more))
    }
    more()
  })
  await assert.rejects(fetchText(url, { longest: 5000, signal }), /longer than 5000 bytes/)
})

for (const status of [404, 500, 204]) {
  test(`an answer ${status} is no key set`, async (t) => {
    const url = await serve(t, (_request, response) => response.writeHead(status).end())
    const read = fetchText(url, { longest: 100, signal })
    if (status === 204) assert.equal(await read, '')
    else await assert.rejects(read, new RegExp(`answers ${status}`))
  })
}

test('nobody is followed to another place', async (t) => {
  const target = await serve(t, (_request, response) => response.end('elsewhere'))
  const url = await serve(t, (_request, response) => {
    response.writeHead(302, { location: target }).end()
  })
  await assert.rejects(fetchText(url, { longest: 100, signal }))
})

test('whoever stops waiting gets nothing', async (t) => {
  const url = await serve(t, () => undefined)
  const limit = AbortSignal.timeout(30)
  await assert.rejects(fetchText(url, { longest: 100, signal: limit }))
})

for (const url of ['http://keys.example/', 'http://127.0.0.1.example/', 'file:///etc/passwd']) {
  test(`${url} is not asked`, async () => {
    await assert.rejects(fetchText(url, { longest: 100, signal }), /https only/)
  })
}
