import { at, isJsonObject, type Json, type JsonObject } from '../manifest/json.ts'
import type { BreakGlassRule } from '../policy/schema.ts'
import { postMortemTerms } from './due-dates.ts'
import { readGrant, type Grant } from './grant.ts'
import type { Changed } from './grant-store.ts'
import { grantTerms } from './grant-terms.ts'
import { momentText } from './moment.ts'
import type { Terms } from './standing.ts'
import { tokenDigest } from './token-digest.ts'
import type { VerifiedToken } from './token.ts'
import type { Use } from './use.ts'

/** Who the holder is beside the name; from then on a grant is for this and nothing else. */
export type Bound = { readonly uid: string; readonly credential: string }

export interface Activation {
  readonly token: VerifiedToken
  /** That of the holder, whose groups only a request of the holder shows. */
  readonly rule: BreakGlassRule
  readonly bound: Bound
}

/** Fills the status of the grant that a token has made, unless somebody has done so. */
export function fillStatus(activation: Activation, object: JsonObject): Changed<undefined> {
  const grant = readGrant(object)
  // A name says nothing of the token: an issuer may give one jti to two.
  const isIt = grant?.token !== undefined && tokenDigest(grant.token) === activation.token.digest
  if (!isIt || grant.status !== undefined) return { kind: 'leave', answer: undefined }
  const status = { ...storedStatus(object), ...activatedStatus(grant, activation) }
  return { kind: 'store', status, answer: undefined }
}

/** What stands in the status after one more use; whatever others keep there stays. */
export function statusWithUse(
  object: JsonObject,
  { grant, terms, use, bound }: { grant: Grant; terms: Terms; use: Use; bound: Bound },
): JsonObject {
  const { token, rule } = terms
  const filled =
    grant.status === undefined && token !== undefined
      ? activatedStatus(grant, { token, rule, bound })
      : {}
  const status: JsonObject = { ...storedStatus(object), ...filled }
  const subject = at(status, 'subject')
  const uses = at(status, 'uses')
  return {
    ...status,
    subject: { ...(isJsonObject(subject) && subject), ...bound },
    uses: [...(Array.isArray(uses) ? (uses as readonly Json[]) : []), use],
  }
}

/** Without approvals it begins when the grant does; with them, when there are enough. */
function activatedStatus({ createdAt }: Grant, { token, rule, bound }: Activation): JsonObject {
  const { scope, session, maxUses, hold, narrowedBy } = grantTerms(token, rule)
  const { required, groups, timeout, bypass } = rule.approvals
  const aloneFrom = bypass && momentText(createdAt + bypass.after)
  const begun = {
    phase: 'Active',
    activatedAt: momentText(createdAt),
    expiresAt: momentText(createdAt + session),
  }
  const waiting = {
    phase: 'Pending',
    approvalsWanted: {
      required,
      groups,
      until: momentText(createdAt + timeout),
      ...(aloneFrom !== undefined && { aloneFrom }),
    },
  }
  return {
    ...(required > 0 ? waiting : begun),
    tokenSHA256: token.digest,
    issuer: token.issuer,
    kid: token.kid,
    subject: { username: token.username, ...bound },
    incident: token.incident,
    reason: token.reason,
    scope: scope as unknown as Json,
    narrowedBy,
    sessionSeconds: session / 1000,
    maxUses,
    holdSeconds: hold / 1000,
    postMortemTerms: postMortemTerms(rule),
    uses: [],
    approvals: [],
  }
}

function storedStatus(object: JsonObject): JsonObject {
  const status = at(object, 'status')
  return isJsonObject(status) ? status : {}
}
