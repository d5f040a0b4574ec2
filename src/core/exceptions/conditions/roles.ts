import { canonicalJson } from '../../manifest/canonical.ts'
import { at, type Json } from '../../manifest/json.ts'
import type { Condition } from '../row.ts'
import { labelsOf, listAt, objectOf } from './metadata.ts'
import { selects } from './selector.ts'

/**
 * The role aggregates others, and each of its new rules stands in a live ClusterRole that its
 * selectors match: the controller adds nothing of its own, so nobody can by its name.
 */
export const aggregatesRules: Condition = {
  says: 'it aggregates, and each rule stands in a live ClusterRole that it selects',
  async holds({ request, list }) {
    const selectors = listAt(objectOf(request), 'aggregationRule', 'clusterRoleSelectors')
    if (selectors.length === 0) return false
    const group = 'rbac.authorization.k8s.io'
    const found = await list({ group, version: 'v1', kind: 'ClusterRole', namespace: '' })
    if (found.kind !== 'found') return false
    const sources = found.objects.filter((role) =>
      selectors.some((selector) => selects(selector, labelsOf(role))),
    )
    const known = new Set(sources.flatMap(rulesOf))
    return rulesOf(request.object ?? {}).every((rule) => known.has(rule))
  },
}

/** What the API server makes and repairs at start-up. */
export const isBootstrapRole: Condition = {
  says: 'it is labelled as a default of Kubernetes and not taken out of automatic updates',
  holds({ request }) {
    const role = objectOf(request)
    const isDefault = at(labelsOf(role), 'kubernetes.io/bootstrapping') === 'rbac-defaults'
    const key = 'rbac.authorization.kubernetes.io/autoupdate'
    return (
      isDefault &&
      at(role, 'metadata', 'annotations', key) !== 'false' &&
      isDefaultName(request.name)
    )
  },
}

function isDefaultName(name: string): boolean {
  return name.startsWith('system:') || defaults.has(name)
}

const defaults: ReadonlySet<string> = new Set([
  'admin',
  'cluster-admin',
  'edit',
  'extension-apiserver-authentication-reader',
  'view',
])

function rulesOf(role: Json): readonly string[] {
  return listAt(role, 'rules').map(canonicalJson)
}
