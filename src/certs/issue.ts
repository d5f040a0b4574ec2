import { sign } from 'node:crypto'
import { promisify } from 'node:util'
import forge from 'node-forge'
import { keyIdentifier } from './mint.ts'

// node-forge only writes here. It never sees a private key (node:crypto signs) and never reads or
// verifies a certificate: its advisories are about exactly that.

declare module 'node-forge' {
  namespace pki {
    function getTBSCertificate(certificate: Certificate): asn1.Asn1
  }
}

export interface Subject {
  readonly commonName: string
  readonly organizations?: readonly string[]
}

export type CertificateUse =
  /** `pathLength`: how many authorities may stand below this one. */
  | { readonly kind: 'authority'; readonly pathLength: number }
  | {
      readonly kind: 'server'
      readonly dnsNames: readonly string[]
      readonly ipAddresses: readonly string[]
    }
  | { readonly kind: 'client' }

export interface CertificateRequest {
  /** A server has none: its names are in the SAN alone. */
  readonly subject?: Subject
  readonly publicPem: string
  readonly use: CertificateUse
  readonly serial: string
  /** Epoch ms. */
  readonly notBefore: number
  readonly notAfter: number
}

export interface Issuer {
  readonly subject: Subject
  readonly publicPem: string
  readonly privatePem: string
}

const signBytes = promisify(
  (bytes: Buffer, key: string, done: (error: Error | null, signature: Buffer) => void) => {
    sign('sha256', bytes, key, done)
  },
)

/** One X.509 v3 certificate as PEM. What it says is checked by whoever asked for it. */
export async function issueCertificate(
  request: CertificateRequest,
  issuer: Issuer,
): Promise<string> {
  const certificate = forge.pki.createCertificate()
  certificate.publicKey = forge.pki.publicKeyFromPem(request.publicPem)
  certificate.serialNumber = request.serial
  certificate.validity.notBefore = new Date(request.notBefore)
  certificate.validity.notAfter = new Date(request.notAfter)
  certificate.setSubject(request.subject === undefined ? [] : attributes(request.subject))
  certificate.setIssuer(attributes(issuer.subject))
  certificate.setExtensions([
    ...extensions(request.use),
    { name: 'subjectKeyIdentifier' },
    {
      name: 'authorityKeyIdentifier',
      keyIdentifier: keyIdentifier(issuer.publicPem).toString('latin1'),
    },
  ])
  const algorithm = forge.pki.oids['sha256WithRSAEncryption'] ?? ''
  certificate.signatureOid = algorithm
  certificate.siginfo.algorithmOid = algorithm
  certificate.tbsCertificate = forge.pki.getTBSCertificate(certificate)
  const signed = Buffer.from(forge.asn1.toDer(certificate.tbsCertificate).getBytes(), 'latin1')
  certificate.signature = (await signBytes(signed, issuer.privatePem)).toString('latin1')
  return forge.pki.certificateToPem(certificate).replaceAll('\r\n', '\n')
}

function attributes(subject: Subject): forge.pki.CertificateField[] {
  return [
    { shortName: 'CN', value: subject.commonName },
    ...(subject.organizations ?? []).map((value) => ({ shortName: 'O', value })),
  ]
}

function extensions(use: CertificateUse): readonly object[] {
  if (use.kind === 'authority') {
    return [
      {
        name: 'basicConstraints',
        critical: true,
        cA: true,
        pathLenConstraint: use.pathLength,
      },
      { name: 'keyUsage', critical: true, keyCertSign: true, cRLSign: true },
    ]
  }
  const leaf = [
    { name: 'basicConstraints', critical: true, cA: false },
    { name: 'keyUsage', critical: true, digitalSignature: true },
  ]
  if (use.kind === 'client') return [...leaf, { name: 'extKeyUsage', clientAuth: true }]
  return [
    ...leaf,
    { name: 'extKeyUsage', serverAuth: true },
    // RFC 5280 section 4.2.1.6: critical when the subject is empty.
    { name: 'subjectAltName', critical: true, altNames: alternativeNames(use) },
  ]
}

function alternativeNames(names: Extract<CertificateUse, { kind: 'server' }>): readonly object[] {
  return [
    ...names.dnsNames.map((value) => ({ type: 2, value })),
    ...names.ipAddresses.map((ip) => ({ type: 7, ip })),
  ]
}
