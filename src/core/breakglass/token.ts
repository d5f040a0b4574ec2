import type { KeyObject } from 'node:crypto'
import { CompactSign, compactVerify } from 'jose'
import type { JsonObject } from '../manifest/json.ts'
import type { ScopeRow } from '../policy/grant-scope-schema.ts'
import type { BreakGlassIssuer } from '../policy/schema.ts'
import {
  toScope,
  whyNotCircumstances,
  whyNotRegistered,
  whyNotScope,
  type Claims,
} from './claims.ts'
import { algorithm, readCompact, tokenType } from './compact.ts'
import type { PinnedKeys } from './keys.ts'
import { refuse, type Refusal } from './refusal.ts'
import { tokenDigest } from './token-digest.ts'

export type KeyLimits = Omit<BreakGlassIssuer['keys'][number], 'kid'>

export interface TrustedIssuer {
  /** As the policy calls it. */
  readonly name: string
  readonly keys: PinnedKeys
  /** By kid. */
  readonly limits: ReadonlyMap<string, KeyLimits>
}

/** What a token is held against. */
export interface TokenContext {
  /** By `iss`. */
  readonly issuers: ReadonlyMap<string, TrustedIssuer>
  readonly clusterUid: string
  /** Whom the API server authenticated. */
  readonly username: string
  /** The moment, in epoch ms, at which the token's times are judged: that of its activation. */
  readonly at: number
}

/** A token that passed every check. Times are epoch ms, durations ms. */
export interface VerifiedToken {
  readonly kind: 'verified'
  /** Name of the issuer in the policy. */
  readonly issuer: string
  readonly kid: string
  readonly keyLimits: KeyLimits
  /** Which text it is, see tokenDigest. */
  readonly digest: string
  /** Name of the grant: creating it is what uses the token up. */
  readonly grant: string
  readonly username: string
  /** When it can no longer be activated. */
  readonly expiresAt: number
  readonly scope: readonly ScopeRow[]
  readonly incident: string
  readonly reason: string
  readonly session?: number
  readonly maxUses?: number
  readonly hold?: number
  /** SHA-256 of the client certificate, in base64url, that uses must come with. */
  readonly certificate?: string
}

const second = 1_000
const longestLife = 15 * 60
/** Between the clocks of the issuer and of ours. */
const tolerance = 30 * second

export function audienceOf(clusterUid: string): string {
  return `urn:solewriter:cluster:${clusterUid}`
}

/** Whatever is not verified is refused; it never rejects for what a token is. */
export async function verifyToken(
  token: string,
  context: TokenContext,
): Promise<VerifiedToken | Refusal> {
  const read = readCompact(token)
  if (read.kind === 'refused') return read
  const issuer = context.issuers.get(read.iss)
  if (issuer === undefined) {
    return refuse('UnknownIssuer', 'no issuer of the policy has the iss of this token')
  }
  const key = issuer.keys.get(read.kid)
  if (key === undefined) {
    const message = `issuer ${issuer.name} has no key of this kid: it may have been removed`
    return refuse('UnknownKey', message)
  }
  if (!(await isSigned(token, key))) {
    return refuse('Signature', `the signature is not by this key of issuer ${issuer.name}`)
  }
  const { kid, payload } = read
  const limits = issuer.limits.get(kid) ?? {}
  const digest = tokenDigest(token)
  return whyNot(payload, limits, context) ?? verified(payload, { issuer, kid, limits, digest })
}

/** A compact JWS. The key is private and on P-256. */
export async function signToken(claims: Claims, kid: string, key: KeyObject): Promise<string> {
  const payload = new TextEncoder().encode(JSON.stringify(claims))
  return new CompactSign(payload)
    .setProtectedHeader({ alg: algorithm, typ: tokenType, kid })
    .sign(key)
}

async function isSigned(token: string, key: KeyObject): Promise<boolean> {
  try {
    await compactVerify(token, key, { algorithms: [algorithm] })
    return true
  } catch {
    // Every failure means the same here, whatever it is.
    return false
  }
}

/** The payload is the issuer's by now: it may be shown to its holder, and still be wrong. */
function whyNot(
  payload: JsonObject,
  limits: KeyLimits,
  context: TokenContext,
): Refusal | undefined {
  const unregistered = whyNotRegistered(payload)
  if (unregistered !== undefined) return refuse('Claims', unregistered)
  const claims = payload as unknown as Claims
  return (
    whyNotHere(claims, context) ??
    whyNotNow(claims, context.at) ??
    whyNotByKey(claims, limits, context.at) ??
    refused('Claims', whyNotCircumstances(payload)) ??
    refused('Scope', whyNotScope(payload))
  )
}

function refused(rule: 'Claims' | 'Scope', message: string | undefined): Refusal | undefined {
  return message === undefined ? undefined : refuse(rule, message)
}

function whyNotHere({ aud, sub }: Claims, { clusterUid, username }: TokenContext) {
  if (clusterUid === '' || aud !== audienceOf(clusterUid)) {
    return refuse(
      'WrongCluster',
      `the token is for another cluster: here aud is ${audienceOf(clusterUid)}`,
    )
  }
  return sub === username
    ? undefined
    : refuse('WrongUser', 'the token is for another user: sub has to be your own username')
}

function whyNotNow({ iat, nbf, exp }: Claims, at: number): Refusal | undefined {
  if (exp <= iat || exp - iat > longestLife) {
    return refuse('Lifetime', `a token lives at most ${longestLife / 60} minutes from iat to exp`)
  }
  const early = Math.max(iat, nbf) * second - at
  if (early > tolerance) {
    return refuse('NotYetValid', `the token is valid in ${inSeconds(early)}: compare the clocks`)
  }
  const late = at - exp * second
  return late < tolerance
    ? undefined
    : refuse('Expired', `the token ended ${inSeconds(late)} ago: mint another one`)
}

function whyNotByKey({ sub }: Claims, limits: KeyLimits, at: number): Refusal | undefined {
  if (limits.users?.includes(sub) === false) {
    return refuse('KeyLimit', 'tokens of this key may not be for this user')
  }
  return limits.notAfter !== undefined && at >= limits.notAfter
    ? refuse('KeyLimit', 'tokens of this key are not accepted any more: its notAfter has passed')
    : undefined
}

function inSeconds(time: number): string {
  return `${Math.ceil(time / second)} s`
}

function verified(
  payload: JsonObject,
  found: { issuer: TrustedIssuer; kid: string; limits: KeyLimits; digest: string },
): VerifiedToken {
  const { issuer, kid, limits, digest } = found
  const { jti, sub, exp, cnf, bg, authorization_details: details } = payload as unknown as Claims
  return {
    kind: 'verified',
    issuer: issuer.name,
    kid,
    keyLimits: limits,
    digest,
    grant: `bg-${jti}`,
    username: sub,
    expiresAt: exp * second,
    scope: toScope(details),
    incident: bg.incident,
    reason: bg.reason,
    ...(bg.session_s !== undefined && { session: bg.session_s * second }),
    ...(bg.max_uses !== undefined && { maxUses: bg.max_uses }),
    ...(bg.hold_s !== undefined && { hold: bg.hold_s * second }),
    ...(cnf !== undefined && { certificate: cnf['x5t#S256'] }),
  }
}
