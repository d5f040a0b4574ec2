import { didYouMean } from './did-you-mean.ts'

/** The core group is closed: no CRD can add to it, so a misspelt name can be told. */
const core = [
  'bindings',
  'componentstatuses',
  'configmaps',
  'endpoints',
  'events',
  'limitranges',
  'namespaces',
  'nodes',
  'persistentvolumeclaims',
  'persistentvolumes',
  'pods',
  'podtemplates',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
  'serviceaccounts',
  'services',
] as const

/** Where people most often forget the group. */
const grouped: Readonly<Record<string, string>> = {
  deployments: 'apps',
  replicasets: 'apps',
  statefulsets: 'apps',
  daemonsets: 'apps',
  controllerrevisions: 'apps',
  jobs: 'batch',
  cronjobs: 'batch',
  horizontalpodautoscalers: 'autoscaling',
  ingresses: 'networking.k8s.io',
  ingressclasses: 'networking.k8s.io',
  networkpolicies: 'networking.k8s.io',
  poddisruptionbudgets: 'policy',
  roles: 'rbac.authorization.k8s.io',
  rolebindings: 'rbac.authorization.k8s.io',
  clusterroles: 'rbac.authorization.k8s.io',
  clusterrolebindings: 'rbac.authorization.k8s.io',
  leases: 'coordination.k8s.io',
  endpointslices: 'discovery.k8s.io',
  storageclasses: 'storage.k8s.io',
  priorityclasses: 'scheduling.k8s.io',
  customresourcedefinitions: 'apiextensions.k8s.io',
  apiservices: 'apiregistration.k8s.io',
}

export const resourcePattern =
  /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)?(?:\/[a-z][a-z0-9-]*)?$/

/** Why this is not `resource[.group][/subresource]`, or undefined. */
export function whyNotResource(text: string): string | undefined {
  if (text.includes('*')) return 'must not contain a wildcard: name each resource'
  if (!resourcePattern.test(text)) {
    return 'must be resource[.group][/subresource] in plural lower case, such as deployments.apps/scale'
  }
  const [main = ''] = text.split('/')
  const [resource = '', ...group] = main.split('.')
  if (group.length === 0) return whyNotCore(resource)
  return /^v\d+(?:(?:alpha|beta)\d+)?$/.test(group[0] ?? '') ? 'must not name a version' : undefined
}

function whyNotCore(resource: string): string | undefined {
  if ((core as readonly string[]).includes(resource)) return undefined
  const group = Object.hasOwn(grouped, resource) ? grouped[resource] : undefined
  if (group !== undefined) return `has a group: write ${resource}.${group}`
  const known = [...core, ...Object.entries(grouped).map(([name, of]) => `${name}.${of}`)]
  return `is not a resource of the core group: write resource.group${didYouMean(resource, known)}`
}
