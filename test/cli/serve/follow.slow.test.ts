import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createAuthority } from '../../../src/certs/authority.ts'
import { quickMint } from '../../certs/pki.ts'
import { makeFleet } from '../../e2e/fleet.ts'
import { callerName, makeClient, makeServer } from '../../server/pki.ts'
import { policyWith, repository } from './policies.ts'
import { jobReview, reviewOf, settings } from './reviews.ts'
import { eventually, makeSite } from './serving.ts'

describe('the policy file', () => {
  test('is taken when it changes, and the last good one stays when it is bad', async (t) => {
    const site = await makeSite(t, { policy: policyWith() })
    const serve = await site.start()
    assert.match((await serve.review(reviewOf('alice'))).message, /^\[HumanWrite\]/)

    site.write('policy.yaml', policyWith({ mode: 'audit' }))
    const { hash } = await serve.log.told('policy_loaded', (line) => line['mode'] === 'audit')
    const { allowed, annotations } = await serve.review(reviewOf('alice'))
    assert.equal(allowed, true)
    assert.equal(annotations['would-deny'], 'true')

    site.write('policy.yaml', policyWith({ mode: 'enforced' }))
    const refusal = await serve.log.told('policy_refused')
    assert.equal(refusal.level, 'error')
    assert.match(JSON.stringify(refusal), /policy\.yaml:6:9: spec\.mode/)
    assert.equal((await serve.review(reviewOf('alice'))).allowed, true)
    const { status, checks } = await serve.readiness()
    assert.equal(status, 200)
    assert.deepEqual(checks['policy'], {
      ok: false,
      detail: 'the last good one is in force: PolicyInvalid',
    })
    const metrics = await serve.metrics()
    assert.match(metrics, /policy_refused_total 1/)
    assert.ok(metrics.includes(`policy_info{hash="${String(hash)}",mode="audit"} 1`))

    site.write('policy.yaml', policyWith({ mode: 'enforce' }))
    await serve.log.told('policy_loaded', () => serve.log.count('policy_loaded') === 3)
    assert.match((await serve.review(reviewOf('alice'))).message, /^\[HumanWrite\]/)
    assert.equal((await serve.readiness()).checks['policy']?.ok, true)
    assert.equal(serve.log.count('policy_refused'), 1)
  })

  test('adds and removes repositories while reviews go on', async (t) => {
    const fleets = { one: await makeFleet(), two: await makeFleet() }
    t.after(() => Object.values(fleets).forEach((fleet) => fleet.remove()))
    const commits = {
      one: await fleets.one.commit({ 'a.yaml': settings('1', 'one') }),
      two: await fleets.two.commit({ 'a.yaml': settings('1', 'two') }),
    }
    const site = await makeSite(t, {
      policy: policyWith({ repositories: [repository('one')] }),
      repositories: { one: fleets.one.directory, two: fleets.two.directory },
    })
    const serve = await site.start()
    const claim = (name: 'one' | 'two') => serve.review(jobReview(name, commits[name], name))
    const allows = async (name: 'one' | 'two') => {
      const { allowed, message } = await claim(name)
      assert.equal(allowed, true, message)
    }
    await serve.log.told('source_indexed', (line) => line['repository'] === 'one')
    await allows('one')
    assert.match((await claim('two')).message, /^\[RepositoryNotAllowed\]/)

    site.write('policy.yaml', policyWith({ repositories: [repository('one'), repository('two')] }))
    await serve.log.told('source_indexed', (line) => line['repository'] === 'two')
    for (const name of ['one', 'two'] as const) {
      await allows(name)
      assert.ok((await serve.metrics()).includes(`mirror_stale{repository="${name}"} 0`))
      assert.equal((await serve.readiness()).checks[`mirror ${name}`]?.ok, true)
    }
    // The mirror of what did not change is the one that was there.
    const ready = serve.log.of('mirror_ready').filter((line) => line['repository'] === 'one')
    assert.equal(ready.length, 1)

    site.write('policy.yaml', policyWith({ repositories: [repository('two')] }))
    await eventually('the end of one', async () => (await claim('one')).allowed === false)
    assert.match((await claim('one')).message, /^\[RepositoryNotAllowed\]/)
    await eventually(
      'its mirror gone',
      async () => !('mirror one' in (await serve.readiness()).checks),
    )
    assert.ok(!(await serve.metrics()).includes('repository="one"'))
    await allows('two')

    // And back: what was fetched before is still on disk.
    site.write('policy.yaml', policyWith({ repositories: [repository('one'), repository('two')] }))
    await eventually('one again', async () => (await claim('one')).allowed === true)
  })
})

describe('a mirror that cannot be fetched', () => {
  test('shows in the readiness body and in metrics, and takes nothing else down', async (t) => {
    const fleet = await makeFleet({ 'settings.yaml': settings('1') })
    t.after(() => fleet.remove())
    const gone = repository('gone', { url: 'file:///nonexistent/gone.git' })
    const site = await makeSite(t, {
      policy: policyWith({ repositories: [repository('fleet'), gone] }),
      repositories: { fleet: fleet.directory },
    })
    const serve = await site.start()
    await serve.log.told('mirror_fetch_failed', (line) => line['repository'] === 'gone')
    await serve.log.told('source_indexed', (line) => line['repository'] === 'fleet')
    const { status, ready, checks } = await serve.readiness()
    assert.equal(status, 200)
    assert.equal(ready, true)
    assert.deepEqual(checks['mirror gone'], { ok: false, detail: 'was never fetched' })
    assert.match(checks['git gone']?.detail ?? '', /the last fetch failed: /)
    assert.match(checks['mirror fleet']?.detail ?? '', /fetched \d+ s ago/)
    assert.match(checks['policy']?.detail ?? '', /^sha256:[0-9a-f]{64}$/)
    assert.match(checks['certificate']?.detail ?? '', /^until \d{4}-/)
    assert.match(await serve.metrics(), /mirror_stale\{repository="gone"\} 1/)
    const refused = await serve.review(jobReview('gone', 'a'.repeat(40)))
    assert.match(refused.message, /^\[MirrorStale\]/)
    const commit = await fleet.git(['rev-parse', 'main'])
    const { allowed, message } = await serve.review(jobReview('fleet', commit))
    assert.equal(allowed, true, message)
  })
})

describe('the certificate', () => {
  test('is exchanged for new connections while those that are open go on', async (t) => {
    const site = await makeSite(t, { policy: policyWith() })
    const serve = await site.start()
    const open = serve.agent()
    await serve.review(reviewOf('alice'), open)
    const [socket] = Object.values(open.freeSockets).flat()
    assert.ok(socket)
    const metric = async () => /certificate_expiry\S+ (\S+)/.exec(await serve.metrics())?.[1]
    const expiry = await metric()

    const authority = await createAuthority({ now: Date.now(), mint: quickMint })
    site.writeCertificate(await makeServer(authority))
    await serve.log.told('certificate_loaded', () => serve.log.count('certificate_loaded') === 2)
    const renewed = serve.agent(site.pki.client, authority.certificatePem)
    assert.match((await serve.review(reviewOf('alice'), renewed)).message, /HumanWrite/)
    await assert.rejects(serve.review(reviewOf('alice'), serve.agent()), /certificate|self-signed/i)
    assert.match((await serve.review(reviewOf('alice'), open)).message, /HumanWrite/)
    assert.deepEqual(Object.values(open.freeSockets).flat(), [socket])
    assert.notEqual(await metric(), undefined)
    assert.notEqual(expiry, undefined)

    // A bad pair changes nothing. Two files are written one after the other, so there may have been
    // one for a moment before.
    const refused = serve.log.count('certificate_refused')
    site.write('tls.key', site.pki.client.keyPem)
    await serve.log.told(
      'certificate_refused',
      () => serve.log.count('certificate_refused') > refused,
    )
    const { status, checks } = await serve.readiness()
    assert.equal(status, 200)
    assert.equal(checks['certificate']?.ok, false)
    assert.match((await serve.review(reviewOf('alice'), renewed)).message, /HumanWrite/)
  })

  test('of callers: their authority is exchanged for new connections alone', async (t) => {
    const site = await makeSite(t, { policy: policyWith() })
    const serve = await site.start()
    const open = serve.agent()
    await serve.review(reviewOf('alice'), open)
    const authority = await createAuthority({ now: Date.now(), mint: quickMint })
    const client = await makeClient(authority, callerName)
    await assert.rejects(serve.review(reviewOf('alice'), serve.agent(client)))

    site.write('client-ca.crt', authority.certificatePem)
    await serve.log.told('client_ca_loaded')
    assert.match((await serve.review(reviewOf('alice'), serve.agent(client))).message, /HumanWrite/)
    assert.match((await serve.review(reviewOf('alice'), open)).message, /HumanWrite/)
    await assert.rejects(serve.review(reviewOf('alice'), serve.agent()))
    // The certificate to serve came again with it: nothing falls back to a default.
    site.writeCertificate(await makeServer(site.pki.authority))
    await serve.log.told('certificate_loaded', () => serve.log.count('certificate_loaded') === 2)
    assert.match((await serve.review(reviewOf('alice'), serve.agent(client))).message, /HumanWrite/)
    await assert.rejects(serve.review(reviewOf('alice'), serve.agent('none')))
  })

  test('of callers: an authority that came while a certificate was awaited counts', async (t) => {
    const site = await makeSite(t, { policy: policyWith(), hasCertificate: false })
    const serve = await site.start({ isReady: false })
    await serve.log.told('certificate_refused')
    await eventually('a health listener', () =>
      serve.readiness().then(
        () => true,
        () => false,
      ),
    )
    const authority = await createAuthority({ now: Date.now(), mint: quickMint })
    site.write('client-ca.crt', authority.certificatePem)
    site.writeCertificate(site.pki.server)
    await serve.log.told('client_ca_loaded')
    const client = await makeClient(authority, callerName)
    await serve.log.told('serving')
    assert.match((await serve.review(reviewOf('alice'), serve.agent(client))).message, /HumanWrite/)
    await assert.rejects(serve.review(reviewOf('alice'), serve.agent()))
  })
})
