import { labelsOf, listAt } from '../exceptions/conditions/metadata.ts'
import { selects } from '../exceptions/conditions/selector.ts'
import { at, isJsonObject, type Json } from '../manifest/json.ts'
import type { Case } from './case.ts'
import { grantsDanger } from './dangerous-role.ts'
import type { Look } from './row.ts'

const clusterRoles = 'clusterroles.rbac.authorization.k8s.io'
const roles: ReadonlySet<string> = new Set(['roles.rbac.authorization.k8s.io', clusterRoles])

/** Before or after: who takes a danger away may come back with it. */
export function dangerousRole({ resource, request }: Case): string | undefined {
  if (!roles.has(resource)) return undefined
  const danger = [request.object, request.oldObject]
    .map(grantsDanger)
    .find((found) => found !== undefined)
  return danger === undefined ? undefined : `it gives ${danger}`
}

/** A role that aggregates has no rules yet when it is made: those of what it selects will be its own. */
export const aggregatingRole: Look = {
  isNeeded: ({ resource, request }) =>
    resource === clusterRoles && selectorsOf(request.object ?? undefined).length > 0,
  async why({ request, cluster, ground }) {
    const group = 'rbac.authorization.k8s.io'
    const kind = { group, version: 'v1', kind: 'ClusterRole', namespace: '' }
    const found = await cluster.list(kind, ground.signal)
    if (found.kind === 'unreadable') return `we may not read what it selects (${found.permission})`
    const selectors = selectorsOf(request.object ?? undefined)
    for (const role of found.objects) {
      const isSelected = selectors.some((one) => isOpen(one) || selects(one, labelsOf(role)))
      const danger = isSelected ? grantsDanger(role) : undefined
      if (danger !== undefined) return `a role that it selects gives ${danger}`
    }
    return undefined
  },
}

function selectorsOf(role: Json | undefined): readonly Json[] {
  return listAt(role, 'aggregationRule', 'clusterRoleSelectors')
}

/** To Kubernetes a selector without demands selects everything. */
function isOpen(selector: Json): boolean {
  const labels = at(selector, 'matchLabels')
  const hasLabels = isJsonObject(labels) && Object.keys(labels).length > 0
  return !hasLabels && listAt(selector, 'matchExpressions').length === 0
}
