import { stringAt, type Json } from '../manifest/json.ts'

/** Whom a certificate would make somebody, as the API server reads its subject. */
export interface CertificateSubject {
  readonly names: readonly string[]
  readonly groups: readonly string[]
}

/** DER of the object identifiers of commonName (2.5.4.3) and organizationName (2.5.4.10). */
const commonName = Buffer.from([0x06, 0x03, 0x55, 0x04, 0x03])
const organization = Buffer.from([0x06, 0x03, 0x55, 0x04, 0x0a])
const bmpString = 0x1e

/**
 * The subject of a CertificateSigningRequest; undefined if nothing in it can be read. DER writes an
 * attribute in one way only, so looking for it finds it, whatever stands around it.
 */
export function subjectOf(request: Json | undefined): CertificateSubject | undefined {
  const pem = Buffer.from(stringAt(request, 'spec', 'request') ?? '', 'base64').toString('latin1')
  const blocks = [...pem.matchAll(/-----BEGIN [^\n-]*-----([^-]*)-----END/g)]
  // What the API server might take for a block and this does not, leaves all of it unread.
  if (blocks.length === 0 || pem.split('-----BEGIN').length - 1 > blocks.length) return undefined
  // Lines of headers may stand before the content, and empty ones anywhere.
  const texts = blocks.map(([, body = '']) => body.replace(/^.*:.*$/gm, ''))
  const ders = texts.map((text) => Buffer.from(text, 'base64'))
  return {
    names: ders.flatMap((der) => valuesOf(der, commonName)),
    groups: ders.flatMap((der) => valuesOf(der, organization)),
  }
}

function valuesOf(der: Buffer, attribute: Buffer): readonly string[] {
  const values: string[] = []
  for (let at = der.indexOf(attribute); at !== -1; at = der.indexOf(attribute, at + 1)) {
    values.push(textAt(der, at + attribute.length))
  }
  return values
}

/** One string: tag, length, bytes. */
function textAt(der: Buffer, start: number): string {
  const first = der[start + 1] ?? 0
  const lengthBytes = first < 0x80 ? 0 : first - 0x80
  const from = start + 2 + lengthBytes
  if (lengthBytes > 4 || from > der.length) return ''
  const length = lengthBytes === 0 ? first : der.readUIntBE(start + 2, lengthBytes)
  const bytes = der.subarray(from, from + length)
  return der[start] === bmpString ? decodeBmp(bytes) : bytes.toString('utf8')
}

function decodeBmp(bytes: Buffer): string {
  const even = bytes.subarray(0, bytes.length - (bytes.length % 2))
  return Buffer.from(even).swap16().toString('utf16le')
}
