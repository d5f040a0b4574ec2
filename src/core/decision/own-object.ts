import type { UserInfo } from '../admission/request.ts'
import { hasServiceAccountToken } from '../identity/credential.ts'
import type { Case } from './case.ts'
import { allow, type Row } from './row.ts'

/** Who we are in this cluster. */
export interface OwnIdentity {
  readonly namespace: string
  /** Usernames of the accounts of `serve` and `controller`. */
  readonly accounts: ReadonlySet<string>
}

interface OwnRow {
  readonly resource: string
  readonly operations: readonly string[]
  readonly names: readonly string[]
}

/** All that our accounts ever write, in our own namespace. */
const fixed: readonly OwnRow[] = [
  {
    resource: 'leases.coordination.k8s.io',
    operations: ['CREATE', 'UPDATE'],
    names: ['solewriter-controller'],
  },
  { resource: 'secrets', operations: ['CREATE', 'UPDATE'], names: ['solewriter-certs'] },
]

/** Row 2: our own accounts on what is theirs, decided without looking anything up. */
export const ownObject: Row = ({ request, resource, own }: Case) => {
  if (!isOwnAccount(request.user, own) || request.namespace !== own.namespace) return undefined
  const row = fixed.find(
    (one) =>
      one.resource === resource &&
      one.operations.includes(request.operation) &&
      one.names.includes(request.name),
  )
  return row === undefined ? undefined : allow('OwnObject', undefined)
}

/** The name, and what only a token of the account carries. */
export function isOwnAccount(user: UserInfo, own: OwnIdentity): boolean {
  return own.accounts.has(user.username) && hasServiceAccountToken(user)
}
