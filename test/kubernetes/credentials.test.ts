import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { connect } from '../../src/kubernetes/api.ts'
import { json, startApiServer, type FakeApiServer } from './api-server.ts'

const get = { method: 'GET', path: '/api' } as const

interface Parts {
  readonly user?: object
  readonly cluster?: object
  readonly context?: object
  readonly current?: string
}

function write(server: FakeApiServer, name: string, parts: Parts): string {
  const file = path.join(server.dir, name)
  const ca = Buffer.from(server.ca).toString('base64')
  const cluster = { server: server.url, 'certificate-authority-data': ca, ...parts.cluster }
  const kubeconfig = {
    clusters: [{ name, cluster }],
    users: [{ name, user: parts.user ?? { token: name } }],
    contexts: [{ name, context: { cluster: name, user: name, ...parts.context } }],
    'current-context': parts.current ?? name,
  }
  writeFileSync(file, JSON.stringify(kubeconfig))
  return file
}

async function authorizationBy(
  server: FakeApiServer,
  files: readonly string[],
  context?: string,
): Promise<string | undefined> {
  const api = connect({ kind: 'kubeconfig', files, ...(context === undefined ? {} : { context }) })
  await api.send(get)
  api.close()
  return server.requests.at(-1)?.headers.authorization
}

test('the current context is taken, or the one asked for', async (t) => {
  const server = await startApiServer(t, (_, response) => json(response, 200, {}))
  const files = [write(server, 'one', {}), write(server, 'two', {})]
  assert.equal(await authorizationBy(server, files), 'Bearer one')
  assert.equal(await authorizationBy(server, files, 'two'), 'Bearer two')
})

test('of two files that name the same the first one counts', async (t) => {
  const server = await startApiServer(t, (_, response) => json(response, 200, {}))
  const first = write(server, 'same', {})
  const other = `${first}-other`
  writeFileSync(other, JSON.stringify({ users: [{ name: 'same', user: { token: 'other' } }] }))
  assert.equal(await authorizationBy(server, [first, other]), 'Bearer same')
})

test('a token file is read beside the kubeconfig, before the token, without its newline', async (t) => {
  const server = await startApiServer(t, (_, response) => json(response, 200, {}))
  writeFileSync(path.join(server.dir, 'token'), 'from-file\n')
  const file = write(server, 'f', { user: { tokenFile: 'token', token: 'from-config' } })
  assert.equal(await authorizationBy(server, [file]), 'Bearer from-file')
})

test('a credential plugin is asked', async (t) => {
  const server = await startApiServer(t, (_, response) => json(response, 200, {}))
  const credential = { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential' }
  const text = JSON.stringify({ ...credential, status: { token: 'from-plugin' } })
  const exec = { apiVersion: credential.apiVersion, command: 'echo', args: [text] }
  assert.equal(
    await authorizationBy(server, [write(server, 'e', { user: { exec } })]),
    'Bearer from-plugin',
  )
})

test('a plugin that fails says why, without what looks like a secret', async (t) => {
  const server = await startApiServer(t, (_, response) => json(response, 200, {}))
  const script = 'echo log in first, bearer abcdefghij >&2; exit 1'
  const exec = { command: 'sh', args: ['-c', script] }
  const api = connect({ kind: 'kubeconfig', files: [write(server, 'e', { user: { exec } })] })
  const error = await Promise.resolve<unknown>(api.send(get)).catch((cause: unknown) => cause)
  assert.ok(error instanceof Error)
  assert.match(error.message, /log in first/)
  assert.ok(!error.message.includes('abcdefghij'))
  assert.equal(error.cause, undefined)
})

test('a path before the API is kept', async (t) => {
  const server = await startApiServer(t, (_, response) => json(response, 200, {}))
  const cluster = { server: `${server.url}/k8s/clusters/c-1/` }
  await authorizationBy(server, [write(server, 'p', { cluster })])
  assert.equal(server.requests.at(-1)?.url, '/k8s/clusters/c-1/api')
})

test('what cannot be used is refused before anything is sent', async (t) => {
  const server = await startApiServer(t, (_, response) => json(response, 200, {}))
  const broken = path.join(server.dir, 'broken')
  writeFileSync(broken, 'users: [{token: hunter2\n  - :')
  const refused: readonly (readonly [readonly string[], RegExp, string?])[] = [
    [['/nonexistent'], /cannot be read: ENOENT/],
    [[broken], /is not a kubeconfig/],
    [[write(server, 'c', {})], /no context "d"/, 'd'],
    [[write(server, 'n', { current: 'gone' })], /no context "gone"/],
    [[write(server, 'h', { cluster: { server: 'http://127.0.0.1:1' } })], /https/],
    [[write(server, 'u', { context: { user: 'nobody' } })], /no cluster and user/],
    [[write(server, 'a', { user: { token: 'x', as: 'y', 'as-groups': ['z'] } })], /as-groups/],
  ]
  for (const [files, message, context] of refused) {
    const source = {
      kind: 'kubeconfig',
      files,
      ...(context === undefined ? {} : { context }),
    } as const
    assert.throws(() => connect(source), { code: 'SettingsInvalid', message })
  }
  try {
    connect({ kind: 'kubeconfig', files: [broken] })
  } catch (error) {
    const { message, cause } = error as Error
    assert.ok(!`${message}${String(cause)}`.includes('hunter2'))
  }
  assert.equal(server.requests.length, 0)
})

test('outside of a Pod there is no cluster to be in', () => {
  const saved = process.env['KUBERNETES_SERVICE_HOST']
  delete process.env['KUBERNETES_SERVICE_HOST']
  try {
    assert.throws(() => connect({ kind: 'in-cluster' }), { code: 'SettingsInvalid' })
  } finally {
    if (saved !== undefined) process.env['KUBERNETES_SERVICE_HOST'] = saved
  }
})
