import { listAt } from '../exceptions/conditions/metadata.ts'
import { controllerAccounts } from '../exceptions/table/accounts.ts'
import type { FieldPath } from '../manifest/field-path.ts'
import { stringAt, type Json, type JsonObject } from '../manifest/json.ts'
import { idOf, type LiveObject } from './live-object.ts'

/** Subjects by the name of a default binding; those of controllers follow from their names. */
const groups: Readonly<Record<string, readonly string[]>> = {
  'cluster-admin': ['system:masters'],
  'system:basic-user': ['system:authenticated'],
  'system:discovery': ['system:authenticated'],
  'system:monitoring': ['system:monitoring'],
  'system:public-info-viewer': ['system:authenticated', 'system:unauthenticated'],
  'system:service-account-issuer-discovery': ['system:serviceaccounts'],
}

const signers: readonly string[] = [
  'certificatesigningrequests:nodeclient',
  'certificatesigningrequests:selfnodeclient',
  'kube-apiserver-client-approver',
  'kube-apiserver-client-kubelet-approver',
  'kubelet-serving-approver',
  'legacy-unknown-approver',
]

const others: readonly string[] = [
  'aggregate-to-admin',
  'aggregate-to-edit',
  'aggregate-to-view',
  'auth-delegator',
  'heapster',
  'kube-aggregator',
  'kube-controller-manager',
  'kube-dns',
  'kube-scheduler',
  'kubelet-api-admin',
  'node',
  'node-bootstrapper',
  'node-problem-detector',
  'node-proxier',
  'persistent-volume-provisioner',
  'volume-scheduler',
  ':extension-apiserver-authentication-reader',
  ':leader-locking-kube-controller-manager',
  ':leader-locking-kube-scheduler',
]

/** Of roles and bindings that the API server makes by itself, 1.30 to 1.37. */
const names: ReadonlySet<string> = new Set([
  ...Object.keys(groups),
  'admin',
  'edit',
  'view',
  'extension-apiserver-authentication-reader',
  ...others.map((name) => `system:${name}`),
  ...signers.map((name) => `system:certificates.k8s.io:${name}`),
  ...controllerAccounts.map((name) => `system:controller:${name}`),
  'system:controller:cloud-provider',
])

/**
 * Where a default role or binding is none that the API server makes: anybody can write its label. What
 * the roles allow that only parts of the control plane have is not compared.
 */
export function foreignInDefault(live: LiveObject): readonly FieldPath[] {
  const { kind, name } = idOf(live)
  if (!names.has(name)) return [fieldOf('metadata', 'name')]
  const isRight = kind.endsWith('Binding')
    ? { roleRef: bindsOwnRole(live.object, name), subjects: isForOwnSubjects(live.object, name) }
    : { rules: isHarmless(live.object, name) }
  return Object.entries(isRight).flatMap(([field, holds]) => (holds ? [] : [fieldOf(field)]))
}

function fieldOf(...keys: readonly string[]): FieldPath {
  return keys.map((key) => ({ kind: 'key', key }))
}

function bindsOwnRole(binding: JsonObject, name: string): boolean {
  const role = stringAt(binding, 'roleRef', 'name')
  return role === name || role === name.replace(/^system::/, '')
}

function isForOwnSubjects(binding: JsonObject, name: string): boolean {
  return listAt(binding, 'subjects').every((subject) => isOwnSubject(subject, name))
}

function isOwnSubject(subject: Json, binding: string): boolean {
  const name = stringAt(subject, 'name') ?? ''
  const kind = stringAt(subject, 'kind')
  if (kind === 'Group') return groups[binding]?.includes(name) === true
  if (kind === 'User') return name.startsWith('system:kube-') && !Object.hasOwn(groups, binding)
  const isOfSystem = stringAt(subject, 'namespace') === 'kube-system'
  return kind === 'ServiceAccount' && isOfSystem && isAccountOf(binding, name)
}

function isAccountOf(binding: string, account: string): boolean {
  const [, locked] = /^system::leader-locking-(.+)$/.exec(binding) ?? []
  if (locked === undefined) return binding.endsWith(`:${account}`)
  return [locked, 'leader-election-controller'].includes(account)
}

/** What everybody has: looking at the API as such, and asking about oneself. */
const forEverybody: ReadonlySet<string> = new Set([
  'system:basic-user',
  'system:discovery',
  'system:public-info-viewer',
  'system:service-account-issuer-discovery',
])
const aboutOneself: ReadonlySet<string> = new Set([
  'selfsubjectaccessreviews',
  'selfsubjectreviews',
  'selfsubjectrulesreviews',
])

function isHarmless(role: JsonObject, name: string): boolean {
  if (!forEverybody.has(name)) return true
  return listAt(role, 'rules').every((rule) => {
    const resources = listAt(rule, 'resources')
    const verbs = listAt(rule, 'verbs')
    if (resources.length === 0) return verbs.every((verb) => verb === 'get')
    const isAsking = resources.every((one) => typeof one === 'string' && aboutOneself.has(one))
    return isAsking && verbs.every((verb) => verb === 'create')
  })
}
