import { generateKeyPairSync, randomUUID, sign, type KeyObject } from 'node:crypto'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createAuthority, issue } from '../cluster/pki.ts'

type Algorithm = 'ES256' | 'RS256'
export type Claims = Readonly<Record<string, unknown>>

interface MintOptions {
  readonly algorithm?: Algorithm
  /** Signs with a key that is not published. */
  readonly isForged?: boolean
}

/** What CI systems run: issuers of tokens, each below a path of its own, behind one listener. */
export interface OidcIssuers {
  /** PEM of who signed the certificate of the listener. */
  readonly ca: string
  url(name: string): string
  /** A token of that issuer, good for ten minutes unless the claims say otherwise. */
  mint(name: string, claims: Claims, options?: MintOptions): string
  close(): Promise<void>
}

interface SigningKey {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}

/** Discovery and keys of these issuers over https on loopback. */
export async function startIssuers(names: readonly string[]): Promise<OidcIssuers> {
  const authority = await createAuthority('oidc')
  const loopback = { kind: 'server', dnsNames: ['localhost'], ips: ['127.0.0.1'] } as const
  const tls = await issue(authority, loopback)
  const keys = makeKeys()
  const strangers = makeKeys()
  let base = ''
  const documents = new Map<string, string>()
  const server = createServer({ cert: tls.cert, key: tls.key }, (request, response) => {
    const document = documents.get(request.url ?? '')
    response.writeHead(document === undefined ? 404 : 200, { 'content-type': 'application/json' })
    response.end(document)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  const url = (name: string) => `${base}/${name}`
  for (const name of names) {
    documents.set(`/${name}/.well-known/openid-configuration`, discovery(url(name)))
    documents.set(`/${name}/keys`, keySet(keys))
  }
  return {
    ca: authority.cert,
    url,
    mint(name, claims, { algorithm = 'ES256', isForged = false } = {}) {
      const now = Math.floor(Date.now() / 1000)
      const all = { iss: url(name), jti: randomUUID(), iat: now, nbf: now - 5, exp: now + 600 }
      const { privateKey } = (isForged ? strangers : keys)[algorithm]
      return toJwt({ ...all, ...claims }, algorithm, privateKey)
    },
    close: () => closeAll(server),
  }
}

function makeKeys(): Readonly<Record<Algorithm, SigningKey>> {
  return {
    ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  }
}

function discovery(issuer: string): string {
  return JSON.stringify({
    issuer,
    jwks_uri: `${issuer}/keys`,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['ES256', 'RS256'],
  })
}

function keySet(keys: Readonly<Record<Algorithm, SigningKey>>): string {
  const published = Object.entries(keys).map(([alg, { publicKey }]) => ({
    ...publicKey.export({ format: 'jwk' }),
    kid: alg,
    use: 'sig',
    alg,
  }))
  return JSON.stringify({ keys: published })
}

function toJwt(claims: Claims, alg: Algorithm, key: KeyObject): string {
  const signed = [{ alg, typ: 'JWT', kid: alg }, claims].map(encoded).join('.')
  const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' })
  return `${signed}.${signature.toString('base64url')}`
}

function encoded(part: unknown): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}

function closeAll(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve()
    })
    server.closeAllConnections()
  })
}
