import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { before, describe, test } from 'node:test'
import {
  createAuthority,
  crossSign,
  renewalReason,
  toIssuer,
  type KeyedCertificate,
} from '../../src/certs/authority.ts'
import { issueCertificate } from '../../src/certs/issue.ts'
import { authorityLife, backdate, day, minute } from '../../src/certs/lifetime.ts'
import { issueLeaf } from '../../src/certs/leaf.ts'
import { systemMint } from '../../src/certs/mint.ts'
import { quickMint, server, start } from './pki.ts'

let authority: KeyedCertificate
let other: KeyedCertificate
before(async () => {
  authority = await createAuthority({ now: start, mint: quickMint })
  other = await createAuthority({ now: start, mint: quickMint })
})

describe('renewalReason', () => {
  const twoThirds = start - backdate + Math.floor(((authorityLife + backdate) * 2) / 3)
  const ages: readonly [string, number, RegExp | undefined][] = [
    ['a new authority goes on', start, undefined],
    ['a clock that is four minutes behind is no reason', start - 4 * minute, undefined],
    [
      'an authority from the future is replaced',
      start - 6 * minute,
      /not valid before 2029-12-31T23:55/,
    ],
    ['after half of its life it goes on', start + authorityLife / 2, undefined],
    ['the moment before two thirds it goes on', twoThirds - 1, undefined],
    ['at two thirds of its life it is replaced', twoThirds, /two thirds/],
    ['on its last day it is replaced', start + authorityLife - day, /two thirds/],
    ['an expired authority is replaced', start + authorityLife + 1, /expired at 2031-01-01T00:00/],
  ]
  for (const [title, now, expected] of ages) {
    test(title, () => {
      const reason = renewalReason({ ...authority, now })
      if (expected === undefined) assert.equal(reason, undefined)
      else assert.match(reason ?? '', expected)
    })
  }

  const texts: readonly [
    string,
    () => { certificatePem: string | undefined; keyPem: string | undefined },
    RegExp,
  ][] = [
    ['no certificate', () => ({ ...authority, certificatePem: undefined }), /no certificate/],
    ['an empty certificate', () => ({ ...authority, certificatePem: '' }), /no certificate/],
    ['no key', () => ({ ...authority, keyPem: undefined }), /no key/],
    [
      'text that is no certificate',
      () => ({ ...authority, certificatePem: 'x' }),
      /cannot be read/,
    ],
    [
      'a key that is cut off',
      () => ({ ...authority, keyPem: authority.keyPem.slice(0, 400) }),
      /key cannot be read/,
    ],
    [
      'the key of another authority',
      () => ({ ...authority, keyPem: other.keyPem }),
      /does not belong/,
    ],
    [
      'a certificate with its end cut off',
      () => ({ ...authority, certificatePem: authority.certificatePem.slice(0, -30) }),
      /cannot be read/,
    ],
  ]
  for (const [title, make, expected] of texts) {
    test(`${title} is a reason for a new authority`, () => {
      assert.match(renewalReason({ ...make(), now: start }) ?? '', expected)
    })
  }

  test('a leaf is not an authority', async () => {
    const leaf = await issueLeaf({ authority, profile: server, now: start, mint: quickMint })
    assert.match(
      renewalReason({ ...leaf, now: start }) ?? '',
      /not that of a certificate authority/,
    )
  })

  test('an authority that another one signed is not ours', async () => {
    const cross = await crossSign({ authority, predecessor: other, now: start, mint: quickMint })
    const reason = renewalReason({ certificatePem: cross, keyPem: authority.keyPem, now: start })
    assert.match(reason ?? '', /not signed by its own key/)
  })

  const made: readonly [string, { bits: number; name?: string }, RegExp][] = [
    [
      'a foreign name is a reason',
      { bits: 2048, name: 'solewriter-ca-0000000000000000' },
      /another name/,
    ],
    ['a 1024 bit key is a reason', { bits: 1024 }, /not RSA of 2048 bits/],
  ]
  for (const [title, { bits, name }, expected] of made) {
    test(title, async () => {
      const { publicPem, privatePem } = await systemMint.keyPair(bits)
      const subject = { commonName: name ?? 'any' }
      const certificatePem = await issueCertificate(
        {
          subject,
          publicPem,
          use: { kind: 'authority', pathLength: 0 },
          serial: systemMint.serial(),
          notBefore: start - minute,
          notAfter: start + day,
        },
        { subject, publicPem, privatePem },
      )
      assert.match(
        renewalReason({ certificatePem, keyPem: privatePem, now: start }) ?? '',
        expected,
      )
    })
  }
})

describe('createAuthority', () => {
  test('a new authority is named by its key and signs itself', () => {
    const certificate = new X509Certificate(authority.certificatePem)
    assert.match(certificate.subject, /^CN=solewriter-ca-[0-9a-f]{16}$/)
    assert.ok(certificate.ca)
    assert.ok(certificate.verify(certificate.publicKey))
    assert.equal(certificate.validToDate.getTime(), start + authorityLife)
    assert.equal(certificate.validFromDate.getTime(), start - backdate)
  })

  test('two authorities share neither name nor serial number', () => {
    const [one, two] = [authority, other].map((made) => new X509Certificate(made.certificatePem))
    assert.notEqual(one?.subject, two?.subject)
    assert.notEqual(one?.serialNumber, two?.serialNumber)
  })

  test('the real mint makes a 3072 bit authority', async () => {
    const made = await createAuthority({ now: start, mint: systemMint })
    const { publicKey } = new X509Certificate(made.certificatePem)
    assert.equal(publicKey.asymmetricKeyDetails?.modulusLength, 3072)
  })

  test('a mint with weak keys makes no authority', async () => {
    const mint = { ...systemMint, keyPair: () => systemMint.keyPair(1024) }
    await assert.rejects(createAuthority({ now: start, mint }), { code: 'CertificateInvalid' })
  })
})

test('serial numbers are positive, minimal, 127 bits long and all different', () => {
  const serials = Array.from({ length: 500 }, () => systemMint.serial())
  for (const serial of serials) assert.match(serial, /^[4-7][0-9a-f]{31}$/)
  assert.equal(new Set(serials).size, serials.length)
})

test('a cross certificate carries the new key under the old signature, no longer than both live', async () => {
  const later = start + 300 * day
  const next = await createAuthority({ now: later, mint: quickMint })
  const cross = new X509Certificate(
    await crossSign({ authority: next, predecessor: authority, now: later, mint: quickMint }),
  )
  const [old, fresh] = [authority, next].map((made) => new X509Certificate(made.certificatePem))
  assert.ok(old !== undefined && fresh !== undefined)
  assert.ok(cross.checkIssued(old) && cross.verify(old.publicKey))
  assert.equal(cross.subject, fresh.subject)
  assert.ok(cross.publicKey.equals(fresh.publicKey))
  assert.equal(cross.validToDate.getTime(), old.validToDate.getTime())
  assert.equal(toIssuer(next).subject.commonName, cross.subject.slice('CN='.length))
})
