import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import path from 'node:path'
import { after, before, describe, test, type TestContext } from 'node:test'
import type { OutgoingHttpHeaders } from 'node:http'
import { makeFleet, type Fleet } from '../../e2e/fleet.ts'
import { policyWith, repository } from './policies.ts'
import { jobReview, reviewOf, settings } from './reviews.ts'
import { makeSite, type Serve, type Site } from './serving.ts'

const secret = 'a push secret'

let fleet: Fleet
let other: Fleet

before(async () => {
  fleet = await makeFleet({ 'settings.yaml': settings('0') })
  other = await makeFleet({ 'settings.yaml': settings('0') })
})

after(() => {
  fleet.remove()
  other.remove()
})

/** `fleet` has a secret, `other` has none; neither is polled while the test lasts. */
async function siteOf(t: TestContext): Promise<Site> {
  const repositories = { fleet: fleet.directory, other: other.directory }
  const site = await makeSite(t, { policy: policyWith(), repositories })
  const pushSecretFile = site.write('push-secret', `${secret}\n`)
  const listed = [repository('fleet', { pushSecretFile }), repository('other')]
  site.write('policy.yaml', policyWith({ repositories: listed }))
  return site
}

async function withMirrors(site: Site, replica = 'serve-0'): Promise<Serve> {
  const serve = await site.start({ replica })
  for (const name of ['fleet', 'other']) {
    await serve.log.told('source_indexed', (line) => line['repository'] === name)
  }
  return serve
}

let count = 0

function push(): Promise<string> {
  count += 1
  return fleet.commit({ 'settings.yaml': settings(String(count)) })
}

const body = JSON.stringify({ ref: 'refs/heads/main', after: 'whatever it says is not read' })

function hmac(text: string, key = secret): string {
  return createHmac('sha256', key).update(text).digest('hex')
}

/** As each sender signs a notification. */
const senders: readonly (readonly [string, (text: string) => OutgoingHttpHeaders])[] = [
  [
    'GitHub',
    (text) => ({ 'X-GitHub-Event': 'push', 'X-Hub-Signature-256': `sha256=${hmac(text)}` }),
  ],
  ['GitLab', () => ({ 'X-Gitlab-Event': 'Push Hook', 'X-Gitlab-Token': secret })],
  ['Gitea', (text) => ({ 'X-Gitea-Event': 'push', 'X-Gitea-Signature': hmac(text) })],
  ['Forgejo', (text) => ({ 'X-Forgejo-Event': 'push', 'X-Forgejo-Signature': hmac(text) })],
  ['any other sender', (text) => ({ 'X-Signature-256': `sha256=${hmac(text)}` })],
]

describe('a notification that is signed', () => {
  test('makes the mirror fetch, whoever sends it, and is counted', async (t) => {
    const serve = await withMirrors(await siteOf(t))
    for (const [sender, sign] of senders) {
      const commit = await push()
      const reply = await serve.push('fleet', { method: 'POST', body, headers: sign(body) })
      assert.equal(reply.status, 202, sender)
      assert.equal(reply.text, '{"status":"accepted"}')
      await serve.log.told('branch_moved', (line) => line['to'] === commit)
    }
    const accepted = `repository="fleet",outcome="accepted"} ${String(senders.length)}`
    assert.ok((await serve.metrics()).includes(accepted))
    // What was pushed is known without anybody having claimed it: people are told where it stands.
    await serve.log.told('source_indexed', (line) => line['commit'] !== undefined)
    const { message } = await serve.review(reviewOf('alice'))
    assert.match(message, /is declared in fleet:settings\.yaml \(main\)/)
  })

  test('is held to the secret that the file has now', async (t) => {
    const site = await siteOf(t)
    const serve = await withMirrors(site)
    const headers = (key: string) => ({ 'X-Hub-Signature-256': `sha256=${hmac(body, key)}` })
    site.write('push-secret', 'another push secret')
    const old = await serve.push('fleet', { method: 'POST', body, headers: headers(secret) })
    assert.equal(old.status, 401)
    const next = headers('another push secret')
    assert.equal((await serve.push('fleet', { method: 'POST', body, headers: next })).status, 202)
  })
})

const signed = { 'X-Hub-Signature-256': `sha256=${hmac(body)}` }
const huge = 'x'.repeat(1024 * 1024 + 1)

const refused: readonly (readonly [string, number, string, Parameters<Serve['push']>[1]])[] = [
  ['without a signature', 401, 'fleet', { method: 'POST', body }],
  [
    'with a signature of something else',
    401,
    'fleet',
    { method: 'POST', body: '{}', headers: signed },
  ],
  [
    'with a signature by another secret',
    401,
    'fleet',
    { method: 'POST', body, headers: { 'X-Hub-Signature-256': `sha256=${hmac(body, 'x')}` } },
  ],
  [
    'with another token of GitLab',
    401,
    'fleet',
    { method: 'POST', body, headers: { 'X-Gitlab-Token': 'x' } },
  ],
  [
    'that is too large, however well signed',
    413,
    'fleet',
    { method: 'POST', body: huge, headers: { 'X-Signature-256': `sha256=${hmac(huge)}` } },
  ],
  ['for a repository without a secret', 404, 'other', { method: 'POST', body, headers: signed }],
  ['for an unknown repository', 404, 'unknown', { method: 'POST', body, headers: signed }],
  ['by another spelling of the name', 404, '%66leet', { method: 'POST', body, headers: signed }],
  ['by GET', 405, 'fleet', { headers: signed }],
  ['by PUT', 405, 'fleet', { method: 'PUT', body, headers: signed }],
]

describe('a notification', () => {
  test('is refused, and nothing is fetched, whatever is wrong with it', async (t) => {
    const serve = await withMirrors(await siteOf(t))
    const seen = ['mirror_fetched', 'branch_moved'].map((event) => serve.log.count(event))
    await push()
    for (const [title, status, name, sending] of refused) {
      assert.equal((await serve.push(name, sending)).status, status, title)
    }
    // Those with a secret to be checked are told and counted; strangers cannot fill the log.
    assert.equal(serve.log.count('push_notification_refused'), 4)
    assert.match(await serve.metrics(), /repository="fleet",outcome="refused"\} 5/)
    const now = ['mirror_fetched', 'branch_moved'].map((event) => serve.log.count(event))
    assert.deepEqual(now, seen)
  })

  test('is one too many after a burst, and other repositories go on', async (t) => {
    const serve = await withMirrors(await siteOf(t))
    const statuses: number[] = []
    for (let n = 0; n < 30 && !statuses.includes(429); n += 1) {
      statuses.push((await serve.push('fleet', { method: 'POST', body })).status)
    }
    assert.equal(statuses[0], 401)
    assert.equal(statuses.at(-1), 429)
    // Also for who knows the secret: the mirror is polled all the same.
    const reply = await serve.push('fleet', { method: 'POST', body, headers: signed })
    assert.ok([202, 429].includes(reply.status))
    assert.match(await serve.metrics(), /repository="fleet",outcome="limited"\} [1-9]/)
    assert.equal((await serve.push('other', { method: 'POST', body })).status, 404)
  })

  test('that cannot be checked is refused, and the log says why', async (t) => {
    const site = await siteOf(t)
    const pushSecretFile = path.join(site.dir, 'none')
    const listed = [repository('fleet', { pushSecretFile }), repository('other')]
    site.write('policy.yaml', policyWith({ repositories: listed }))
    const serve = await withMirrors(site)
    const reply = await serve.push('fleet', { method: 'POST', body, headers: signed })
    assert.equal(reply.status, 401)
    assert.match(JSON.stringify(await serve.log.told('push_notification_unverifiable')), /ENOENT/)
  })
})

describe('a replica that was not notified', () => {
  test('learns of the push by the first claim that names its commit', async (t) => {
    const site = await siteOf(t)
    const told = await withMirrors(site, 'serve-0')
    const untold = await withMirrors(site, 'serve-1')
    const commit = await push()
    const { status } = await told.push('fleet', { method: 'POST', body, headers: signed })
    assert.equal(status, 202)
    await told.log.told('branch_moved', (line) => line['to'] === commit)
    assert.ok(untold.log.of('branch_moved').every((line) => line['to'] !== commit))
    for (const serve of [told, untold]) {
      const { allowed, annotations, message } = await serve.review(
        jobReview('https://git.example.com/acme/fleet', commit),
      )
      assert.equal(allowed, true, message)
      assert.equal(annotations['commit'], commit)
    }
    assert.equal(untold.log.of('branch_moved').at(-1)?.['to'], commit)
  })
})
