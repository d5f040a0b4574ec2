import { X509Certificate } from 'node:crypto'
import { GuardError } from '../core/errors.ts'
import { hasStrongKey, isIssuedBy, toIssuer, type KeyedCertificate } from './authority.ts'
import { issueCertificate, type CertificateUse, type Subject } from './issue.ts'
import { ageProblem, backdate, leafLife } from './lifetime.ts'
import type { Mint } from './mint.ts'
import { describeProfile, hasPurpose, isNamed, type LeafProfile } from './profile.ts'
import { readCertificatesOrNone, readPrivateKey } from './pem.ts'

const leafKeyBits = 2048

interface LeafState {
  readonly leaf: { readonly certificatePem: string; readonly keyPem: string } | undefined
  readonly authorityPem: string
  readonly profile: LeafProfile
  readonly now: number
}

/** Why a new leaf must be issued, or undefined while this one may be used. */
export function leafRenewalReason({
  leaf,
  authorityPem,
  profile,
  now,
}: LeafState): string | undefined {
  if (leaf === undefined || leaf.certificatePem === '') return 'there is no certificate'
  const [certificate] = readCertificatesOrNone(leaf.certificatePem)
  if (certificate === undefined) return 'the certificate cannot be read'
  const key = readPrivateKey(leaf.keyPem)
  if (key === undefined) return 'the key is missing or cannot be read'
  if (!certificate.checkPrivateKey(key)) return 'the key does not belong to the certificate'
  if (!isIssuedBy(certificate, new X509Certificate(authorityPem))) {
    return 'another authority signed it'
  }
  return profileProblem(certificate, profile) ?? ageProblem(certificate, now)
}

export async function issueLeaf(options: {
  readonly authority: KeyedCertificate
  readonly profile: LeafProfile
  readonly now: number
  readonly mint: Mint
}): Promise<KeyedCertificate> {
  const { authority, profile, now, mint } = options
  const { publicPem, privatePem } = await mint.keyPair(leafKeyBits)
  const last = new X509Certificate(authority.certificatePem).validToDate.getTime()
  const certificatePem = await issueCertificate(
    {
      ...describeRequest(profile),
      publicPem,
      serial: mint.serial(),
      notBefore: now - backdate,
      notAfter: Math.min(now + leafLife, last),
    },
    toIssuer(authority),
  )
  const leaf = { certificatePem, keyPem: privatePem }
  const reason = leafRenewalReason({ leaf, authorityPem: authority.certificatePem, profile, now })
  if (reason !== undefined) {
    throw new GuardError('CertificateInvalid', `a new certificate is of no use: ${reason}`)
  }
  return leaf
}

function describeRequest(profile: LeafProfile): {
  readonly use: CertificateUse
  readonly subject?: Subject
} {
  if (profile.kind === 'server') return { use: profile }
  return { use: { kind: 'client' }, subject: profile }
}

function profileProblem(certificate: X509Certificate, profile: LeafProfile): string | undefined {
  if (certificate.ca) return 'it is the certificate of an authority'
  if (!hasStrongKey(certificate)) return 'its key is not RSA of 2048 bits or more'
  if (!hasPurpose(certificate, profile.kind)) return `it is not for a ${profile.kind}`
  if (!isNamed(certificate, profile)) return `its names are not ${describeProfile(profile)}`
  return undefined
}
