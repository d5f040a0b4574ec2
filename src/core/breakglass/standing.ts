import type { UserInfo } from '../admission/request.ts'
import type { BreakGlassRule, Policy } from '../policy/schema.ts'
import { boundCredential } from './credential.ts'
import type { Grant } from './grant.ts'
import { grantTerms } from './grant-terms.ts'
import { ruleFor } from './rule-for.ts'
import type { GrantScope } from './scope.ts'
import {
  verifyToken,
  type KeyLimits,
  type TokenContext,
  type TrustedIssuer,
  type VerifiedToken,
} from './token.ts'
import type { StoredUse } from './use.ts'

/** What a grant is held against: who asks, what counts, and when. */
export interface Moment extends Pick<TokenContext, 'issuers' | 'clusterUid'> {
  readonly policy: Policy
  readonly user: UserInfo
  /** Epoch ms. */
  readonly now: number
  /** Usernames of those who approve of the grant by what they have made, not by what its status says. */
  readonly consentedBy?: readonly string[]
}

/** What a grant gives its holder as long as it stands. */
export interface Terms {
  /** All of them have to cover a write. */
  readonly scopes: readonly GrantScope[]
  readonly maxUses: number
  /** Epoch ms: from then on it is over. */
  readonly expiresAt: number
  readonly uses: readonly StoredUse[]
  readonly rule: BreakGlassRule
  /** Groups that were asked and have not approved, where the holder went on alone. */
  readonly skipped: readonly string[]
  /** While the status is not filled. */
  readonly token: VerifiedToken | undefined
}

/** What a grant is for somebody at a moment, whatever its phase says. */
export type Standing =
  /** `credential`: with what every use has to come, and this one does. */
  | { readonly kind: 'active'; readonly terms: Terms; readonly credential: string }
  | { readonly kind: 'pending'; readonly terms: Terms }
  /** It counts, but not for this user as the user comes. */
  | { readonly kind: 'elsewhere'; readonly why: string }
  | { readonly kind: 'over'; readonly why: string; readonly terms: Terms | undefined }
  /** Somebody else's, or nothing that was ever activated. */
  | { readonly kind: 'none' }

/** What is known of a grant before anything is asked of the user or the time. */
interface Basis {
  readonly issuer: string
  readonly kid: string
  readonly scope: GrantScope
  readonly session: number
  readonly maxUses: number
  readonly token: VerifiedToken | undefined
}

export async function standingOf(grant: Grant, moment: Moment): Promise<Standing> {
  const rule = ruleFor(moment.policy, moment.user)
  const basis = await basisOf(grant, rule, moment)
  if (basis === undefined) return { kind: 'none' }
  if (basis.kind !== 'basis') return basis
  const limits = limitsOf(basis, moment)
  const terms = rule && termsOf(grant, basis, { rule, limits: limits ?? {} })
  const ended = whyLocked(moment.policy) ?? whyEnded(grant)
  if (ended !== undefined) return over(ended, terms)
  if (terms === undefined) return elsewhere('no rule of the policy names you any more')
  if (limits === undefined) return over('its key is not trusted any more', terms)
  const late = whyLate(terms, limits, moment.now)
  return late === undefined ? standing(grant, { basis, terms, limits }, moment) : over(late, terms)
}

async function basisOf(
  grant: Grant,
  rule: BreakGlassRule | undefined,
  moment: Moment,
): Promise<({ readonly kind: 'basis' } & Basis) | Standing | undefined> {
  const { status, token: text } = grant
  if (status !== undefined && status.username !== moment.user.username) return undefined
  // What was filled in counts only once there is no token any more to hold it against.
  if (text !== undefined) return basisOfToken(grant, text, rule, moment)
  if (status === undefined) return undefined
  const { issuer, kid, scope, maxUses, session = Infinity } = status
  return { kind: 'basis', issuer, kid, scope, maxUses, session, token: undefined }
}

async function basisOfToken(
  { name, createdAt, status }: Grant,
  text: string,
  rule: BreakGlassRule | undefined,
  { issuers, clusterUid, user }: Moment,
): Promise<({ readonly kind: 'basis' } & Basis) | Standing | undefined> {
  const context = { issuers, clusterUid, username: user.username, at: createdAt }
  const token = await verifyToken(text, context)
  if (token.kind === 'refused') {
    return token.rule === 'WrongUser' ? undefined : over(token.message)
  }
  if (token.grant !== name) return undefined
  if (status !== undefined && status.tokenSHA256 !== token.digest) return undefined
  const { issuer, kid } = token
  if (rule === undefined) return elsewhere('no rule of the policy names you')
  const { scope, session, maxUses } = grantTerms(token, rule)
  return { kind: 'basis', issuer, kid, scope, session, maxUses, token }
}

/** Undefined once the policy does not trust the key. */
function limitsOf({ issuer, kid }: Basis, { issuers }: Moment): KeyLimits | undefined {
  const isIt = (one: TrustedIssuer) => one.name === issuer && one.keys.has(kid)
  const found = [...issuers.values()].find(isIt)
  return found === undefined ? undefined : (found.limits.get(kid) ?? {})
}

/** Never more than the policy gives by now, nor for longer, whatever was stored. */
function termsOf(
  { status, createdAt }: Grant,
  basis: Basis,
  { rule, limits }: { readonly rule: BreakGlassRule; readonly limits: KeyLimits },
): Terms {
  const { required, timeout } = rule.approvals
  const { skipped, maxSession, maxUses } = aloneTerms(status, rule)
  const session = least(basis.session, rule.maxSession, limits.maxSession, maxSession)
  const activatedAt = least(status?.activatedAt, createdAt + (required > 0 ? timeout : 0))
  return {
    scopes: rule.maxScope === undefined ? [basis.scope] : [basis.scope, rule.maxScope],
    maxUses: least(basis.maxUses, rule.maxUses, maxUses),
    expiresAt: least(activatedAt + session, status?.expiresAt),
    uses: status?.uses ?? [],
    rule,
    skipped,
    token: basis.token,
  }
}

/** What is less for a holder who went on alone. */
function aloneTerms(
  status: Grant['status'],
  { approvals: { bypass } }: BreakGlassRule,
): Pick<Terms, 'skipped'> & { readonly maxSession?: number; readonly maxUses?: number } {
  const skipped = status?.skippedApprovers ?? []
  return skipped.length === 0 || bypass === undefined ? { skipped } : { skipped, ...bypass }
}

function least(...values: readonly (number | undefined)[]): number {
  return Math.min(...values.filter((value) => value !== undefined))
}

/** Why nobody's grant counts now. */
export function whyLocked({ spec }: Policy): string | undefined {
  return spec.breakGlass.lockdown ? 'the policy has locked down break-glass' : undefined
}

/** A phase that says so ends a grant; none ever makes one. */
const openPhases: ReadonlySet<string> = new Set(['Pending', 'Active', 'Exhausted'])

function whyEnded({ status, revokedBy, isBeingDeleted, isEnded }: Grant): string | undefined {
  if (isBeingDeleted) return 'it is being deleted'
  if (revokedBy !== undefined) return `it was revoked by ${revokedBy}`
  if (isEnded) return 'it was ended'
  return status === undefined || openPhases.has(status.phase) ? undefined : `it is ${status.phase}`
}

function whyLate({ expiresAt }: Terms, { notAfter }: KeyLimits, now: number): string | undefined {
  if (notAfter !== undefined && now >= notAfter) return 'its key is not accepted any more'
  return now >= expiresAt ? 'it has expired' : undefined
}

function standing(
  grant: Grant,
  found: { readonly basis: Basis; readonly terms: Terms; readonly limits: KeyLimits },
  { user, now, consentedBy }: Moment,
): Standing {
  const { basis, terms, limits } = found
  if (limits.users?.includes(user.username) === false) {
    return elsewhere('its key may not be used for you any more')
  }
  const credential = boundCredential(grant, basis.token?.certificate, user)
  if (credential === undefined) {
    return elsewhere('it was activated with another certificate or kind of token')
  }
  if (isApproved(grant, terms.rule, { now, ...(consentedBy && { consentedBy }) }))
    return { kind: 'active', terms, credential }
  const { required, timeout } = terms.rule.approvals
  return required > 0 && now >= grant.createdAt + timeout
    ? over('nobody approved it in time', terms)
    : { kind: 'pending', terms }
}

function isApproved(
  { status, createdAt }: Grant,
  { approvals: { required, bypass } }: BreakGlassRule,
  { now, consentedBy = [] }: Pick<Moment, 'now' | 'consentedBy'>,
): boolean {
  if (status?.phase === 'Pending') return false
  if (required === 0) return true
  if (status?.activatedAt === undefined) return false
  // Nobody approves for themselves, and nobody twice.
  const others = new Set(consentedBy.filter((name) => name !== status.username))
  if (others.size >= required) return true
  if (status.skippedApprovers.length === 0 || bypass === undefined) return false
  return Math.min(now, status.activatedAt) >= createdAt + bypass.after
}

function elsewhere(why: string): Standing {
  return { kind: 'elsewhere', why }
}

function over(why: string, terms?: Terms): Standing {
  return { kind: 'over', why, terms }
}
