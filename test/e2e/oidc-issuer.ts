import { randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose'
import { createAuthority, issue } from '../cluster/pki.ts'

const algorithms = ['ES256', 'RS256'] as const
type Algorithm = (typeof algorithms)[number]

export type Claims = Readonly<Record<string, unknown>>

export interface MintOptions {
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
  mint(name: string, claims: Claims, options?: MintOptions): Promise<string>
  close(): Promise<void>
}

interface SigningKey {
  readonly privateKey: CryptoKey
  readonly published: JWK
}

type SigningKeys = Readonly<Record<Algorithm, SigningKey>>

/** Discovery and keys of these issuers over https on loopback. */
export async function startIssuers(names: readonly string[]): Promise<OidcIssuers> {
  const authority = await createAuthority('oidc')
  const loopback = { kind: 'server', dnsNames: ['localhost'], ips: ['127.0.0.1'] } as const
  const tls = await issue(authority, loopback)
  const [keys, strangers] = await Promise.all([makeKeys(), makeKeys()])
  const documents = new Map<string, string>()
  const server = createServer({ cert: tls.cert, key: tls.key }, (request, response) => {
    const document = documents.get(request.url ?? '')
    response.writeHead(document === undefined ? 404 : 200, { 'content-type': 'application/json' })
    response.end(document)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const base = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
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
      return new SignJWT({ ...all, ...claims })
        .setProtectedHeader({ alg: algorithm, typ: 'JWT', kid: algorithm })
        .sign(privateKey)
    },
    close: () => closeAll(server),
  }
}

async function makeKeys(): Promise<SigningKeys> {
  const [ES256, RS256] = await Promise.all([makeKey('ES256'), makeKey('RS256')])
  return { ES256, RS256 }
}

async function makeKey(alg: Algorithm): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg)
  return { privateKey, published: { ...(await exportJWK(publicKey)), kid: alg, use: 'sig', alg } }
}

function discovery(issuer: string): string {
  return JSON.stringify({
    issuer,
    jwks_uri: `${issuer}/keys`,
    response_types_supported: ['id_token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: algorithms,
  })
}

function keySet(keys: SigningKeys): string {
  return JSON.stringify({ keys: Object.values(keys).map(({ published }) => published) })
}

function closeAll(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve()
    })
    server.closeAllConnections()
  })
}
