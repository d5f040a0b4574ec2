import type { Binding, RbacSubject, Rule } from './bindings.ts'

/** What somebody asks the authorizer for. */
export interface Access {
  readonly verb: string
  readonly group: string
  readonly resource: string
  /** Empty: the resource itself. */
  readonly subresource: string
  /** Empty: in all namespaces, or of what has none. */
  readonly namespace: string
  /** Empty: no object in particular. */
  readonly name: string
}

interface User {
  readonly username: string
  readonly groups: readonly string[]
}

/** The answer of the API server's RBAC authorizer. */
export function mayDo(bindings: readonly Binding[], user: User, access: Access): boolean {
  return bindings.some(
    (binding) =>
      isInReach(binding, access.namespace) &&
      binding.subjects.some((subject) => isMeant(subject, user)) &&
      binding.rules.some((rule) => reaches(rule, access) && namesObject(rule, access.name)),
  )
}

function isInReach({ kind, namespace }: Binding, asked: string): boolean {
  return kind === 'ClusterRoleBinding' || (asked !== '' && asked === namespace)
}

function isMeant({ kind, namespace, name }: RbacSubject, { username, groups }: User): boolean {
  if (kind === 'User') return name === username
  if (kind === 'Group') return groups.includes(name)
  return kind === 'ServiceAccount' && namespace !== '' && username === accountName(namespace, name)
}

export function accountName(namespace: string, name: string): string {
  return `system:serviceaccount:${namespace}:${name}`
}

/** A rule for some names is of no use to who names none. */
function namesObject({ resourceNames }: Rule, name: string): boolean {
  return resourceNames.length === 0 || resourceNames.includes(name)
}

export const anySubresource = '*'

/** Whether the rule gives it, for some names at least. `anySubresource` asks for one of any name. */
export function reaches(
  { verbs, apiGroups, resources }: Rule,
  {
    verb,
    group,
    resource,
    subresource,
  }: Pick<Access, 'verb' | 'group' | 'resource' | 'subresource'>,
): boolean {
  return (
    hasOrAll(verbs, verb) &&
    hasOrAll(apiGroups, group) &&
    resources.some((one) => isResource(one, resource, subresource))
  )
}

function isResource(written: string, resource: string, subresource: string): boolean {
  if (written === '*') return true
  if (subresource === '') return written === resource
  if (subresource !== anySubresource) {
    return written === `${resource}/${subresource}` || written === `*/${subresource}`
  }
  return written.startsWith(`${resource}/`) || written.startsWith('*/')
}

function hasOrAll(list: readonly string[], word: string): boolean {
  return list.includes('*') || list.includes(word)
}
