import type { UserInfo } from '../admission/request.ts'

const credentialKey = 'authentication.kubernetes.io/credential-id'

/** The grammar of the API server's own serviceaccount package: a name holds no colon. */
const serviceAccount = /^system:serviceaccount:([a-z0-9-]+):([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)$/

export function accountOf(username: string): { namespace: string; name: string } | undefined {
  const [, namespace, name] = serviceAccount.exec(username) ?? []
  return namespace === undefined || name === undefined ? undefined : { namespace, name }
}

/** A token of the API server, of which each has an id; an impersonator's certificate is none. */
export function hasServiceAccountToken(user: UserInfo): boolean {
  const account = accountOf(user.username)
  const ids = credentialIds(user)
  return (
    account !== undefined &&
    user.uid !== '' &&
    user.groups.includes(`system:serviceaccounts:${account.namespace}`) &&
    ids?.length === 1 &&
    ids.every((id) => /^JTI=./.test(id))
  )
}

/**
 * A service account as the API server makes it for whoever impersonates its name and nothing else:
 * the groups of its namespace, no uid, nothing extra. A token has both.
 */
export function isBareAccount(user: UserInfo): boolean {
  const account = accountOf(user.username)
  return (
    account !== undefined &&
    user.uid === '' &&
    user.extra.size === 0 &&
    user.groups.includes(`system:serviceaccounts:${account.namespace}`)
  )
}

export function hasCertificate(user: UserInfo): boolean {
  const ids = credentialIds(user)
  return ids?.length === 1 && ids.every((id) => /^X509SHA256=./.test(id))
}

/** An OIDC provider can name its users as it likes. */
export function hasNoToken(user: UserInfo): boolean {
  return !(credentialIds(user) ?? []).some((id) => id.startsWith('JTI='))
}

/** Undefined if nobody said anything about a credential. */
export function credentialIds(user: UserInfo): readonly string[] | undefined {
  return user.extra.get(credentialKey)
}
