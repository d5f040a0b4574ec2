import { at, isJsonObject, type Json } from '../manifest/json.ts'

const dangerousVerbs: readonly string[] = ['impersonate', 'escalate', 'bind']
const writes: readonly string[] = ['create', 'update', 'patch', 'delete', 'deletecollection']

/**
 * What a Role or ClusterRole gives by which somebody could become a writer or remove us: a verb, or
 * writes to webhook configurations. Constrained impersonation has verbs of its own.
 */
export function grantsDanger(role: Json): string | undefined {
  const rules = at(role, 'rules')
  if (!Array.isArray(rules)) return undefined
  for (const rule of rules as readonly Json[]) {
    const danger = isJsonObject(rule) ? dangerOf(rule) : undefined
    if (danger !== undefined) return danger
  }
  return undefined
}

function dangerOf(rule: Json): string | undefined {
  const verbs = texts(rule, 'verbs')
  const escalating = verbs.find(
    (verb) => dangerousVerbs.includes(verb) || verb.startsWith('impersonate'),
  )
  if (escalating !== undefined) return `the verb ${escalating}`
  const isAny = verbs.includes('*')
  if ((isAny || verbs.some((verb) => writes.includes(verb))) && reachesAdmission(rule)) {
    return 'writes to admission configurations'
  }
  return isAny && canEscalate(rule) ? 'every verb on roles or identities' : undefined
}

function reachesAdmission(rule: Json): boolean {
  const groups = texts(rule, 'apiGroups')
  if (groups.includes('admissionregistration.k8s.io')) return true
  const resources = texts(rule, 'resources')
  const isAdmission = (one: string) => one === '*' || /^(?:validating|mutating)/.test(one)
  return groups.includes('*') && resources.some(isAdmission)
}

/** Resources on which `*` includes impersonate, escalate or bind. */
function canEscalate(rule: Json): boolean {
  const named = ['users', 'groups', 'serviceaccounts', 'uids', 'roles', 'clusterroles', '*']
  const owners = ['*', '', 'authentication.k8s.io', 'rbac.authorization.k8s.io']
  const isThere = texts(rule, 'apiGroups').some((group) => owners.includes(group))
  return (
    isThere &&
    texts(rule, 'resources').some((one) => named.includes(one) || one.startsWith('userextras'))
  )
}

function texts(rule: Json, key: string): readonly string[] {
  const found = at(rule, key)
  return Array.isArray(found)
    ? (found as readonly Json[]).filter((item) => typeof item === 'string')
    : []
}
