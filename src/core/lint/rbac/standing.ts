import type { Policy } from '../../policy/schema.ts'
import type { Subject } from '../../policy/subject.ts'
import { builtInPowers } from './built-in-powers.ts'
import type { RbacSubject } from './bindings.ts'
import { usernameOf, type Holding } from './holders.ts'
import type { PowerName } from './powers.ts'

/** Who a holder is to us. */
export type Standing =
  /** The control plane, with what Kubernetes gives it; or with more than that. */
  | { readonly kind: 'built-in' | 'control-plane' }
  /** An account of ours, or the emergency group, with what our manifests give it. */
  | { readonly kind: 'ours' }
  /** `role`: `writer flux`. */
  | { readonly kind: 'policy'; readonly role: string }
  /** All users, or all accounts. */
  | { readonly kind: 'everybody' }
  | { readonly kind: 'other' }

export interface OwnNames {
  readonly namespace: string
  readonly configuration: string
  readonly policy: Policy | undefined
}

export function standingOf(holding: Holding, own: OwnNames): Standing {
  if (isComponent(holding)) return { kind: isUsual(holding) ? 'built-in' : 'control-plane' }
  if (isOurs(holding, own)) return { kind: 'ours' }
  const { subject } = holding
  if (subject.kind === 'Group' && isEverybody(subject.name)) return { kind: 'everybody' }
  const role = own.policy === undefined ? undefined : roleIn(own.policy, subject)
  return role === undefined ? { kind: 'other' } : { kind: 'policy', role }
}

function isEverybody(group: string): boolean {
  return ['system:authenticated', 'system:unauthenticated', 'system:serviceaccounts'].includes(
    group,
  )
}

/** A component that is bound as Kubernetes binds it: by a binding that is named after its role. */
function isComponent({ binding, subject }: Holding): boolean {
  const { kind, name, role } = binding
  const isPlaced = kind === 'ClusterRoleBinding' || binding.namespace === 'kube-system'
  if (!isPlaced || name !== role.name) return false
  if (name === 'cluster-admin') return subject.kind === 'Group' && subject.name === 'system:masters'
  const [, account] = /^system:controller:(.+)$/.exec(name) ?? []
  if (account !== undefined) {
    return usernameOf(subject) === `system:serviceaccount:kube-system:${account}`
  }
  return name.startsWith('system:') && subject.kind === 'User' && subject.name === name
}

/** What its role had when Kubernetes made it. */
function isUsual({ binding: { name }, power }: Holding): boolean {
  return name === 'cluster-admin' || builtInPowers.get(name)?.includes(power.name) === true
}

function isOurs({ subject, power, names }: Holding, own: OwnNames): boolean {
  if (subject.kind === 'Group') {
    return subject.name === 'solewriter:emergency' && isOneOf(power.name, emergencyPowers)
  }
  if (subject.kind !== 'ServiceAccount' || subject.namespace !== own.namespace) return false
  if (subject.name === 'solewriter') return power.name === 'own-records'
  if (subject.name !== 'solewriter-controller') return false
  if (power.name === 'admission') return names.length === 1 && names[0] === own.configuration
  return isOneOf(power.name, ['secrets', 'own-namespace', 'own-records'])
}

const emergencyPowers: readonly PowerName[] = ['admission', 'own-namespace']

function isOneOf(name: PowerName, list: readonly PowerName[]): boolean {
  return list.includes(name)
}

function roleIn({ spec }: Policy, subject: RbacSubject): string | undefined {
  const rows: readonly { readonly subject: Subject; readonly role: string }[] = [
    ...spec.writers.map((one) => ({ subject: one.subject, role: `writer ${one.name}` })),
    ...spec.derived.map((one) => ({ subject: one.subject, role: `derived ${one.name}` })),
    ...spec.exceptions.map((one) => ({ subject: one.subject, role: `exception ${one.name}` })),
  ]
  return rows.find((row) => isSame(row.subject, subject))?.role
}

function isSame(named: Subject, subject: RbacSubject): boolean {
  if (named.kind === 'group') return subject.kind === 'Group' && subject.name === named.group
  return subject.kind !== 'Group' && usernameOf(subject) === named.username
}
