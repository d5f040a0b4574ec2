import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { at } from '../../src/core/manifest/json.ts'
import { consoleAudience, consolePath, reviewViewer } from '../../src/kubernetes/viewer-review.ts'
import { startConsole } from '../cli/console/ground.ts'
import { layoutOf } from '../cluster/layout.ts'
import { readPki } from '../cluster/pki-files.ts'
import { mintServiceAccountToken } from '../cluster/service-account-token.ts'
import { startApiCluster, type ApiCluster } from './api-cluster.ts'
import { eventually } from './eventually.ts'

// Who may look, as a real API server says it of real tokens of service accounts.

let ground: ApiCluster
let clock = Date.now()
let url: string
const ends: (() => unknown)[] = []

before(async () => {
  ground = await startApiCluster({})
  const { api } = ground
  await ground.kubectl('create', 'namespace', 'console')
  for (const name of ['viewer', 'stranger', 'leaving', 'loser']) {
    await ground.kubectl('-n', 'console', 'create', 'serviceaccount', name)
  }
  await ground.apply({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'console-viewer' },
    rules: [{ nonResourceURLs: [consolePath], verbs: ['get'] }],
  })
  for (const name of ['viewer', 'leaving', 'loser']) await bind(name)
  // Nearly everything but this.
  await ground.kubectl(
    'create',
    'clusterrolebinding',
    'stranger',
    '--clusterrole=view',
    '--serviceaccount=console:stranger',
  )
  const server = {
    review: (token: string, signal: AbortSignal) => reviewViewer(api, token, signal),
    now: () => clock,
  }
  const t = { after: (end: () => unknown) => void ends.push(end) }
  url = (await startConsole(t as never, { server, now: () => clock })).url
})

after(async () => {
  for (const end of ends.toReversed()) await end()
  await ground.end()
})

const bind = (name: string) =>
  ground.kubectl(
    'create',
    'clusterrolebinding',
    `console-${name}`,
    '--clusterrole=console-viewer',
    `--serviceaccount=console:${name}`,
  )

async function tokenOf(name: string, ...more: readonly string[]): Promise<string> {
  const text = await ground.kubectl('-n', 'console', 'create', 'token', name, ...more)
  return text.trim()
}

/** Seconds for which the API server takes an expired token, since clocks differ. */
const leeway = 60

/** As the API server would make it; of a life that it does not give. Seconds. */
async function signedFor(name: string, life: number): Promise<string> {
  const { cluster } = ground
  const uid = ['-n', 'console', 'get', 'serviceaccount', name, '-o', 'jsonpath={.metadata.uid}']
  return mintServiceAccountToken({
    subject: { namespace: 'console', serviceAccount: { name, uid: await ground.kubectl(...uid) } },
    signingKey: readPki(layoutOf(cluster.dir), 'service-account.key'),
    issuer: cluster.issuer,
    life,
    now: Date.now(),
  })
}

async function statusWith(token: string): Promise<number> {
  const answer = await fetch(`${url}/grants`, { headers: { authorization: `Bearer ${token}` } })
  await answer.text()
  return answer.status
}

/** Past what both of us remember. */
function later(): void {
  clock += 61_000
}

describe('a token', () => {
  test('of a viewer shows the pages: made for the console, or for the API server', async () => {
    assert.equal(await statusWith(await tokenOf('viewer', '--audience', consoleAudience)), 200)
    assert.equal(await statusWith(await tokenOf('viewer')), 200)
  })

  test('made for the console opens nothing else in the cluster', async () => {
    const token = await tokenOf('viewer', '--audience', consoleAudience)
    const review = await ground.api.send({
      method: 'POST',
      path: '/apis/authentication.k8s.io/v1/tokenreviews',
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } },
    })
    assert.notEqual(at(review.body, 'status', 'authenticated'), true)
  })

  test('of somebody without the right is refused, whatever else they may read', async () => {
    assert.equal(await statusWith(await tokenOf('stranger')), 403)
    assert.equal(await statusWith(await tokenOf('stranger', '--audience', consoleAudience)), 403)
  })

  test('made for something else is refused', async () => {
    assert.equal(await statusWith(await tokenOf('viewer', '--audience', 'vault')), 401)
  })

  test('that is changed, made up, or none is refused', async () => {
    const token = await tokenOf('viewer')
    const [header = '', payload = '', signature = ''] = token.split('.')
    const forged = Buffer.from(payload, 'base64url').toString().replaceAll('viewer', 'leaving')
    for (const bad of [
      `${header}.${Buffer.from(forged).toString('base64url')}.${signature}`,
      `${header}.${payload}.`,
      'a-token',
      'system:anonymous',
    ]) {
      assert.equal(await statusWith(bad), 401, bad.slice(0, 20))
    }
    const anonymous = await fetch(`${url}/grants`, { redirect: 'manual' })
    assert.equal(anonymous.status, 303)
  })

  test('ends when what it is bound to is gone', async () => {
    await ground.kubectl('-n', 'console', 'create', 'secret', 'generic', 'binding')
    const token = await tokenOf(
      'viewer',
      '--bound-object-kind',
      'Secret',
      '--bound-object-name',
      'binding',
    )
    assert.equal(await statusWith(token), 200)
    await ground.kubectl('-n', 'console', 'delete', 'secret', 'binding')
    await eventually('the token has ended', async () => {
      later()
      return (await statusWith(token)) === 401
    })
  })

  test('ends with its service account', async () => {
    const token = await tokenOf('leaving')
    assert.equal(await statusWith(token), 200)
    await ground.kubectl('-n', 'console', 'delete', 'serviceaccount', 'leaving')
    await eventually('the token has ended', async () => {
      later()
      return (await statusWith(token)) === 401
    })
  })

  test('that has expired is refused', async () => {
    assert.equal(await statusWith(await signedFor('viewer', 60)), 200)
    assert.equal(await statusWith(await signedFor('viewer', -2 * leeway)), 401)
  })
})

describe('a session', () => {
  async function signIn(token: string) {
    const form = await fetch(`${url}/sign-in`)
    const secret = /name="form" value="([^"]+)"/.exec(await form.text())?.[1] ?? ''
    const cookie = form.headers.getSetCookie()[0]?.split(';', 1)[0] ?? ''
    const body = new URLSearchParams({ form: secret, token, to: '/' })
    const answer = await fetch(`${url}/sign-in`, {
      method: 'POST',
      body,
      headers: { cookie },
      redirect: 'manual',
    })
    const session = answer.headers.getSetCookie().find((one) => one.includes('session=')) ?? ''
    return { status: answer.status, cookie: session.split(';', 1)[0] ?? '' }
  }

  const look = async (cookie: string) =>
    (await fetch(`${url}/grants`, { headers: { cookie }, redirect: 'manual' })).status

  test('ends when somebody loses the right to look', async () => {
    const token = await tokenOf('loser')
    const { status, cookie } = await signIn(token)
    assert.equal(status, 303)
    assert.equal(await look(cookie), 200)
    await ground.kubectl('delete', 'clusterrolebinding', 'console-loser')
    await eventually('the right is gone', async () => {
      const reviewed = await reviewViewer(ground.api, token, AbortSignal.timeout(10_000))
      return reviewed.kind === 'not-allowed'
    })
    later()
    assert.equal(await look(cookie), 303)
    await bind('loser')
    assert.equal(await look(cookie), 303)
  })

  test('ends when its token does, in the middle of it', async () => {
    const token = await signedFor('viewer', 15 - leeway)
    const { status, cookie } = await signIn(token)
    assert.equal(status, 303)
    later()
    assert.equal(await look(cookie), 200)
    await eventually('the token is over', async () => {
      const reviewed = await reviewViewer(ground.api, token, AbortSignal.timeout(10_000))
      return reviewed.kind === 'unknown'
    })
    later()
    assert.equal(await look(cookie), 303)
  })

  test('is not begun with what the API server refuses', async () => {
    const { status, cookie } = await signIn(await tokenOf('stranger'))
    assert.deepEqual([status, cookie], [403, ''])
  })
})
