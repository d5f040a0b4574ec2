import type { Case } from './case.ts'
import { judgeOfOwnKind } from './own-kinds.ts'
import { isOwnAccount } from './own-identity.ts'
import type { Verdict } from './decision.ts'
import { allow, type Row } from './row.ts'

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

/** Row 2: objects of our group that have rules of their own, and our own accounts on what is theirs. */
export const ownObject: Row = (one: Case) => judgeOfOwnKind(one)?.(one) ?? ownAccount(one)

/** Decided without looking anything up. */
function ownAccount({ request, resource, own }: Case): Verdict | undefined {
  if (!isOwnAccount(request.user, own) || request.namespace !== own.namespace) return undefined
  const row = fixed.find(
    (one) =>
      one.resource === resource &&
      one.operations.includes(request.operation) &&
      one.names.includes(request.name),
  )
  return row === undefined ? undefined : allow('OwnObject', undefined)
}
