import { changesFinalizers } from '../conditions/finalizers.ts'
import { belongsToService, hasNoService } from '../conditions/objects.ts'
import { childOf, namesController } from '../conditions/owners.ts'
import { isGarbagePod, isOnTaintedNode } from '../conditions/pods.ts'
import type { BuiltInRow } from '../row.ts'
import { created } from './fields.ts'
import { controller } from './subjects.ts'

const services: readonly BuiltInRow[] = [
  {
    name: 'endpoints',
    subject: controller('endpoint-controller'),
    resources: ['endpoints'],
    operations: ['CREATE', 'UPDATE'],
    fields: created('metadata.labels', 'metadata.annotations', 'subsets'),
    condition: belongsToService,
    note: 'lists the Pods of a Service, with its labels and annotations',
  },
  {
    name: 'endpoints-cleanup',
    subject: controller('endpoint-controller'),
    resources: ['endpoints'],
    operations: ['DELETE'],
    condition: hasNoService,
    note: 'removes the list when the Service is gone',
  },
  {
    name: 'endpointslices',
    subject: controller('endpointslice-controller'),
    resources: ['endpointslices.discovery.k8s.io'],
    operations: ['CREATE', 'UPDATE', 'DELETE'],
    fields: sliceFields(),
    condition: childOf({ group: '', kind: 'Service' }),
    note: 'lists the Pods of a Service',
  },
  {
    name: 'endpointslice-mirrors',
    subject: controller('endpointslicemirroring-controller'),
    resources: ['endpointslices.discovery.k8s.io'],
    operations: ['CREATE', 'UPDATE'],
    fields: sliceFields(),
    condition: childOf({ group: '', kind: 'Endpoints' }),
    note: 'mirrors Endpoints that somebody else writes',
  },
  {
    name: 'endpointslice-mirrors-cleanup',
    subject: controller('endpointslicemirroring-controller'),
    resources: ['endpointslices.discovery.k8s.io'],
    operations: ['DELETE'],
    condition: namesController({ group: '', kind: 'Endpoints' }),
    note: 'removes mirrors of Endpoints or Services that are gone',
  },
  {
    name: 'address-ranges',
    subject: controller('service-cidrs-controller'),
    resources: ['servicecidrs.networking.k8s.io'],
    operations: ['UPDATE'],
    fields: ['metadata.finalizers'],
    condition: changesFinalizers('networking.k8s.io/service-cidr-finalizer'),
    note: 'keeps ranges while Services use them',
  },
  {
    name: 'address-range-status',
    subject: controller('service-cidrs-controller'),
    resources: ['servicecidrs.networking.k8s.io/status'],
    operations: ['UPDATE'],
    fields: ['status'],
    note: 'reports whether ranges are in use',
  },
  {
    name: 'load-balancers',
    subject: controller('service-controller'),
    resources: ['services/status'],
    operations: ['UPDATE'],
    fields: ['status', 'metadata.finalizers'],
    condition: changesFinalizers('service.kubernetes.io/load-balancer-cleanup'),
    note: "reports load balancers, and keeps their Services until they are removed (a cloud's controller manager)",
  },
]

const nodes: readonly BuiltInRow[] = [
  {
    name: 'node-lifecycle',
    subject: controller('node-controller'),
    resources: ['nodes'],
    operations: ['UPDATE'],
    fields: [
      'spec.taints',
      'spec.podCIDR',
      'spec.podCIDRs',
      'metadata.labels["beta.kubernetes.io/arch"]',
      'metadata.labels["beta.kubernetes.io/os"]',
      'metadata.labels["kubernetes.io/arch"]',
      'metadata.labels["kubernetes.io/os"]',
    ],
    note: 'taints nodes that are not ready, gives them addresses for Pods, keeps old labels in step',
  },
  {
    name: 'node-silence',
    subject: controller('node-controller'),
    resources: ['nodes/status', 'pods/status'],
    operations: ['UPDATE'],
    fields: ['status.conditions'],
    note: 'reports nodes that are silent, and Pods there',
  },
  {
    name: 'node-eviction',
    subject: controller('node-controller'),
    resources: ['pods'],
    operations: ['DELETE'],
    condition: isOnTaintedNode,
    note: 'evicts Pods from nodes that are lost or repel them',
  },
  {
    name: 'node-ttl',
    subject: controller('ttl-controller'),
    resources: ['nodes'],
    operations: ['UPDATE'],
    fields: ['metadata.annotations["node.alpha.kubernetes.io/ttl"]'],
    note: 'tells kubelets how long to cache',
  },
  {
    name: 'node-routes',
    subject: controller('route-controller'),
    resources: ['nodes/status'],
    operations: ['UPDATE'],
    fields: ['status.conditions'],
    note: "reports whether a node's network is up (a cloud's controller manager)",
  },
  {
    name: 'pod-garbage',
    subject: controller('pod-garbage-collector'),
    resources: ['pods'],
    operations: ['DELETE'],
    condition: isGarbagePod,
    note: 'deletes Pods that are done or whose node is gone',
  },
  {
    name: 'pod-garbage-status',
    subject: controller('pod-garbage-collector'),
    resources: ['pods/status'],
    operations: ['UPDATE'],
    fields: [
      'status.phase',
      'status.conditions',
      'status.reason',
      'status.message',
      'status.observedGeneration',
    ],
    condition: isGarbagePod,
    note: 'marks those Pods as failed first',
  },
]

export const networkControllers: readonly BuiltInRow[] = [...services, ...nodes]

function sliceFields(): readonly string[] {
  return created(
    'metadata.labels',
    'metadata.annotations',
    'metadata.ownerReferences',
    'addressType',
    'endpoints',
    'ports',
  )
}
