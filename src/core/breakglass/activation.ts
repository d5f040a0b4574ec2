import type { UserInfo } from '../admission/request.ts'
import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../manifest/json.ts'
import type { BreakGlassRule } from '../policy/schema.ts'
import { certificateId, credentialOf, noCredential, notShown } from './credential.ts'
import { grantTerms } from './grant-terms.ts'
import { outboxFinalizer } from './grant.ts'
import { holderOf } from './holder.ts'
import { momentOf } from './moment.ts'
import type { Activation } from './next-status.ts'
import type { TokenRule } from './refusal.ts'
import { ruleFor } from './rule-for.ts'
import { whyLocked, type Moment } from './standing.ts'
import { verifyToken, type VerifiedToken } from './token.ts'

/** Why a grant may not be made: a rule that its token breaks, or one of these. */
type ActivationRule =
  TokenRule | 'Content' | 'GrantName' | 'Clock' | 'NoRule' | 'Reason' | 'Credential' | 'Lockdown'

export type Activated =
  | ({ readonly kind: 'activated' } & Activation)
  | { readonly kind: 'refused'; readonly rule: ActivationRule; readonly message: string }

/** Between the clock of the API server and ours. */
const mostSkew = 60_000

/** Whether this new BreakGlassGrant may be stored: its token, for exactly this user, and nothing else. */
export async function judgeActivation(object: JsonObject, moment: Moment): Promise<Activated> {
  const { user, issuers, clusterUid, now, policy } = moment
  const locked = whyLocked(policy)
  if (locked !== undefined) return refused('Lockdown', locked)
  const text = stringAt(object, 'spec', 'token') ?? ''
  const unfit = whyNotContent(object, text)
  if (unfit !== undefined) return refused('Content', unfit)
  // The API server sets the time, whatever the request says. A review written by hand may have none.
  const at = momentOf(stringAt(object, 'metadata', 'creationTimestamp')) ?? now
  if (Math.abs(at - now) > mostSkew) {
    const message = 'the clocks of the API server and of solewriter differ by more than a minute'
    return refused('Clock', message)
  }
  // By the clock by which it is judged again with each use, until its status is filled.
  const context = { issuers, clusterUid, username: user.username, at }
  const token = await verifyToken(text, context)
  if (token.kind === 'refused') return token
  if (stringAt(object, 'metadata', 'name') !== token.grant) {
    return refused('GrantName', `the name has to be ${token.grant}: bg- and the jti of the token`)
  }
  const rule = ruleFor(policy, user)
  if (rule === undefined) return refused('NoRule', 'no rule of the policy names you')
  return whyNotRule(token, rule) ?? bind(stringAt(object, 'spec', 'credential'), user, token, rule)
}

/**
 * Whether the grant may be stored that we make of a token which came with another write. That was
 * judged where it came; here the token has to be good for whomever it is for, and say with what they came.
 */
export async function whyNotCarried(
  object: JsonObject,
  { issuers, clusterUid, now, policy }: Omit<Moment, 'user'>,
): Promise<string | undefined> {
  const locked = whyLocked(policy)
  const text = stringAt(object, 'spec', 'token') ?? ''
  const username = holderOf(object)
  const why = locked ?? whyNotContent(object, text)
  if (why !== undefined) return why
  if (username === undefined || stringAt(object, 'spec', 'credential') === undefined) {
    return 'it does not say whose it is'
  }
  const token = await verifyToken(text, { issuers, clusterUid, username, at: now })
  if (token.kind === 'refused') return token.message
  return stringAt(object, 'metadata', 'name') === token.grant ? undefined : 'it has another name'
}

const specKeys: readonly string[] = ['token', 'credential', 'ended']

/** Nobody fills in what only we do, and nothing keeps the token but its own place. */
function whyNotContent(object: JsonObject, token: string): string | undefined {
  const spec = at(object, 'spec')
  if (token === '') return 'spec.token has to be the token'
  if (!isJsonObject(spec) || !Object.keys(spec).every((key) => specKeys.includes(key))) {
    return 'spec may only hold the token, and the credential that uses have to come with'
  }
  // A definition may fill in what is not said.
  if (at(spec, 'ended') === true) return 'it cannot be ended before it begins'
  if (!isEmpty(at(object, 'status'))) return 'the status is not for you to fill in'
  return whyNotMetadata(at(object, 'metadata'), token)
}

function whyNotMetadata(metadata: Json | undefined, token: string): string | undefined {
  if (!isEmpty(at(metadata, 'ownerReferences'))) return 'it may have no owner'
  const finalizers = at(metadata, 'finalizers') ?? []
  if (!Array.isArray(finalizers) || !finalizers.every((one) => one === outboxFinalizer)) {
    return `it may have no finalizer but ${outboxFinalizer}`
  }
  return hasCopy(metadata, token)
    ? 'the metadata hold a copy of the token, as kubectl apply makes one: use kubectl create'
    : undefined
}

function hasCopy(value: Json | undefined, token: string): boolean {
  if (typeof value === 'string') return value.includes(token)
  if (typeof value !== 'object' || value === null) return false
  const below: readonly Json[] = Array.isArray(value) ? value : Object.values(value)
  return below.some((one) => hasCopy(one, token))
}

function isEmpty(value: Json | undefined): boolean {
  if (value === undefined || value === null) return true
  if (Array.isArray(value)) return value.length === 0
  return isJsonObject(value) && Object.keys(value).length === 0
}

function whyNotRule(token: VerifiedToken, rule: BreakGlassRule): Activated | undefined {
  const { minLength, incident } = rule.reason
  if (token.reason.trim().length < minLength) {
    return refused('Reason', `the reason has to have at least ${minLength} characters`)
  }
  if (incident !== undefined && !new RegExp(incident, 'u').test(token.incident)) {
    return refused('Reason', `the incident has to match ${incident}`)
  }
  const { scope, narrowedBy } = grantTerms(token, rule)
  return scope.length === 0
    ? refused('Scope', `the rule that names you allows nothing of it: ${narrowedBy.join('; ')}`)
    : undefined
}

/** Every use has to come as this request does. Who shows no credential has to say so. */
function bind(
  wanted: string | undefined,
  user: UserInfo,
  token: VerifiedToken,
  rule: BreakGlassRule,
): Activated {
  const credential = credentialOf(user)
  const ofToken = token.certificate === undefined ? undefined : certificateId(token.certificate)
  const said = [wanted, ofToken].filter((one) => one !== undefined && one !== '')
  if (credential === undefined) return refused('Credential', notShown)
  if (said.some((one) => one !== credential)) {
    return refused('Credential', 'you did not come with the credential that it names')
  }
  if (credential === noCredential && said.length === 0) {
    const message = `the API server knows you and not with what you logged in: if that is so by nature, set spec.credential to ${noCredential}`
    return refused('Credential', message)
  }
  return { kind: 'activated', token, rule, bound: { uid: user.uid, credential } }
}

function refused(rule: ActivationRule, message: string): Activated {
  return { kind: 'refused', rule, message }
}
