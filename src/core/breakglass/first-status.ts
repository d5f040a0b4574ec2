import { stringAt, type JsonObject } from '../manifest/json.ts'
import { mostUses } from './claims.ts'
import { readGrant, type Grant } from './grant.ts'
import { meetScopes } from './scope-meet.ts'
import { verifyToken, type TokenContext, type VerifiedToken } from './token.ts'

type Status = NonNullable<Grant['status']>

/**
 * Why the status of a grant may not begin to say what the grant gives, whoever fills it: that counts
 * once the token is gone, so nothing may reach further than the token does. What the policy takes from
 * it is looked at with each use, since replicas may know different ones. Undefined if it may.
 */
export async function whyNotFirstStatus(
  { before, after }: { readonly before: JsonObject; readonly after: JsonObject },
  { issuers, clusterUid }: Pick<TokenContext, 'issuers' | 'clusterUid'>,
): Promise<string | undefined> {
  const grant = readGrant(after)
  // What cannot be read gives nothing.
  if (grant?.status === undefined || readGrant(before)?.status !== undefined) return undefined
  const { token: text, createdAt: at, status } = grant
  if (text === undefined) return 'there is no token any more to hold its status against'
  const token = await verifyToken(text, { issuers, clusterUid, username: status.username, at })
  if (token.kind === 'refused') return `its token is not good: ${token.message}`
  const said = (key: string) => stringAt(after, 'status', key)
  const differing = whatDiffers(token, said) ?? whatIsMore(token, status, at)
  return differing === undefined ? undefined : `status.${differing} is not as its token has it`
}

function whatDiffers(
  token: VerifiedToken,
  said: (key: string) => string | undefined,
): string | undefined {
  const { digest: tokenSHA256, issuer, kid, incident, reason } = token
  const wanted = Object.entries({ tokenSHA256, issuer, kid, incident, reason })
  return wanted.find(([key, value]) => said(key) !== value)?.[0]
}

function whatIsMore(
  { scope, maxUses = mostUses, session = Infinity }: VerifiedToken,
  status: Status,
  createdAt: number,
): string | undefined {
  const isWithin: readonly (readonly [string, boolean])[] = [
    ['scope', meetScopes(status.scope, scope).narrowedBy.length === 0],
    ['maxUses', status.maxUses <= maxUses],
    ['sessionSeconds', status.session !== undefined && status.session <= session],
    ['expiresAt', (status.expiresAt ?? 0) <= createdAt + session],
    ['approvals', status.approvedBy.length === 0],
    ['skippedApprovers', status.skippedApprovers.length === 0],
  ]
  return isWithin.find(([, is]) => !is)?.[0]
}
