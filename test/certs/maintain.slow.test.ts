import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { before, describe, test } from 'node:test'
import { day, hour, issuedAt } from '../../src/certs/lifetime.ts'
import { readCertificates } from '../../src/certs/pem.ts'
import { toServingCertificate } from '../../src/certs/serving.ts'
import type { CertificateMaterial } from '../../src/certs/store.ts'
import { makeMaterial, renew, server, start } from './pki.ts'

let first: CertificateMaterial
before(async () => {
  first = await makeMaterial()
})

/** Whether a peer that trusts `bundle` accepts what `served` sends. */
function isAccepted(served: CertificateMaterial, bundle: string, now: number): boolean {
  try {
    toServingCertificate({ ...served, caBundlePem: bundle }, { now, dnsNames: server.dnsNames })
    return true
  } catch {
    return false
  }
}

const present = (material: CertificateMaterial) =>
  readCertificates(material.caBundlePem)[0]?.fingerprint256

describe('maintain', () => {
  test('nothing becomes an authority and a leaf', async () => {
    const { material, changes } = await renew(undefined, start)
    assert.equal(changes.length, 2)
    assert.ok(isAccepted(material, material.caBundlePem, start))
    assert.equal(readCertificates(material.certificatePem).length, 1)
  })

  test('what is in order stays as it is, to the byte', async () => {
    assert.deepEqual(await renew(first, start + 30 * day), { material: first, changes: [] })
  })

  test('a leaf past two thirds of its life is renewed and the authority stays', async () => {
    const { material, changes } = await renew(first, start + 61 * day)
    assert.match(changes.join(), /^issued a certificate: two thirds/)
    assert.equal(material.caBundlePem, first.caBundlePem)
    assert.equal(material.caKeyPem, first.caKeyPem)
    assert.notEqual(material.keyPem, first.keyPem)
  })

  test('new names give a new leaf of the same authority', async () => {
    const profile = { ...server, dnsNames: [...server.dnsNames, 'more.example'] }
    const { material } = await renew(first, start, { profile })
    assert.equal(material.caBundlePem, first.caBundlePem)
    const leaf = new X509Certificate(material.certificatePem)
    assert.equal(leaf.checkHost('more.example'), 'more.example')
  })

  test('peers with the old bundle, the new one or both accept a leaf from the new authority', async () => {
    const now = start + day
    const { material } = await renew(first, now, { rotation: 'authority' })
    const [fresh, old, ...more] = readCertificates(material.caBundlePem)
    assert.equal(more.length, 0)
    assert.equal(old?.toString(), first.caBundlePem)
    const leaf = new X509Certificate(material.certificatePem)
    assert.ok(fresh !== undefined && leaf.verify(fresh.publicKey))
    for (const bundle of [first.caBundlePem, fresh.toString(), material.caBundlePem]) {
      assert.ok(isAccepted(material, bundle, now))
    }
    assert.ok(isAccepted(first, material.caBundlePem, now), 'an old leaf for the new bundle')
    assert.equal(isAccepted(first, fresh.toString(), now), false)
  })

  test('the old authority is trusted for as long as any of its leaves lives, then dropped', async () => {
    const now = start + day
    let { material } = await renew(first, now, { rotation: 'authority' })
    const kept = material.caBundlePem
    for (let passed = hour; passed < 90 * day; passed += 10 * day) {
      material = (await renew(material, now + passed)).material
      assert.equal(material.caBundlePem, kept)
      assert.ok(isAccepted(first, material.caBundlePem, start + 1))
    }
    const { material: last, changes } = await renew(material, now + 90 * day)
    assert.match(changes.join(), /dropped an old authority/)
    assert.equal(readCertificates(last.caBundlePem).length, 1)
    assert.equal(readCertificates(last.certificatePem).length, 1, 'the cross certificate is gone')
    assert.equal(present(last), present(material))
  })

  test('a leaf that is renewed during the overlap still satisfies peers with the old bundle', async () => {
    const rotated = (await renew(first, start + day, { rotation: 'authority' })).material
    const renewed = (await renew(rotated, start + 63 * day)).material
    assert.notEqual(renewed.keyPem, rotated.keyPem)
    assert.ok(isAccepted(renewed, first.caBundlePem, start + 63 * day))
  })

  test('an authority whose key has leaked is distrusted at once', async () => {
    const twice = (await renew(first, start + day, { rotation: 'authority' })).material
    const { material } = await renew(twice, start + 2 * day, { rotation: 'distrust' })
    assert.equal(readCertificates(material.caBundlePem).length, 1)
    for (const old of [first, twice]) {
      assert.equal(isAccepted(old, material.caBundlePem, start + 2 * day), false)
      assert.equal(isAccepted(material, old.caBundlePem, start + 2 * day), false)
    }
  })

  const broken: readonly [string, (material: CertificateMaterial) => CertificateMaterial][] = [
    ['a lost authority key', (material) => ({ ...material, caKeyPem: '' })],
    ['the key of another authority', (material) => ({ ...material, caKeyPem: material.keyPem })],
  ]
  for (const [title, damage] of broken) {
    test(`${title} makes a new authority beside the old one, which signs nothing more`, async () => {
      const { material } = await renew(damage(first), start)
      assert.equal(readCertificates(material.caBundlePem)[1]?.toString(), first.caBundlePem)
      assert.ok(isAccepted(material, material.caBundlePem, start))
      assert.equal(isAccepted(material, first.caBundlePem, start), false)
    })
  }

  test('a bundle that cannot be read is replaced', async () => {
    const { material } = await renew({ ...first, caBundlePem: 'garbage' }, start)
    assert.equal(readCertificates(material.caBundlePem).length, 1)
    assert.ok(isAccepted(material, material.caBundlePem, start))
  })

  test('a leaf with the key of another is replaced', async () => {
    const { keyPem } = await makeMaterial()
    const { material, changes } = await renew({ ...first, keyPem }, start)
    assert.match(changes.join(), /^issued a certificate: the key does not belong/)
    assert.ok(isAccepted(material, first.caBundlePem, start))
  })

  test('after years without anybody looking, everything is made anew', async () => {
    const now = start + 1000 * day
    const { material } = await renew(first, now)
    assert.equal(readCertificates(material.caBundlePem).length, 1)
    assert.ok(isAccepted(material, material.caBundlePem, now))
  })

  test('bad names change nothing and are refused', async () => {
    const profile = { ...server, dnsNames: ['*'] }
    await assert.rejects(renew(first, start, { profile }), { code: 'CertificateInvalid' })
  })
})

test('three years of daily looks: every peer of the last weeks accepts every leaf, and old ones go', async () => {
  let material = first
  const bundles: string[] = []
  const authorities = new Set<string>()
  for (let today = 0; today < 3 * 365; today += 1) {
    const now = start + today * day
    material = (await renew(material, now)).material
    const trusted = readCertificates(material.caBundlePem)
    authorities.add(trusted[0]?.fingerprint256 ?? '')
    assert.ok(trusted.length <= 2)
    assert.ok(isAccepted(material, material.caBundlePem, now), `day ${today}`)
    const stale = bundles.at(-60)
    if (stale !== undefined) assert.ok(isAccepted(material, stale, now), `day ${today}, old bundle`)
    bundles.push(material.caBundlePem)
  }
  assert.equal(authorities.size, 5)
  const [newest] = readCertificates(material.caBundlePem)
  assert.ok(newest !== undefined && issuedAt(newest) > start + 2 * 365 * day)
})
