import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { createDirectoryStore, serverLayout } from '../../src/certs/directory-store.ts'
import { createLeafSource } from '../../src/certs/leaf-source.ts'
import { day } from '../../src/certs/lifetime.ts'
import { readCertificates } from '../../src/certs/pem.ts'
import type { ServingCertificate } from '../../src/certs/serving.ts'
import type { CertificateSource } from '../../src/certs/source.ts'
import type { AuthorityStore } from '../../src/certs/store.ts'
import { createMemoryPlace } from './memory-store.ts'
import { quickMint, renew, server, start, temporaryDirectory } from './pki.ts'

interface Replica {
  readonly source: CertificateSource
  readonly errors: string[]
  readonly changes: string[]
}

function makeReplica(t: TestContext, store: AuthorityStore, now: () => number): Replica {
  const errors: string[] = []
  const changes: string[] = []
  const source = createLeafSource({
    store,
    profile: server,
    now,
    mint: quickMint,
    pollMs: 5,
    onFailure: (error) => errors.push(error.message),
    onRenewed: (done) => changes.push(...done),
  })
  t.after(() => source.stop())
  return { source, errors, changes }
}

function nextChange(source: CertificateSource): Promise<ServingCertificate> {
  return new Promise((resolve) => {
    const stop = source.onChange((certificate) => {
      stop()
      resolve(certificate)
    })
  })
}

test('nothing is served before the source has started', (t) => {
  const { source } = makeReplica(t, createMemoryPlace().open(), () => start)
  assert.equal(source.current(), undefined)
})

for (const [name, makeOpen] of [
  ['a Secret', async () => createMemoryPlace().open],
  [
    'a directory',
    async (t: TestContext) => {
      const dir = await temporaryDirectory(t)
      return () => createDirectoryStore({ dir, layout: serverLayout, now: () => Date.now() })
    },
  ],
] as const) {
  test(`six replicas that start at once over ${name} end with one authority and one leaf`, async (t) => {
    const open = await makeOpen(t)
    const replicas = Array.from({ length: 6 }, () => makeReplica(t, open(), () => start))
    await Promise.all(replicas.map(({ source }) => source.start()))
    // Hooks run in the order of their making: the directory would go under the feet of the polls.
    await Promise.all(replicas.map(({ source }) => source.stop()))
    const served = replicas.map(({ source }) => source.current())
    assert.equal(new Set(served.map((certificate) => certificate?.caBundlePem)).size, 1)
    assert.equal(new Set(served.map((certificate) => certificate?.fingerprint)).size, 1)
    assert.notEqual(served[0], undefined)
    assert.equal(replicas.filter(({ changes }) => changes.length > 0).length, 1)
    assert.deepEqual(
      replicas.flatMap(({ errors }) => errors),
      [],
    )
    assert.equal((await open().load())?.material.keyPem, served[0]?.keyPem)
  })
}

test('the leaf is renewed when the clock passes two thirds of its life, and listeners hear of it', async (t) => {
  let now = start
  const { source, changes } = makeReplica(t, createMemoryPlace().open(), () => now)
  await source.start()
  const before = source.current()
  assert.ok(before !== undefined && before.renewAt > start + 59 * day)
  const changed = nextChange(source)
  now = before.renewAt
  const after = await changed
  assert.notEqual(after.fingerprint, before.fingerprint)
  assert.equal(after.caBundlePem, before.caBundlePem)
  assert.equal(after.notAfter, now + 90 * day)
  assert.equal(source.current(), after)
  assert.match(changes.at(-1) ?? '', /two thirds/)
})

test('a rotation by somebody else is taken over', async (t) => {
  const place = createMemoryPlace()
  const { source, changes } = makeReplica(t, place.open(), () => start)
  await source.start()
  const own = changes.length
  const stored = await place.open().load()
  const { material } = await renew(stored?.material, start, { rotation: 'authority' })
  const changed = nextChange(source)
  await place.open().save(material, stored?.version)
  assert.equal((await changed).certificatePem, material.certificatePem)
  assert.equal(readCertificates((await changed).caBundlePem ?? '').length, 2)
  assert.equal(changes.length, own, 'it renewed nothing itself')
})

test('an unreachable store is one failure, keeps the last good leaf, and heals', async (t) => {
  let now = start
  const place = createMemoryPlace()
  const { source, errors } = makeReplica(t, place.open(), () => now)
  await source.start()
  const before = source.current()
  place.failWith = new Error('the API server said: body with secrets')
  while (source.failure() === undefined) await new Promise(setImmediate)
  now = start + 70 * day
  for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate)
  assert.equal(source.current(), before)
  assert.deepEqual(errors, ['the certificate cannot be used'])
  const changed = nextChange(source)
  delete place.failWith
  assert.equal((await changed).notAfter, now + 90 * day)
  while (source.failure() !== undefined) await new Promise(setImmediate)
})

test('a store that is unreachable at the start gives nothing, says so, and heals', async (t) => {
  const place = createMemoryPlace()
  place.failWith = new Error('down')
  const { source, errors } = makeReplica(t, place.open(), () => start)
  await source.start()
  assert.equal(source.current(), undefined)
  assert.equal(source.failure()?.code, 'CertificateInvalid')
  assert.equal(errors.length, 1)
  const changed = nextChange(source)
  delete place.failWith
  assert.equal(await changed, source.current())
})

test('nothing is served that could not be stored', async (t) => {
  const place = createMemoryPlace()
  const store: AuthorityStore = {
    load: () => place.open().load(),
    save: () => Promise.resolve('conflict'),
  }
  const { source } = makeReplica(t, store, () => start)
  await source.start()
  assert.equal(source.current(), undefined)
  assert.match(source.failure()?.message ?? '', /others keep changing/)
})

test('a listener that throws neither stops the others nor is forgotten', async (t) => {
  const place = createMemoryPlace()
  const { source, errors } = makeReplica(t, place.open(), () => start)
  const heard: string[] = []
  let isBroken = true
  source.onChange((certificate) => {
    if (isBroken) throw new Error('no context')
    heard.push(`mended ${certificate.fingerprint}`)
  })
  source.onChange(() => heard.push('second'))
  await source.start()
  assert.deepEqual(heard, ['second'])
  assert.equal(errors.length, 1)
  isBroken = false
  while (source.failure() !== undefined) await new Promise(setImmediate)
  assert.ok(heard.includes(`mended ${source.current()?.fingerprint}`))
})

test('a stopped source is silent and cannot be started again', async (t) => {
  let now = start
  const { source, changes } = makeReplica(t, createMemoryPlace().open(), () => now)
  await source.start()
  await source.stop()
  const before = [...changes]
  now = start + 70 * day
  await new Promise((resolve) => setTimeout(resolve, 30))
  assert.deepEqual(changes, before)
  await assert.rejects(source.start(), { code: 'Internal' })
})

test('a profile that cannot be issued is refused before anything starts', () => {
  assert.throws(
    () =>
      createLeafSource({
        store: createMemoryPlace().open(),
        profile: { kind: 'server', dnsNames: [], ipAddresses: [] },
        now: () => start,
        onFailure: () => {},
      }),
    { code: 'CertificateInvalid' },
  )
})
