import { at, type JsonObject } from '../../manifest/json.ts'
import { core, hasItems, isAmong, isGiven, type DependentDefault } from './rule.ts'

const threeHours = 10_800
const spec = `${core}ServiceSpec`

export const serviceRules: readonly DependentDefault[] = [
  {
    type: `${core}ServicePort`,
    field: 'targetPort',
    name: 'the port itself',
    value: ({ port }) => port ?? 0,
  },
  {
    type: spec,
    field: 'internalTrafficPolicy',
    name: 'only where there is an address in the cluster',
    value: ({ type }) => (type === 'ExternalName' ? undefined : 'Cluster'),
  },
  {
    type: spec,
    field: 'externalTrafficPolicy',
    name: 'only where it can be reached from outside',
    value: (service) => (isExternal(service) ? 'Cluster' : undefined),
  },
  {
    type: spec,
    field: 'allocateLoadBalancerNodePorts',
    name: 'only with a load balancer',
    value: ({ type }) => (type === 'LoadBalancer' ? true : undefined),
  },
  {
    type: spec,
    field: 'sessionAffinityConfig',
    name: 'only with session affinity',
    value: ({ sessionAffinity }) =>
      sessionAffinity === 'ClientIP' ? { clientIP: { timeoutSeconds: threeHours } } : undefined,
  },
  {
    type: `${core}SessionAffinityConfig`,
    field: 'clientIP',
    name: 'only with session affinity',
    value: (_, root) => (hasAffinity(root) ? { timeoutSeconds: threeHours } : undefined),
  },
  {
    type: `${core}ClientIPConfig`,
    field: 'timeoutSeconds',
    name: 'only with session affinity',
    value: (_, root) => (hasAffinity(root) ? threeHours : undefined),
  },
]

function isExternal({ type, externalIPs }: JsonObject): boolean {
  if (isAmong(type, 'NodePort', 'LoadBalancer')) return true
  return (!isGiven(type) || type === 'ClusterIP') && hasItems(externalIPs)
}

function hasAffinity(root: JsonObject): boolean {
  return at(root, 'spec', 'sessionAffinity') === 'ClientIP'
}
