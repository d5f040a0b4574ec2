import { createPublicKey, X509Certificate, type KeyObject } from 'node:crypto'
import { GuardError } from '../core/errors.ts'
import { issueCertificate, type Issuer } from './issue.ts'
import { ageProblem, authorityLife, backdate } from './lifetime.ts'
import { keyIdentifier, type Mint } from './mint.ts'
import { readCertificatesOrNone, readPrivateKey } from './pem.ts'

const authorityKeyBits = 3072
const smallestKeyBits = 2048

export interface KeyedCertificate {
  readonly certificatePem: string
  readonly keyPem: string
}

interface Authority {
  readonly certificate: X509Certificate
  readonly key: KeyObject
}

interface AuthorityTexts {
  readonly certificatePem: string | undefined
  readonly keyPem: string | undefined
}

/** The first fault wins. */
const faults: readonly ((authority: Authority) => string | undefined)[] = [
  ({ certificate }) =>
    certificate.ca ? undefined : 'the certificate is not that of a certificate authority',
  ({ certificate }) =>
    hasStrongKey(certificate) ? undefined : `the key is not RSA of ${smallestKeyBits} bits or more`,
  ({ certificate, key }) =>
    certificate.checkPrivateKey(key) ? undefined : 'the key does not belong to the certificate',
  ({ certificate }) =>
    certificate.subject === `CN=${authorityName(publicPem(certificate))}`
      ? undefined
      : 'the certificate has another name than our authorities have',
  ({ certificate }) =>
    certificate.checkIssued(certificate) && certificate.verify(certificate.publicKey)
      ? undefined
      : 'the certificate is not signed by its own key',
]

/** Why there must be a new authority, or undefined while this one may sign. */
export function renewalReason(
  authority: AuthorityTexts & { readonly now: number },
): string | undefined {
  const fault = authorityFault(authority)
  if (fault !== undefined) return fault
  const [certificate] = readCertificatesOrNone(authority.certificatePem)
  return certificate === undefined ? undefined : ageProblem(certificate, authority.now)
}

/** What is wrong with an authority whatever its age. */
export function authorityFault({ certificatePem, keyPem }: AuthorityTexts): string | undefined {
  if (certificatePem === undefined || certificatePem === '') return 'there is no certificate'
  if (keyPem === undefined || keyPem === '') return 'there is no key'
  const [certificate] = readCertificatesOrNone(certificatePem)
  if (certificate === undefined) return 'the certificate cannot be read'
  const key = readPrivateKey(keyPem)
  if (key === undefined) return 'the key cannot be read'
  for (const fault of faults) {
    const found = fault({ certificate, key })
    if (found !== undefined) return found
  }
  return undefined
}

export async function createAuthority(options: {
  readonly now: number
  readonly mint: Mint
}): Promise<KeyedCertificate> {
  const { publicPem, privatePem } = await options.mint.keyPair(authorityKeyBits)
  const subject = { commonName: authorityName(publicPem) }
  const certificatePem = await issueCertificate(
    {
      subject,
      publicPem,
      use: { kind: 'authority', pathLength: 1 },
      serial: options.mint.serial(),
      notBefore: options.now - backdate,
      notAfter: options.now + authorityLife,
    },
    { subject, publicPem, privatePem },
  )
  const made = { certificatePem, keyPem: privatePem }
  const reason = renewalReason({ ...made, now: options.now })
  if (reason !== undefined) {
    throw new GuardError('CertificateInvalid', `a new authority is of no use: ${reason}`)
  }
  return made
}

/**
 * The new authority's name and key, signed by the one before it. Sent after a leaf, it lets a peer
 * that has not heard of the new authority yet accept that leaf: rotation needs no waiting.
 */
export async function crossSign(options: {
  readonly authority: KeyedCertificate
  readonly predecessor: KeyedCertificate
  readonly now: number
  readonly mint: Mint
}): Promise<string> {
  const authority = new X509Certificate(options.authority.certificatePem)
  const predecessor = new X509Certificate(options.predecessor.certificatePem)
  return issueCertificate(
    {
      subject: { commonName: authorityName(publicPem(authority)) },
      publicPem: publicPem(authority),
      use: { kind: 'authority', pathLength: 0 },
      serial: options.mint.serial(),
      notBefore: options.now - backdate,
      notAfter: Math.min(authority.validToDate.getTime(), predecessor.validToDate.getTime()),
    },
    toIssuer(options.predecessor),
  )
}

/** Only for authorities without a renewal reason: the name is derived from the key. */
export function toIssuer(authority: KeyedCertificate): Issuer {
  const key = publicPem(new X509Certificate(authority.certificatePem))
  return {
    subject: { commonName: authorityName(key) },
    publicPem: key,
    privatePem: authority.keyPem,
  }
}

export function isIssuedBy(certificate: X509Certificate, authority: X509Certificate): boolean {
  return certificate.checkIssued(authority) && certificate.verify(authority.publicKey)
}

export function hasStrongKey(certificate: X509Certificate): boolean {
  const { asymmetricKeyType, asymmetricKeyDetails } = certificate.publicKey
  return (
    asymmetricKeyType === 'rsa' && (asymmetricKeyDetails?.modulusLength ?? 0) >= smallestKeyBits
  )
}

/** The name holds the key's identifier, so that no two authorities are ever called the same. */
function authorityName(publicPem: string): string {
  return `solewriter-ca-${keyIdentifier(publicPem).toString('hex').slice(0, 16)}`
}

function publicPem(certificate: X509Certificate): string {
  return createPublicKey(certificate.publicKey.export({ type: 'spki', format: 'pem' }))
    .export({ type: 'spki', format: 'pem' })
    .toString()
}
