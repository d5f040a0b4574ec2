import forge from 'node-forge'
import { systemMint } from '../../src/certs/mint.ts'

// Certificates of a test control plane. Unlike those of src/certs they carry any subject: users
// are called alice@example.com, and hostile ones system:masters.

const keyBits = 2048
const hour = 3_600_000
const life = 366 * 24 * hour

export interface KeyedCertificate {
  readonly cert: string
  readonly key: string
}

type CertificateUse =
  | { readonly kind: 'client'; readonly user: string; readonly groups?: readonly string[] }
  | {
      readonly kind: 'server'
      readonly dnsNames: readonly string[]
      readonly ips: readonly string[]
    }

type Field = forge.pki.CertificateField

export async function createAuthority(name: string): Promise<KeyedCertificate> {
  const { publicPem, privatePem } = await systemMint.keyPair(keyBits)
  const subject = [utf8('CN', name)]
  const certificate = blank(publicPem, subject, subject)
  certificate.setExtensions([
    { name: 'basicConstraints', critical: true, cA: true },
    { name: 'keyUsage', critical: true, keyCertSign: true, cRLSign: true },
    { name: 'subjectKeyIdentifier' },
  ])
  return signed(certificate, privatePem, privatePem)
}

export async function issue(
  authority: KeyedCertificate,
  use: CertificateUse,
): Promise<KeyedCertificate> {
  const { publicPem, privatePem } = await systemMint.keyPair(keyBits)
  const issuer = forge.pki.certificateFromPem(authority.cert).subject.attributes as Field[]
  const certificate = blank(publicPem, subjectOf(use), issuer)
  certificate.setExtensions([
    { name: 'basicConstraints', critical: true, cA: false },
    { name: 'keyUsage', critical: true, digitalSignature: true, keyEncipherment: true },
    ...purposeOf(use),
  ])
  return signed(certificate, privatePem, authority.key)
}

function subjectOf(use: CertificateUse): Field[] {
  if (use.kind === 'server') return [utf8('CN', use.dnsNames[0] ?? use.ips[0] ?? 'server')]
  return [utf8('CN', use.user), ...(use.groups ?? []).map((group) => utf8('O', group))]
}

function purposeOf(use: CertificateUse): object[] {
  if (use.kind === 'client') return [{ name: 'extKeyUsage', clientAuth: true }]
  const altNames = [
    ...use.dnsNames.map((value) => ({ type: 2, value })),
    ...use.ips.map((ip) => ({ type: 7, ip })),
  ]
  return [
    { name: 'extKeyUsage', serverAuth: true },
    { name: 'subjectAltName', altNames },
  ]
}

/** forge's default, PrintableString, has no `@` and no `_`: Go refuses such a certificate. */
function utf8(shortName: string, value: string): Field {
  const valueTagClass = forge.asn1.Type.UTF8 as unknown as forge.asn1.Class
  return { shortName, value, valueTagClass }
}

function blank(publicPem: string, subject: Field[], issuer: Field[]): forge.pki.Certificate {
  const certificate = forge.pki.createCertificate()
  certificate.publicKey = forge.pki.publicKeyFromPem(publicPem)
  certificate.serialNumber = systemMint.serial()
  certificate.validity.notBefore = new Date(Date.now() - hour)
  certificate.validity.notAfter = new Date(Date.now() + life)
  certificate.setSubject(subject)
  certificate.setIssuer(issuer)
  return certificate
}

function signed(certificate: forge.pki.Certificate, key: string, issuerKey: string) {
  certificate.sign(forge.pki.privateKeyFromPem(issuerKey), forge.md.sha256.create())
  return { cert: forge.pki.certificateToPem(certificate), key }
}
