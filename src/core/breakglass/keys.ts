import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import { canonicalJson } from '../manifest/canonical.ts'
import { at, isJsonObject, stringAt, type Json } from '../manifest/json.ts'
import { parseStrictJson } from '../manifest/strict-json.ts'
import { isPoint, privateHalf, sharedSecret, type PublicJwk } from '../policy/jwk-schema.ts'

/** The keys of an issuer by the `kid` that tokens name. */
export type PinnedKeys = ReadonlyMap<string, KeyObject>

export type ReadKeys =
  | { readonly kind: 'keys'; readonly keys: PinnedKeys }
  | { readonly kind: 'refused'; readonly message: string }

/** Issuers have a handful of keys. */
const mostKeys = 64

/**
 * Reads a JWK Set (RFC 7517). One bad key refuses all: a set with a private key in it has leaked, and
 * one with an RSA key is not the one that was meant.
 */
export function readKeys(text: string): ReadKeys {
  const parsed = parseStrictJson(text)
  if (parsed.kind === 'syntax') return refused('is not JSON')
  if (parsed.kind === 'refused') return refused(`is doubtful JSON: ${parsed.message}`)
  const list = at(parsed.value, 'keys')
  if (!Array.isArray(list)) return refused('is no JWK Set: keys must be a list')
  if (list.length === 0 || list.length > mostKeys) {
    return refused(`must have between 1 and ${mostKeys} keys`)
  }
  const keys = new Map<string, KeyObject>()
  for (const [i, jwk] of (list as readonly Json[]).entries()) {
    const problem =
      whyNotKey(jwk) ?? (keys.has(kidOf(jwk)) ? 'has the kid of another key' : undefined)
    if (problem !== undefined) return refused(`keys[${i}] ${problem}`)
    keys.set(kidOf(jwk), toKey(jwk))
  }
  return { kind: 'keys', keys }
}

/** RFC 7638: the same for the same key, whoever computes it. */
export function thumbprint({ crv, kty, x, y }: PublicJwk): string {
  return createHash('sha256').update(canonicalJson({ crv, kty, x, y })).digest('base64url')
}

/** The key set of one key, as `breakglass keygen` publishes it. */
export function keySet(jwk: PublicJwk): Json {
  const { kty, crv, x, y } = jwk
  return { keys: [{ kty, crv, x, y, kid: thumbprint(jwk), use: 'sig', alg: 'ES256' }] }
}

/** The public half of a private key for ES256; undefined for any other key. */
export function publicHalf(key: KeyObject): PublicJwk | undefined {
  const { asymmetricKeyType, asymmetricKeyDetails } = key
  if (asymmetricKeyType !== 'ec' || asymmetricKeyDetails?.namedCurve !== 'prime256v1')
    return undefined
  const { x, y } = createPublicKey(key).export({ format: 'jwk' })
  return x === undefined || y === undefined ? undefined : { kty: 'EC', crv: 'P-256', x, y }
}

const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'priv']

function whyNotKey(jwk: Json): string | undefined {
  if (!isJsonObject(jwk)) return 'must be an object'
  if (Object.hasOwn(jwk, 'k')) return sharedSecret
  if (privateMembers.some((member) => Object.hasOwn(jwk, member))) return privateHalf
  if (!/^[^\p{Cc}]{1,256}$/u.test(kidOf(jwk))) return 'needs a kid of 1 to 256 characters'
  return whyNotForUs(jwk)
}

function whyNotForUs(jwk: Json): string | undefined {
  if (stringAt(jwk, 'kty') !== 'EC' || stringAt(jwk, 'crv') !== 'P-256') {
    return 'must be an EC key on P-256'
  }
  if (!isFor(jwk, 'use', 'sig') || !isFor(jwk, 'alg', 'ES256')) {
    return 'is not for ES256 signatures'
  }
  return isPoint(pointOf(jwk)) ? undefined : 'is no point of P-256'
}

function isFor(jwk: Json, member: string, value: string): boolean {
  const found = at(jwk, member)
  return found === undefined || found === value
}

function kidOf(jwk: Json): string {
  return stringAt(jwk, 'kid') ?? ''
}

function toKey(jwk: Json): KeyObject {
  return createPublicKey({ key: { kty: 'EC', crv: 'P-256', ...pointOf(jwk) }, format: 'jwk' })
}

function pointOf(jwk: Json) {
  return { x: stringAt(jwk, 'x') ?? '', y: stringAt(jwk, 'y') ?? '' }
}

function refused(message: string): ReadKeys {
  return { kind: 'refused', message }
}
