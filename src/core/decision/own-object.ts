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
export const ownObject: Row = (one: Case) =>
  judgeOfOwnKind(one)?.(one) ?? ownAccount(one) ?? ownReport(one)

/** What the last scan has found: at most one in each namespace, and one of the cluster. */
export const reportName = 'solewriter-scan'

const reports: ReadonlySet<string> = new Set([
  'policyreports.wgpolicyk8s.io',
  'clusterpolicyreports.wgpolicyk8s.io',
  'reports.openreports.io',
  'clusterreports.openreports.io',
])

function ownReport({ request, resource, own }: Case): Verdict | undefined {
  const isReport = isOwnReport(resource, request.name) && request.operation !== 'CONNECT'
  return isReport && isOwnAccount(request.user, own) ? allow('OwnObject', undefined) : undefined
}

/** `resource`: `policyreports.wgpolicyk8s.io` */
export function isOwnReport(resource: string, name: string): boolean {
  return reports.has(resource) && name === reportName
}

/** Decided without looking anything up. */
function ownAccount({ request, resource, own }: Case): Verdict | undefined {
  if (!isOwnAccount(request.user, own) || request.namespace !== own.namespace) return undefined
  const { operation, name } = request
  return isInOwnTable({ resource, operation, name }) ? allow('OwnObject', undefined) : undefined
}

/** Whether our accounts ever do that in our own namespace. `resource`: `leases.coordination.k8s.io`. */
export function isInOwnTable({ resource, operation, name }: OwnWrite): boolean {
  return fixed.some(
    (one) =>
      one.resource === resource && one.operations.includes(operation) && one.names.includes(name),
  )
}

interface OwnWrite {
  readonly resource: string
  readonly operation: string
  readonly name: string
}
