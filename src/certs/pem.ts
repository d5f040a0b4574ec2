import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto'
import { GuardError } from '../core/errors.ts'

const certificateBlock =
  /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\r\n]{1,65536}-----END CERTIFICATE-----/g

/**
 * Every certificate of a PEM text, in its order. A file that is still being written ends in the
 * middle of a block, and a file with a key in it is the wrong file: both are refused.
 */
export function readCertificates(text: string): readonly X509Certificate[] {
  const blocks = text.match(certificateBlock) ?? []
  if (blocks.length === 0) throw new GuardError('CertificateInvalid', 'there is no certificate')
  if (/^-/m.test(text.replaceAll(certificateBlock, ''))) {
    throw new GuardError(
      'CertificateInvalid',
      'there is something beside whole certificates, or a certificate is cut off',
    )
  }
  return blocks.map(readBlock)
}

/** As readCertificates, for texts of which nothing needs to survive: empty when it is no good. */
export function readCertificatesOrNone(text: string | undefined): readonly X509Certificate[] {
  try {
    return text === undefined ? [] : readCertificates(text)
  } catch {
    return []
  }
}

/** Undefined for anything that is not one unencrypted private key. */
export function readPrivateKey(text: string | undefined): KeyObject | undefined {
  try {
    return text === undefined ? undefined : createPrivateKey(text)
  } catch {
    // OpenSSL's error is dropped on purpose: nothing about a key's text leaves this function.
    return undefined
  }
}

export function joinPem(certificates: readonly X509Certificate[]): string {
  return certificates.map((certificate) => certificate.toString()).join('')
}

function readBlock(block: string): X509Certificate {
  try {
    return new X509Certificate(block)
  } catch (cause) {
    throw new GuardError('CertificateInvalid', 'a certificate cannot be decoded', { cause })
  }
}
