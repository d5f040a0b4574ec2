import assert from 'node:assert/strict'
import { mkdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { describe, test } from 'node:test'
import { json } from '../../kubernetes/api-server.ts'
import { solewriter } from '../process.ts'
import { policyWith, repository } from './policies.ts'
import { reviewOf } from './reviews.ts'
import { eventually, makeSite, smallApi, type Site } from './serving.ts'

const bad = policyWith({
  mode: 'enforced',
  repositories: [repository('fleet', { branch: 'main' })],
})

/** What is wrong with the files of an otherwise good site, and what is said of it. */
const refused: readonly (readonly [string, (site: Site) => readonly string[], RegExp, number?])[] =
  [
    [
      'a policy with several mistakes, all of them',
      (site) => ['--policy', site.write('bad.yaml', bad)],
      /^error: \/.*bad\.yaml:6:9: spec\.mode: .*\n\/.*bad\.yaml:19:7: spec\.repositories\[0\]\.branch: /,
    ],
    [
      'a policy that is not there',
      ({ dir }) => ['--policy', path.join(dir, 'none.yaml')],
      /^error: .*none\.yaml: cannot be read: ENOENT/,
    ],
    [
      'a policy that is a directory',
      ({ dir }) => ['--policy', dir],
      /^error: .*: cannot be read: it is not a regular file/,
    ],
    [
      'a kubeconfig that is not there',
      ({ dir }) => ['--kubeconfig', path.join(dir, 'none')],
      /^error: .*none/,
    ],
    [
      'an authority of callers that is not there',
      ({ dir }) => ['--client-ca-file', path.join(dir, 'none.crt')],
      /^error: cannot read .*none\.crt/,
    ],
    [
      'an authority of callers that is none',
      (site) => ['--client-ca-file', site.write('x.crt', site.pki.client.certificatePem)],
      /^error: .*x\.crt holds no authority/,
    ],
    [
      'an authority of callers that is no certificate',
      (site) => ['--client-ca-file', site.write('y.crt', 'nonsense')],
      /^error: .*y\.crt: there is no certificate/,
    ],
    [
      'a directory of records that is a file',
      (site) => ['--records-dir', site.write('records', '')],
      /^error: no records can be kept in .*records: EEXIST\n$/,
      3,
    ],
    [
      'a directory of mirrors that is a file',
      (site) => ['--mirror-dir', site.write('mirrors', '')],
      /^error: no mirrors can be kept in .*mirrors: EEXIST/,
    ],
  ]

describe('refuses to start', () => {
  for (const [title, change, expected, status = 2] of refused) {
    test(`with ${title}`, async (t) => {
      const site = await makeSite(t, {
        policy: policyWith({ repositories: [repository('fleet')] }),
      })
      const serve = await site.start({ args: change(site), isReady: false })
      assert.equal(await serve.ended(), status, serve.log.complaints)
      assert.match(serve.log.complaints, expected)
      assert.equal(serve.log.count('serving'), 0)
    })
  }

  test('on a port that is taken, and says which', async (t) => {
    const site = await makeSite(t, { policy: policyWith() })
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    t.after(() => other.close())
    const taken = `127.0.0.1:${(other.address() as AddressInfo).port}`
    for (const flag of ['--listen', '--health-listen', '--hooks-listen']) {
      const serve = await site.start({ args: [flag, taken], isReady: false })
      assert.equal(await serve.ended(), 3)
      assert.match(serve.log.complaints, new RegExp(`^error: .*address already in use ${taken}\n$`))
    }
  })
})

const required = ['policy', 'cert-file', 'key-file', 'mirror-dir', 'records-dir']
const enough = required.flatMap((name) => [`--${name}`, '/nonexistent/x'])
const callers = ['--client-ca-file', '/nonexistent/x', '--client-name', 'x']

const misused: readonly (readonly [string, readonly string[], RegExp])[] = [
  ['an address without a port', ['--listen', 'localhost'], /--listen.*must be HOST:PORT/],
  ['a port that is none', ['--health-listen', '[::1]:65536'], /must be HOST:PORT/],
  ['hooks nowhere', ['--hooks-listen', ':8080'], /must be HOST:PORT/],
  ['a way of authentication that is none', ['--caller-auth', 'tls'], /is mtls or none/],
  ['mtls without names', ['--client-ca-file', 'x'], /needs --client-ca-file and --client-name/],
  ['mtls without an authority', ['--client-name', 'x'], /needs --client-ca-file and --client-name/],
  ['names without mtls', ['--caller-auth', 'none', '--client-name', 'x'], /are of no use with/],
  ['half a repository', [...callers, '--repo', 'fleet='], /--repo fleet=: NAME=DIR/],
  ['a nameless repository', [...callers, '--repo', '=dir'], /--repo =dir: NAME=DIR/],
  ['a delay without unit', ['--drain-delay', '15'], /must be a duration such as 15s/],
  ['a level that is none', ['--log-level', 'trace'], /must be one of debug, info, warn, error/],
  ['a flag that is misspelt', ['--client-names', 'x'], /unknown option.*--client-name/s],
]

describe('refuses flags', () => {
  for (const [title, args, expected] of misused) {
    test(`with exit code 2: ${title}`, () => {
      const { status, stdout, stderr } = solewriter(['serve', ...enough, ...args])
      assert.equal(status, 2)
      assert.equal(stdout, '')
      assert.match(stderr, expected)
    })
  }

  for (const name of required) {
    test(`with exit code 2: none of --${name}`, () => {
      const others = enough.toSpliced(enough.indexOf(`--${name}`), 2)
      const { status, stderr } = solewriter(['serve', ...others, ...callers])
      assert.equal(status, 2)
      assert.match(stderr, new RegExp(`required option '--${name} `))
    })
  }
})

describe('waits', () => {
  test('for a certificate that is made later', async (t) => {
    const site = await makeSite(t, { policy: policyWith(), hasCertificate: false })
    const serve = await site.start({ isReady: false })
    await serve.log.told('certificate_refused')
    await eventually('readiness', () =>
      serve.readiness().then(
        () => true,
        () => false,
      ),
    )
    const before = await serve.readiness()
    assert.equal(before.status, 503)
    assert.equal(before.checks['certificate']?.ok, false)
    assert.match(before.checks['certificate'].detail, /tls\.crt: there is no such file/)
    assert.deepEqual(before.checks['gate'], { ok: false, detail: 'is starting' })
    await assert.rejects(serve.review(reviewOf('alice')), { code: 'ECONNREFUSED' })

    site.writeCertificate(site.pki.server)
    await serve.log.told('serving')
    assert.equal((await serve.readiness()).status, 200)
    assert.match((await serve.review(reviewOf('alice'))).message, /^\[HumanWrite\]/)
  })

  test('for a directory of certificates that is made later', async (t) => {
    const site = await makeSite(t, { policy: policyWith() })
    const later = path.join(site.dir, 'later')
    const args = ['--cert-file', `${later}/tls.crt`, '--key-file', `${later}/tls.key`]
    const serve = await site.start({ args, isReady: false })
    await serve.log.told('certificate_refused')
    mkdirSync(later)
    site.write('later/tls.key', site.pki.server.keyPem)
    site.write('later/tls.crt', site.pki.server.certificatePem)
    await serve.log.told('serving')
    assert.match((await serve.review(reviewOf('alice'))).message, /^\[HumanWrite\]/)
  })

  test('for an API server that is not there yet, or does not know it yet', async (t) => {
    let isUp = false
    const site = await makeSite(t, {
      policy: policyWith(),
      api: (request, response) => {
        if (isUp) smallApi(request, response)
        else json(response, 403, { kind: 'Status', reason: 'Forbidden' })
      },
    })
    const serve = await site.start({ isReady: false })
    await serve.log.told('cluster_not_reached')
    assert.equal((await serve.readiness()).status, 503)
    isUp = true
    await serve.log.told('serving')
  })

  test('and hears a signal while it does', async (t) => {
    const site = await makeSite(t, { policy: policyWith(), hasCertificate: false })
    const waiting = await site.start({ isReady: false })
    await waiting.log.told('certificate_refused')
    await eventually('readiness', () =>
      waiting.readiness().then(
        () => true,
        () => false,
      ),
    )
    waiting.child.kill('SIGTERM')
    assert.equal(await waiting.ended(), 0)
    assert.equal(waiting.log.complaints, '')
    rmSync(path.join(site.dir, 'serve-0-records'), { recursive: true, force: true })

    const unreached = await site.start({ args: ['--kubeconfig', nowhere(site)], isReady: false })
    await unreached.log.told('cluster_not_reached')
    unreached.child.kill('SIGINT')
    assert.equal(await unreached.ended(), 0)
    assert.equal(unreached.log.complaints, '')
  })
})

/** Of an API server where nobody listens. */
function nowhere(site: Site): string {
  const kubeconfig = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
    users: [{ name: 'u', user: { token: 'a-token' } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  }
  return site.write('nowhere', JSON.stringify(kubeconfig))
}

describe('without authentication of callers', () => {
  test('warns in its log and by a metric, and answers whoever asks', async (t) => {
    const site = await makeSite(t, { policy: policyWith() })
    const serve = await site.start({ isMutual: false })
    const { level, risk } = await serve.log.told('callers_not_authenticated')
    assert.equal(level, 'warn')
    assert.match(String(risk), /NetworkPolicy/)
    assert.match(await serve.metrics(), /caller_authentication\{mode="none"\} 1/)
    assert.match(await serve.metrics(), /caller_authentication\{mode="mtls"\} 0/)
    assert.match((await serve.review(reviewOf('alice'), serve.agent('none'))).message, /HumanWrite/)
  })
})
