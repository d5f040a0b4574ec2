import { createPrivateKey } from 'node:crypto'
import forge from 'node-forge'
import { createAuthority, toIssuer, type KeyedCertificate } from '../../src/certs/authority.ts'
import { issueLeaf } from '../../src/certs/leaf.ts'
import type { LeafProfile } from '../../src/certs/profile.ts'
import { quickMint } from '../certs/pki.ts'

export interface Pki {
  readonly authority: KeyedCertificate
  readonly server: KeyedCertificate
  readonly client: KeyedCertificate
}

export const callerName = 'kube-apiserver'

export async function makePki(now = Date.now()): Promise<Pki> {
  const authority = await createAuthority({ now, mint: quickMint })
  return {
    authority,
    server: await makeServer(authority),
    client: await makeClient(authority, callerName),
  }
}

export function makeServer(authority: KeyedCertificate): Promise<KeyedCertificate> {
  return issue(authority, { kind: 'server', dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] })
}

export function makeClient(authority: KeyedCertificate, name: string): Promise<KeyedCertificate> {
  return issue(authority, { kind: 'client', commonName: name })
}

/** What no authority of ours issues: any subject, and no word on what it may be used for. */
export async function makeUnusualClient(
  authority: KeyedCertificate,
  commonNames: readonly string[],
  extensions: readonly object[] = [],
): Promise<KeyedCertificate> {
  const issuer = toIssuer(authority)
  const key = await quickMint.keyPair(2048)
  const certificate = forge.pki.createCertificate()
  certificate.publicKey = forge.pki.publicKeyFromPem(key.publicPem)
  certificate.serialNumber = quickMint.serial()
  certificate.validity.notBefore = new Date(Date.now() - 60_000)
  certificate.validity.notAfter = new Date(Date.now() + 3_600_000)
  certificate.setSubject(commonNames.map((value) => ({ shortName: 'CN', value })))
  certificate.setIssuer([{ shortName: 'CN', value: issuer.subject.commonName }])
  certificate.setExtensions([...extensions])
  const pkcs1 = createPrivateKey(issuer.privatePem).export({ type: 'pkcs1', format: 'pem' })
  certificate.sign(forge.pki.privateKeyFromPem(pkcs1.toString()), forge.md.sha256.create())
  return { certificatePem: forge.pki.certificateToPem(certificate), keyPem: key.privatePem }
}

function issue(authority: KeyedCertificate, profile: LeafProfile): Promise<KeyedCertificate> {
  return issueLeaf({ authority, profile, now: Date.now(), mint: quickMint })
}
