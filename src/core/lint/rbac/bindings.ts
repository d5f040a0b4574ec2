import { at, stringAt, type Json, type JsonObject } from '../../manifest/json.ts'
import { nameOf } from '../text.ts'

export interface RbacObjects {
  readonly roles: readonly JsonObject[]
  /** Aggregated ones carry the rules that their controller has written into them. */
  readonly clusterRoles: readonly JsonObject[]
  readonly roleBindings: readonly JsonObject[]
  readonly clusterRoleBindings: readonly JsonObject[]
}

/** Rules about URLs have no resources and never matter here. */
export interface Rule {
  readonly verbs: readonly string[]
  readonly apiGroups: readonly string[]
  /** `pods`, `pods/exec`, `*`, or a subresource of all resources, such as a star before `/scale`. */
  readonly resources: readonly string[]
  /** Empty: all names. */
  readonly resourceNames: readonly string[]
}

export interface RbacSubject {
  readonly kind: string
  /** Empty for users and groups. */
  readonly namespace: string
  readonly name: string
}

export interface Binding {
  readonly kind: 'RoleBinding' | 'ClusterRoleBinding'
  /** Empty: in all of them, and for what has none. */
  readonly namespace: string
  readonly name: string
  readonly role: { readonly kind: string; readonly name: string }
  readonly subjects: readonly RbacSubject[]
  /** None where the role does not exist. */
  readonly rules: readonly Rule[]
}

/** Each binding with the rules that it gives. */
export function readBindings(objects: RbacObjects): readonly Binding[] {
  const rulesOf = new Map<string, readonly Rule[]>()
  for (const role of objects.clusterRoles)
    rulesOf.set(`ClusterRole ${nameOf(role)}`, readRules(role))
  for (const role of objects.roles) {
    rulesOf.set(`Role ${namespaceOf(role)}/${nameOf(role)}`, readRules(role))
  }
  const toBinding = (kind: Binding['kind'], object: JsonObject): Binding => {
    const namespace = kind === 'RoleBinding' ? namespaceOf(object) : ''
    const role = {
      kind: stringAt(object, 'roleRef', 'kind') ?? '',
      name: stringAt(object, 'roleRef', 'name') ?? '',
    }
    const place = role.kind === 'Role' ? `${namespace}/${role.name}` : role.name
    return {
      kind,
      namespace,
      name: nameOf(object),
      role,
      subjects: listAt(object, 'subjects').map((subject) => readSubject(subject, namespace)),
      rules: rulesOf.get(`${role.kind} ${place}`) ?? [],
    }
  }
  return [
    ...objects.clusterRoleBindings.map((one) => toBinding('ClusterRoleBinding', one)),
    ...objects.roleBindings.map((one) => toBinding('RoleBinding', one)),
  ]
}

function readSubject(subject: Json, bindingNamespace: string): RbacSubject {
  const kind = stringAt(subject, 'kind') ?? ''
  const written = stringAt(subject, 'namespace') ?? ''
  return {
    kind,
    namespace: kind !== 'ServiceAccount' ? '' : written === '' ? bindingNamespace : written,
    name: stringAt(subject, 'name') ?? '',
  }
}

function readRules(role: JsonObject): readonly Rule[] {
  return listAt(role, 'rules').map((rule) => ({
    verbs: textsAt(rule, 'verbs'),
    apiGroups: textsAt(rule, 'apiGroups'),
    resources: textsAt(rule, 'resources'),
    resourceNames: textsAt(rule, 'resourceNames'),
  }))
}

function namespaceOf(object: JsonObject): string {
  return stringAt(object, 'metadata', 'namespace') ?? ''
}

function listAt(value: Json, key: string): readonly Json[] {
  const found = at(value, key)
  return Array.isArray(found) ? (found as readonly Json[]) : []
}

function textsAt(value: Json, key: string): readonly string[] {
  return listAt(value, key).filter((item) => typeof item === 'string')
}
