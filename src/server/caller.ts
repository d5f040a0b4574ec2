import type { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'

export type CallerAuthentication =
  | {
      readonly kind: 'mtls'
      readonly clientCaPem: string
      /** Common names, compared exactly. */
      readonly names: readonly string[]
    }
  /** Stock and managed API servers present no certificate: then only the network keeps others out. */
  | { readonly kind: 'none' }

export type Caller =
  | { readonly kind: 'known'; readonly fingerprint: string | undefined }
  | { readonly kind: 'refused'; readonly why: 'no-certificate' | 'wrong-subject' | 'wrong-purpose' }

const clientPurpose = '1.3.6.1.5.5.7.3.2'

/** Who is at the other end. That its chain leads to the client CA, TLS has checked already. */
export function identifyCaller(socket: TLSSocket, rule: CallerAuthentication): Caller {
  if (rule.kind === 'none') return { kind: 'known', fingerprint: undefined }
  const certificate = socket.getPeerX509Certificate()
  if (!socket.authorized || certificate === undefined) {
    return { kind: 'refused', why: 'no-certificate' }
  }
  // OpenSSL lets a certificate pass that says nothing about its purpose.
  if ((certificate.keyUsage as readonly string[] | undefined)?.includes(clientPurpose) !== true) {
    return { kind: 'refused', why: 'wrong-purpose' }
  }
  const name = commonNameOf(certificate)
  return name !== undefined && rule.names.includes(name)
    ? { kind: 'known', fingerprint: certificate.fingerprint256 }
    : { kind: 'refused', why: 'wrong-subject' }
}

/** A subject with two common names has none: which of them would be meant is a matter of taste. */
function commonNameOf(certificate: X509Certificate): string | undefined {
  const subject = (certificate.subject as string | undefined) ?? ''
  const names = subject.split('\n').filter((line) => line.startsWith('CN='))
  return names.length === 1 ? names[0]?.slice('CN='.length) : undefined
}
