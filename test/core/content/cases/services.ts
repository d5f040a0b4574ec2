import type { Json, JsonObject } from '../../../../src/core/manifest/json.ts'
import type { DependentCase } from './case.ts'
import { service } from './objects.ts'

const affinity = { clientIP: { timeoutSeconds: 10_800 } }

export const serviceCases: readonly DependentCase[] = [
  {
    title: 'a port of a Service leads to the same port',
    object: service({}),
    path: ['spec', 'ports', 0],
    field: 'targetPort',
    expected: 80,
  },
  inService({}, 'internalTrafficPolicy', 'Cluster'),
  inService(
    { type: 'ExternalName', externalName: 'a.example' },
    'internalTrafficPolicy',
    undefined,
  ),
  inService({}, 'externalTrafficPolicy', undefined),
  inService({ type: 'NodePort' }, 'externalTrafficPolicy', 'Cluster'),
  inService({ type: 'LoadBalancer' }, 'externalTrafficPolicy', 'Cluster'),
  inService({ externalIPs: ['192.0.2.1'] }, 'externalTrafficPolicy', 'Cluster'),
  inService(
    { type: 'ExternalName', externalName: 'a.example', externalIPs: ['192.0.2.1'] },
    'externalTrafficPolicy',
    undefined,
  ),
  inService({ type: 'NodePort' }, 'allocateLoadBalancerNodePorts', undefined),
  inService({ type: 'LoadBalancer' }, 'allocateLoadBalancerNodePorts', true),
  inService({}, 'sessionAffinityConfig', undefined),
  inService({ sessionAffinity: 'ClientIP' }, 'sessionAffinityConfig', affinity),
  {
    title: 'session affinity without a client',
    object: service({ sessionAffinity: 'ClientIP', sessionAffinityConfig: {} }),
    path: ['spec', 'sessionAffinityConfig'],
    field: 'clientIP',
    expected: affinity.clientIP,
  },
  {
    title: 'session affinity without a time',
    object: service({ sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: {} } }),
    path: ['spec', 'sessionAffinityConfig', 'clientIP'],
    field: 'timeoutSeconds',
    expected: 10_800,
  },
]

function inService(spec: JsonObject, field: string, expected: Json | undefined): DependentCase {
  const title = `a Service with ${JSON.stringify(spec)}: ${field}`
  return { title, object: service(spec), path: ['spec'], field, expected }
}
