import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { readCertificates, readPrivateKey } from '../../src/certs/pem.ts'
import type { CertificateMaterial } from '../../src/certs/store.ts'
import { makeMaterial } from './pki.ts'

let material: CertificateMaterial
before(async () => {
  material = await makeMaterial()
})

test('certificates are read in their order, explanations between them left aside', () => {
  const text = `subject=leaf\r\n${material.certificatePem}# issuer\n${material.caBundlePem}`
  assert.deepEqual(
    readCertificates(text).map((certificate) => certificate.toString()),
    [material.certificatePem, material.caBundlePem],
  )
})

const refused: readonly [string, (leaf: string, authority: string) => string, RegExp][] = [
  ['an empty text', () => '', /no certificate/],
  ['a text without a certificate', () => 'hello', /no certificate/],
  ['a certificate cut off in its middle', (leaf) => leaf.slice(0, 500), /no certificate/],
  ['a chain cut off in its second block', (leaf, ca) => leaf + ca.slice(0, 500), /cut off/],
  ['a chain cut off in a header', (leaf) => `${leaf}-----BEGIN CERT`, /cut off/],
  ['a file with a key in it', (leaf) => leaf + material.keyPem, /beside whole certificates/],
  [
    'base64 of something else',
    () => '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
    /cannot be decoded/,
  ],
]
for (const [title, make, message] of refused) {
  test(`${title} is refused`, () => {
    const text = make(material.certificatePem, material.caBundlePem)
    assert.throws(() => readCertificates(text), { code: 'CertificateInvalid', message })
  })
}

test('every prefix of a chain but a whole first certificate is refused', () => {
  const text = material.certificatePem.trimEnd() + '\n' + material.caBundlePem.trimEnd()
  const leafEnd = material.certificatePem.trimEnd().length
  for (let length = 0; length < text.length; length += 1) {
    if (length === leafEnd || length === leafEnd + 1) continue
    assert.throws(() => readCertificates(text.slice(0, length)), `prefix of ${length}`)
  }
})

test('a certificate is not a private key, nor is half a key', () => {
  assert.equal(readPrivateKey(material.certificatePem), undefined)
  assert.equal(readPrivateKey(material.keyPem.slice(0, 300)), undefined)
  assert.notEqual(readPrivateKey(material.keyPem), undefined)
})
