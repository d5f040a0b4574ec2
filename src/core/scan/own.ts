import type { OwnIdentity } from '../decision/own-identity.ts'
import { reportName } from '../decision/own-object.ts'
import { idOf, type LiveObject } from './live-object.ts'

const reportGroups: readonly string[] = ['wgpolicyk8s.io', 'openreports.io']
const rbac = 'rbac.authorization.k8s.io'

/**
 * Whether solewriter keeps the object, or is made of it: its records of grants, its reports, and what an
 * installation has, by name. Row 3 guards these once any scope enforces; whoever declares them in Git has
 * them compared like all others.
 */
export function isOwn(live: LiveObject, own: OwnIdentity): boolean {
  const { group, namespace, name } = idOf(live)
  if (group === 'solewriter.dev') return true
  if (reportGroups.includes(group)) return name === reportName
  if (group === 'apiextensions.k8s.io') return name.endsWith('.solewriter.dev')
  const isNamed = /^solewriter(?:-|$)/.test(name)
  return isNamed && (namespace === '' || namespace === own.namespace || group === rbac)
}
