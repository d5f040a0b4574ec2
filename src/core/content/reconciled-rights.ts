import { canonicalJson } from '../manifest/canonical.ts'
import { keyAt } from '../manifest/field-path.ts'
import { isJsonObject, type Json, type JsonObject } from '../manifest/json.ts'
import type { Difference } from './difference.ts'

// `kubectl auth reconcile`, which Argo CD runs before each apply of such a kind: it adds what is missing
// and takes nothing away. The apply that follows does.

const lists: Readonly<Record<string, 'rules' | 'subjects'>> = {
  'rbac.authorization.k8s.io/v1 Role': 'rules',
  'rbac.authorization.k8s.io/v1 ClusterRole': 'rules',
  'rbac.authorization.k8s.io/v1 RoleBinding': 'subjects',
  'rbac.authorization.k8s.io/v1 ClusterRoleBinding': 'subjects',
}

const members = ['verbs', 'nonResourceURLs', 'apiGroups', 'resources', 'resourceNames']

/** Of one rule, and about of one object; more is taken for what nobody can compare. */
const mostRights = 20_000

interface Reconciled {
  readonly old: JsonObject
  readonly next: JsonObject
  readonly declared: JsonObject
}

/** Without the rights that were there before or that Git declares, if there are no others. */
export function withoutReconciledRights(
  kind: string,
  differences: readonly Difference[],
  { old, next, declared }: Reconciled,
): readonly Difference[] {
  const list = lists[kind]
  if (list === undefined || differences.length === 0) return differences
  const [known, granted] = [[old, declared], [next]].map((objects) =>
    rightsOf(
      objects.flatMap((object) => itemsOf(object[list])),
      list,
    ),
  )
  if (known === undefined || granted === undefined) return differences
  if (![...granted].every((right) => known.has(right))) return differences
  return differences.filter(({ path }) => keyAt(path, 0) !== list)
}

function itemsOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : []
}

function rightsOf(items: readonly Json[], list: 'rules' | 'subjects'): Set<string> | undefined {
  const rights = new Set<string>()
  for (const item of items) {
    if (!isJsonObject(item)) return undefined
    const own = list === 'subjects' ? [subjectOf(item)] : rightsOfRule(item)
    if (own === undefined || rights.size > mostRights) return undefined
    for (const right of own) rights.add(canonicalJson(right))
  }
  return rights
}

/** The API server fills in the group of users and groups. */
function subjectOf(subject: JsonObject): Json {
  const own = subject['kind'] === 'ServiceAccount' ? '' : 'rbac.authorization.k8s.io'
  const apiGroup = subject['apiGroup'] ?? ''
  return { ...subject, apiGroup: apiGroup === '' ? own : apiGroup }
}

/** One verb on one resource, or on one path; undefined where there are too many. */
function rightsOfRule(rule: JsonObject): readonly Json[] | undefined {
  const [verbs = [], urls = [], groups = [], resources = [], given = []] = members.map((member) =>
    itemsOf(rule[member]),
  )
  const names = given.length === 0 ? [null] : given
  const count = verbs.length * (urls.length + groups.length * resources.length * names.length)
  if (count > mostRights) return undefined
  const places: readonly (readonly Json[])[] = [
    ...urls.map((url) => [url]),
    ...groups.flatMap((group) =>
      resources.flatMap((resource) => names.map((name) => [group, resource, name])),
    ),
  ]
  return verbs.flatMap((verb) => places.map((place): Json => [verb, ...place]))
}
