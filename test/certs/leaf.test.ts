import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { before, describe, test } from 'node:test'
import { createAuthority, type KeyedCertificate } from '../../src/certs/authority.ts'
import { issueLeaf, leafRenewalReason } from '../../src/certs/leaf.ts'
import { backdate, leafLife, minute } from '../../src/certs/lifetime.ts'
import type { LeafProfile } from '../../src/certs/profile.ts'
import { quickMint, server, start } from './pki.ts'

const client = {
  kind: 'client',
  commonName: 'kube-apiserver-webhook-client',
  organizations: ['a', 'b:c'],
} as const satisfies LeafProfile

let authority: KeyedCertificate
let other: KeyedCertificate
let leaf: KeyedCertificate
let caller: KeyedCertificate
before(async () => {
  authority = await createAuthority({ now: start, mint: quickMint })
  other = await createAuthority({ now: start, mint: quickMint })
  leaf = await issueLeaf({ authority, profile: server, now: start, mint: quickMint })
  caller = await issueLeaf({ authority, profile: client, now: start, mint: quickMint })
})

describe('a leaf for a server', () => {
  test('is accepted by Node for its authority, names and addresses', () => {
    const certificate = new X509Certificate(leaf.certificatePem)
    const issuer = new X509Certificate(authority.certificatePem)
    assert.ok(certificate.checkIssued(issuer))
    assert.ok(certificate.verify(issuer.publicKey))
    for (const name of server.dnsNames) assert.equal(certificate.checkHost(name), name)
    for (const address of server.ipAddresses) assert.equal(certificate.checkIP(address), address)
    assert.equal(certificate.ca, false)
    assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.1'])
    assert.equal(certificate.publicKey.asymmetricKeyDetails?.modulusLength, 2048)
    assert.equal(certificate.validToDate.getTime(), start + leafLife)
  })

  test('has no subject: its names are in the SAN alone', () => {
    assert.equal(new X509Certificate(leaf.certificatePem).subject, undefined)
  })

  test('is rejected for other names, addresses and authorities', () => {
    const certificate = new X509Certificate(leaf.certificatePem)
    const stranger = new X509Certificate(other.certificatePem)
    assert.equal(certificate.checkIssued(stranger), false)
    assert.equal(certificate.verify(stranger.publicKey), false)
    for (const name of [
      'solewriter.svc',
      'x.localhost',
      'solewriter.solewriter.svc.evil.example',
    ]) {
      assert.equal(certificate.checkHost(name), undefined)
    }
    assert.equal(certificate.checkIP('127.0.0.2'), undefined)
  })

  test('lives no longer than its authority', async () => {
    const old = new X509Certificate(authority.certificatePem)
    const now = old.validToDate.getTime() - 10 * minute
    const late = issueLeaf({ authority, profile: server, now, mint: quickMint })
    const certificate = new X509Certificate((await late).certificatePem)
    assert.equal(certificate.validToDate.getTime(), old.validToDate.getTime())
  })
})

test('a leaf for a client has its names in the subject and serves nobody', () => {
  const certificate = new X509Certificate(caller.certificatePem)
  assert.equal(certificate.subject, 'CN=kube-apiserver-webhook-client\nO=a\nO=b:c')
  assert.equal(certificate.subjectAltName, undefined)
  assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.2'])
})

describe('leafRenewalReason', () => {
  const judge = (
    changed: Partial<Parameters<typeof leafRenewalReason>[0]> = {},
  ): string | undefined =>
    leafRenewalReason({
      leaf,
      authorityPem: authority.certificatePem,
      profile: server,
      now: start,
      ...changed,
    })
  const twoThirds = start - backdate + Math.floor(((leafLife + backdate) * 2) / 3)
  const ages: readonly [string, number, RegExp | undefined][] = [
    ['a new leaf stays', start, undefined],
    ['the moment before two thirds of its life it stays', twoThirds - 1, undefined],
    ['at two thirds of its life it is renewed', twoThirds, /two thirds/],
    ['an expired leaf is renewed', start + leafLife + 1, /expired/],
    ['a leaf from the future is renewed', start - 6 * minute, /not valid before/],
  ]
  for (const [title, now, expected] of ages) {
    test(title, () => {
      const reason = judge({ now })
      if (expected === undefined) assert.equal(reason, undefined)
      else assert.match(reason ?? '', expected)
    })
  }

  const profiles: readonly [string, LeafProfile][] = [
    ['a name more', { ...server, dnsNames: [...server.dnsNames, 'more.example'] }],
    ['a name less', { ...server, dnsNames: ['localhost'] }],
    ['another name', { ...server, dnsNames: ['localhost', 'other.example'] }],
    ['an address less', { ...server, ipAddresses: ['127.0.0.1'] }],
    ['another address', { ...server, ipAddresses: ['127.0.0.1', '::2'] }],
    ['another use', client],
  ]
  for (const [title, profile] of profiles) {
    test(`${title} is a reason for a new leaf`, () => {
      assert.match(judge({ profile }) ?? '', /its names are not|it is not for a client/)
    })
  }

  test('the order of names is not', () => {
    const profile = { ...server, dnsNames: [...server.dnsNames].reverse() }
    assert.equal(judge({ profile }), undefined)
  })

  test('another common name or organization is a reason', () => {
    assert.equal(judge({ leaf: caller, profile: client }), undefined)
    for (const profile of [
      { ...client, commonName: 'x' },
      { ...client, organizations: ['a'] },
      { ...client, organizations: ['system:masters', 'b:c'] },
    ]) {
      assert.match(judge({ leaf: caller, profile }) ?? '', /its names are not/)
    }
  })

  test('a new authority is a reason', () => {
    assert.match(judge({ authorityPem: other.certificatePem }) ?? '', /another authority/)
  })

  test('missing, broken and foreign texts are reasons', () => {
    assert.match(judge({ leaf: undefined }) ?? '', /no certificate/)
    assert.match(judge({ leaf: { ...leaf, certificatePem: 'x' } }) ?? '', /cannot be read/)
    assert.match(judge({ leaf: { ...leaf, keyPem: '' } }) ?? '', /key is missing/)
    assert.match(judge({ leaf: { ...leaf, keyPem: caller.keyPem } }) ?? '', /does not belong/)
    assert.match(judge({ leaf: authority }) ?? '', /certificate of an authority/)
  })
})
