import type { UserInfo } from '../admission/request.ts'
import { hasServiceAccountToken } from '../identity/credential.ts'

/** Who we are in this cluster. */
export interface OwnIdentity {
  readonly namespace: string
  /** Usernames of the accounts of `serve` and `controller`. */
  readonly accounts: ReadonlySet<string>
}

/** The name, and what only a token of the account carries. */
export function isOwnAccount(user: UserInfo, own: OwnIdentity): boolean {
  return own.accounts.has(user.username) && hasServiceAccountToken(user)
}
