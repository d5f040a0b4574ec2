import assert from 'node:assert/strict'
import { createPrivateKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { keySet, publicHalf, readKeys, thumbprint } from '../../../src/core/breakglass/keys.ts'
import {
  verifyToken,
  type KeyLimits,
  type TokenContext,
} from '../../../src/core/breakglass/token.ts'

export const iss = 'https://breakglass.acme.example'
export const clusterUid = '6f1c2d2e-1111-4222-8333-944445555666'
/** Seconds. */
export const minted = 1_787_451_200

const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
export const privateKey = pair.privateKey
const jwk = publicHalf(privateKey) ?? assert.fail()
export const kid = thumbprint(jwk)
export const publicPem = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString()
const read = readKeys(JSON.stringify(keySet(jwk)))
const keys = read.kind === 'keys' ? read.keys : assert.fail(read.message)

export const goodHeader = { alg: 'ES256', typ: 'breakglass+jwt', kid }

export const goodDetail = {
  type: 'urn:solewriter:k8s-write:v1',
  apiGroups: ['apps'],
  resources: ['deployments', 'deployments/scale'],
  operations: ['UPDATE'],
  namespaces: ['payments'],
  names: ['api'],
  fields: ['spec.replicas', 'spec.template.spec.containers[*].image'],
}

export const goodBg = {
  v: 1,
  level: 'standard',
  session_s: 3600,
  max_uses: 10,
  incident: 'PD-Q2XR',
  reason: '5xx storm, scale api',
  hold_s: 1800,
  approvals: [],
}

export const goodClaims = {
  iss,
  aud: `urn:solewriter:cluster:${clusterUid}`,
  sub: 'alice@acme.example',
  iat: minted,
  nbf: minted,
  exp: minted + 900,
  jti: '0198c1d2-7c1e-7b2f-9a53-0d6f7f4f2a11',
  authorization_details: [goodDetail],
  bg: goodBg,
}

type Text = Readonly<Record<string, unknown>> | string

/** A JWS of any text, signed as `signer` does it. */
export function jws(header: Text, payload: Text, signer = es256()): string {
  const input = [header, payload].map(encode).join('.')
  return `${input}.${signer(input).toString('base64url')}`
}

export function encode(part: Text): string {
  return Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url')
}

export function es256(key: KeyObject = privateKey): (input: string) => Buffer {
  return (input) => sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' })
}

/** The good token with other claims; `undefined` leaves one out. */
export function signed(change: Readonly<Record<string, unknown>> = {}): string {
  return jws(goodHeader, { ...goodClaims, ...change })
}

export function otherKey(namedCurve = 'P-256'): KeyObject {
  return createPrivateKey(
    generateKeyPairSync('ec', { namedCurve }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
  )
}

export function contextWith(
  change: Partial<TokenContext> & { readonly limits?: KeyLimits } = {},
): TokenContext {
  const { limits = {}, ...context } = change
  return {
    issuers: new Map([[iss, { name: 'oncall', keys, limits: new Map([[kid, limits]]) }]]),
    clusterUid,
    username: 'alice@acme.example',
    at: minted * 1000,
    ...context,
  }
}

/** `rule: message` of a refusal; the grant of what is verified. */
export async function verdictOn(token: string, context = contextWith()): Promise<string> {
  const verdict = await verifyToken(token, context)
  return verdict.kind === 'verified' ? verdict.grant : `${verdict.rule}: ${verdict.message}`
}
