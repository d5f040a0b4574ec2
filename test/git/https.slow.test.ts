import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, test, type TestContext } from 'node:test'
import { inspect } from 'node:util'
import { makePki, type Pki } from '../server/pki.ts'
import { serveHttps, type HttpsServer } from './https-server.ts'
import { start, watch, type WatchOptions, type Watched } from './mirrors.ts'
import { makeRemote, makeTemporary, type Remote } from './remote.ts'

let pki: Pki

before(async () => {
  pki = await makePki()
})

interface Setup {
  readonly remote: Remote
  readonly server: HttpsServer
  readonly token: string
  readonly tokenFile: string
  readonly caFile: string
  readonly mirror: (options?: WatchOptions) => Promise<Watched>
}

async function setUp(t: TestContext): Promise<Setup> {
  const remote = await makeRemote(t)
  const server = await serveHttps(t, remote, pki)
  const token = `secret-${randomBytes(12).toString('hex')}`
  server.credentials = `x-access-token:${token}`
  const directory = await makeTemporary(t)
  const tokenFile = join(directory, 'token')
  const caFile = join(directory, 'ca.pem')
  await writeFile(tokenFile, `${token}\n`)
  await writeFile(caFile, pki.authority.certificatePem)
  const mirror: Setup['mirror'] = (options = {}) =>
    watch(t, server, { ...options, repository: { auth: { tokenFile, caFile } } })
  return { remote, server, token, tokenFile, caFile, mirror }
}

void test('a repository is fetched over https with the token of a file', async (t) => {
  const { remote, server, mirror: open } = await setUp(t)
  const head = await remote.commit('main', { a: '1' })
  const { mirror, visit } = await open()
  assert.equal(mirror.problem(), undefined)
  assert.equal((await mirror.commit(head)).kind, 'reachable')
  const next = await remote.commit('main', { a: '2' })
  assert.equal(await visit(), undefined)
  assert.equal((await mirror.commit(next)).kind, 'reachable')
  const expected = `Basic ${Buffer.from(server.credentials).toString('base64')}`
  assert.ok(server.seen.includes(expected))
})

void test('a file may name the user beside the token', async (t) => {
  const { remote, server, token, tokenFile, mirror: open } = await setUp(t)
  await remote.commit('main', { a: '1' })
  server.credentials = `deploy-user:${token}`
  await writeFile(tokenFile, `deploy-user:${token}`)
  const { mirror } = await open()
  assert.equal(mirror.problem(), undefined)
})

void test('the token is read again for each visit', async (t) => {
  const { remote, server, tokenFile, mirror: open } = await setUp(t)
  await remote.commit('main', { a: '1' })
  const { visit } = await open()
  server.credentials = 'x-access-token:rotated'
  assert.match((await visit()) ?? '', /^the last fetch failed: git ls-remote failed/)
  await writeFile(tokenFile, 'rotated\n')
  assert.equal(await visit(), undefined)
})

void test(
  'the token is in no argument, environment, file, event or message',
  { skip: process.platform !== 'linux' },
  async (t) => {
    const { remote, server, token, mirror: open } = await setUp(t)
    const encoded = Buffer.from(`x-access-token:${token}`).toString('base64')
    await remote.commit('main', { a: '1' })
    server.watchFor = token
    const { mirror, visit, events, mirrorDir } = await open()
    server.watchFor = encoded
    await remote.commit('main', { a: '2' })
    assert.equal(await visit(), undefined)
    assert.deepEqual(server.leaks, [])
    // A server that knows it may send it back in what git prints.
    server.handle = (_, response) => {
      const text = `your token is ${token}, ${encoded}\nfatal: ${token}\nerror: ${token}`
      response.writeHead(403, { 'content-type': 'text/plain' }).end(text)
    }
    const problem = await visit()
    assert.match(problem ?? '', /^the last fetch failed: git ls-remote failed/)
    const shown = [problem, inspect(events, { depth: 10 }), inspect(mirror, { depth: 10 })].join(
      '\n',
    )
    assert.ok(!shown.includes(token) && !shown.includes(encoded), shown)
    for (const file of await readdir(mirrorDir, { recursive: true })) {
      const content = await readFile(join(mirrorDir, file), 'latin1').catch(() => '')
      assert.ok(!content.includes(token) && !content.includes(encoded), file)
    }
  },
)

void test('a token that is refused leaves the mirror without a fetch, and says why', async (t) => {
  const { remote, server, mirror: open } = await setUp(t)
  await remote.commit('main', { a: '1' })
  server.credentials = 'x-access-token:another'
  const { mirror } = await open()
  assert.equal(mirror.fetchedAt(), undefined)
  assert.match(mirror.problem() ?? '', /Authentication failed/)
})

const badTokens: readonly [string, string][] = [
  ['nothing', ''],
  ['two lines', 'token\nhost=evil.example.com\n'],
  ['a space', 'to ken'],
  ['a control character', 'to\0ken'],
]

for (const [what, text] of badTokens) {
  void test(`a token file that holds ${what} is refused before anything is sent`, async (t) => {
    const { server, tokenFile, mirror: open } = await setUp(t)
    await writeFile(tokenFile, text)
    const { mirror } = await open()
    assert.equal(
      mirror.problem(),
      `the last fetch failed: ${tokenFile} must hold one token on one line`,
    )
    assert.deepEqual(server.seen, [])
  })
}

void test('a token file that is not there is told by its path', async (t) => {
  const { server, caFile } = await setUp(t)
  const repository = { auth: { tokenFile: '/nonexistent/token', caFile } }
  const { mirror } = await watch(t, server, { repository })
  assert.equal(mirror.problem(), 'the last fetch failed: /nonexistent/token cannot be read')
})

void test('a server whose certificate nobody trusted gets no token', async (t) => {
  const { server, tokenFile } = await setUp(t)
  const { mirror } = await watch(t, server, { repository: { auth: { tokenFile } } })
  assert.match(mirror.problem() ?? '', /certificate/)
  assert.deepEqual(server.seen, [])
})

void test('a redirect is not followed, and the token is not sent there', async (t) => {
  const { remote, server, mirror: open } = await setUp(t)
  await remote.commit('main', { a: '1' })
  const elsewhere = await serveHttps(t, remote, pki)
  elsewhere.credentials = server.credentials
  server.handle = ({ url = '' }, response) => {
    const location = elsewhere.url.replace('/remote.git', url)
    response.writeHead(302, { location }).end()
  }
  const { mirror } = await open()
  assert.match(mirror.problem() ?? '', /^the last fetch failed/)
  assert.deepEqual(elsewhere.seen, [])
})

void test('a server that never answers is left after the time limit', async (t) => {
  const { server, mirror: open } = await setUp(t)
  server.handle = () => undefined
  const { mirror } = await open({ limits: { listMs: 500 } })
  assert.match(mirror.problem() ?? '', /git ls-remote took longer than 500 ms/)
})

void test('stopping does not wait for a server that never answers', async (t) => {
  const { server, tokenFile, caFile } = await setUp(t)
  const asked = new Promise<void>((resolve) => {
    server.handle = () => resolve()
  })
  const { mirror, events } = await start(t, server, { repository: { auth: { tokenFile, caFile } } })
  await asked
  await mirror.stop()
  assert.deepEqual(events, [])
})
