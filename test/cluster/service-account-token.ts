import { createHash, createPublicKey, randomUUID, sign } from 'node:crypto'

interface TokenSubject {
  readonly namespace: string
  readonly serviceAccount: NamedObject
  readonly pod?: NamedObject
}

export interface NamedObject {
  readonly name: string
  readonly uid: string
}

interface TokenOptions {
  readonly subject: TokenSubject
  /** PEM of the API server's service-account signing key, P-256. */
  readonly signingKey: string
  readonly issuer: string
  /** Seconds. */
  readonly life: number
  readonly now: number
}

/**
 * The token a TokenRequest would give, claim by claim. Signed here, because under `enforce` the
 * webhook rightly refuses a TokenRequest for a writer to everybody who could ask.
 */
export function mintServiceAccountToken(options: TokenOptions): string {
  const { subject, signingKey, issuer, life, now } = options
  const issuedAt = Math.floor(now / 1000)
  const { namespace, serviceAccount, pod } = subject
  const claims = {
    aud: [issuer],
    exp: issuedAt + life,
    iat: issuedAt,
    iss: issuer,
    jti: randomUUID(),
    'kubernetes.io': {
      namespace,
      ...(pod === undefined ? {} : { pod }),
      serviceaccount: serviceAccount,
    },
    nbf: issuedAt,
    sub: `system:serviceaccount:${namespace}:${serviceAccount.name}`,
  }
  const header = { alg: 'ES256', kid: keyId(signingKey), typ: 'JWT' }
  const signed = [header, claims].map((part) => encode(Buffer.from(JSON.stringify(part)))).join('.')
  const key = { key: signingKey, dsaEncoding: 'ieee-p1363' } as const
  return `${signed}.${encode(sign('sha256', Buffer.from(signed), key))}`
}

/** As the API server names its keys: the SHA-256 of the DER of the public key. */
function keyId(signingKey: string): string {
  const der = createPublicKey(signingKey).export({ type: 'spki', format: 'der' })
  return encode(createHash('sha256').update(der).digest())
}

function encode(bytes: Buffer): string {
  return bytes.toString('base64url')
}
