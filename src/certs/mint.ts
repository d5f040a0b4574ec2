import { createHash, createPublicKey, generateKeyPair, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'

const generate = promisify(generateKeyPair)

/** PEM: SPKI and PKCS#8. */
export interface KeyPair {
  readonly publicPem: string
  readonly privatePem: string
}

/** Where keys and serial numbers come from. */
export interface Mint {
  keyPair(bits: number): Promise<KeyPair>
  /** Hexadecimal, positive, at least 64 random bits (CA/Browser Forum baseline 7.1). */
  serial(): string
}

/** On the thread pool: RSA-3072 takes most of a second, and reviews must not wait for it. */
export const systemMint: Mint = {
  async keyPair(bits) {
    const { publicKey, privateKey } = await generate('rsa', {
      modulusLength: bits,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    })
    return { publicPem: publicKey, privatePem: privateKey }
  },
  serial() {
    const bytes = randomBytes(16)
    // The top bit is the sign (DER INTEGER), the next one keeps the encoding minimal.
    bytes.writeUInt8((bytes.readUInt8(0) & 0x7f) | 0x40, 0)
    return bytes.toString('hex')
  },
}

/** SHA-1 over the bits of the public key: RFC 5280 section 4.2.1.2, method 1. */
export function keyIdentifier(publicPem: string): Buffer {
  const bits = createPublicKey(publicPem).export({ type: 'pkcs1', format: 'der' })
  return createHash('sha1').update(bits).digest()
}
