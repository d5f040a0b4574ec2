import type { UserInfo } from '../admission/request.ts'
import { hasServiceAccountToken } from '../identity/credential.ts'

/** Who we are in this cluster. */
export interface OwnIdentity {
  readonly namespace: string
  /** Usernames of the accounts of `serve` and `controller`. */
  readonly accounts: ReadonlySet<string>
}

const accountNames = ['solewriter', 'solewriter-controller'] as const

/** As the manifests name our accounts. */
export function ownIdentityIn(namespace: string): OwnIdentity {
  const accounts = accountNames.map((name) => `system:serviceaccount:${namespace}:${name}`)
  return { namespace, accounts: new Set(accounts) }
}

/** The name, and what only a token of the account carries. */
export function isOwnAccount(user: UserInfo, own: OwnIdentity): boolean {
  return own.accounts.has(user.username) && hasServiceAccountToken(user)
}
