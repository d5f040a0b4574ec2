import type { UserInfo } from '../admission/request.ts'
import { credentialIds } from '../identity/credential.ts'
import type { Grant } from './grant.ts'

/** Some authenticators say other things of a user than with what the user came. */
export const noCredential = 'none'

/** Why somebody without a credential may not: see credentialOf. */
export const notShown =
  'the API server does not show with what you logged in, as for somebody who impersonates you'

/**
 * With what somebody logged in, as far as it stays the same while a grant lasts: the hash of a
 * certificate, or that it was a token, since tokens are renewed. Undefined where that cannot be told, or
 * nothing is known but a name and groups: so comes whoever may impersonate those.
 */
export function credentialOf(user: UserInfo): string | undefined {
  const [id, ...others] = credentialIds(user) ?? []
  if (id === undefined) return user.uid === '' && user.extra.size === 0 ? undefined : noCredential
  if (others.length > 0) return undefined
  if (/^X509SHA256=./.test(id)) return id
  return /^JTI=./.test(id) ? 'token' : undefined
}

/**
 * The credential of this request, if it is the one that the grant is bound to. One that is bound to
 * none is bound by its first use, but never to nothing: that is how an impersonator comes.
 * `thumbprint`: `cnf` of its token.
 */
export function boundCredential(
  { credential, status }: Grant,
  thumbprint: string | undefined,
  user: UserInfo,
): string | undefined {
  const present = credentialOf(user)
  const ofToken = thumbprint === undefined ? undefined : certificateId(thumbprint)
  const bound = [credential, status?.credential, ofToken].filter((one) => one !== undefined)
  const isSameUser = status?.uid === undefined || status.uid === user.uid
  const isIt = bound.length === 0 ? present !== noCredential : bound.every((one) => one === present)
  return isIt && isSameUser ? present : undefined
}

/** As the API server names a certificate that RFC 8705 names in base64url. */
export function certificateId(thumbprint: string): string {
  return `X509SHA256=${Buffer.from(thumbprint, 'base64url').toString('hex')}`
}
