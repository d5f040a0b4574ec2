import { removesFinalizers } from '../conditions/finalizers.ts'
import { hasAnnotation, hasLabel, hasValue, isNamedLike } from '../conditions/objects.ts'
import { isBootstrapRole } from '../conditions/roles.ts'
import type { BuiltInRow } from '../row.ts'
import { created } from './fields.ts'

const apiServer = { kind: 'api-server' } as const
const instanceCleanup = 'customresourcecleanup.apiextensions.k8s.io'

const election: readonly BuiltInRow[] = [
  {
    name: 'api-server-lease',
    subject: apiServer,
    resources: ['leases.coordination.k8s.io'],
    operations: ['CREATE', 'UPDATE', 'DELETE'],
    fields: created(
      'metadata.annotations["kubernetes.io/node"]',
      'metadata.annotations["kubernetes.io/peer-advertise-address"]',
      'metadata.labels["apiserver.kubernetes.io/identity"]',
      'metadata.labels["kubernetes.io/hostname"]',
      'spec',
    ),
    namespaces: ['kube-system'],
    condition: isNamedLike('apiserver-'),
    note: 'says that it is alive, and forgets servers that are not',
  },
  {
    name: 'coordinated-election',
    subject: apiServer,
    resources: ['leases.coordination.k8s.io'],
    operations: ['CREATE', 'UPDATE'],
    fields: created('metadata.annotations["coordination.k8s.io/expected-leader"]', 'spec'),
    namespaces: ['kube-system'],
    names: ['kube-controller-manager', 'kube-scheduler'],
    note: 'chooses leaders of the control plane',
  },
  {
    name: 'election-candidates',
    subject: apiServer,
    resources: ['leasecandidates.coordination.k8s.io'],
    operations: ['UPDATE', 'DELETE'],
    fields: ['spec.pingTime'],
    namespaces: ['kube-system'],
    note: 'asks candidates whether they are alive',
  },
]

const bootstrap: readonly BuiltInRow[] = [
  {
    name: 'system-namespaces',
    subject: apiServer,
    resources: ['namespaces'],
    operations: ['CREATE'],
    fields: created('metadata.labels["kubernetes.io/metadata.name"]', 'spec', 'status'),
    names: ['default', 'kube-node-lease', 'kube-public', 'kube-system'],
    note: 'makes the Namespaces that every cluster has',
  },
  {
    name: 'default-roles',
    subject: apiServer,
    resources: [
      'clusterroles.rbac.authorization.k8s.io',
      'clusterrolebindings.rbac.authorization.k8s.io',
      'roles.rbac.authorization.k8s.io',
      'rolebindings.rbac.authorization.k8s.io',
    ],
    operations: ['CREATE', 'UPDATE', 'DELETE'],
    fields: created(
      'metadata.annotations["rbac.authorization.kubernetes.io/autoupdate"]',
      'metadata.labels',
      'aggregationRule',
      'rules',
      'roleRef',
      'subjects',
    ),
    condition: isBootstrapRole,
    note: 'makes and repairs the default roles',
  },
  {
    name: 'priority-classes',
    subject: apiServer,
    resources: ['priorityclasses.scheduling.k8s.io'],
    operations: ['CREATE'],
    fields: created('description', 'preemptionPolicy', 'value'),
    names: ['system-cluster-critical', 'system-node-critical'],
    note: 'makes the classes of the control plane',
  },
  {
    name: 'flow-control',
    subject: apiServer,
    resources: [
      'flowschemas.flowcontrol.apiserver.k8s.io',
      'prioritylevelconfigurations.flowcontrol.apiserver.k8s.io',
    ],
    operations: ['CREATE', 'UPDATE', 'DELETE'],
    fields: created('metadata.annotations["apf.kubernetes.io/autoupdate-spec"]', 'spec', 'status'),
    condition: hasAnnotation('apf.kubernetes.io/autoupdate-spec'),
    note: 'makes and repairs the default flow control',
  },
  {
    name: 'flow-control-status',
    subject: apiServer,
    resources: [
      'flowschemas.flowcontrol.apiserver.k8s.io/status',
      'prioritylevelconfigurations.flowcontrol.apiserver.k8s.io/status',
    ],
    operations: ['UPDATE'],
    fields: ['status'],
    note: 'reports whether flow control is consistent',
  },
  {
    name: 'authentication-trust',
    subject: apiServer,
    resources: ['configmaps'],
    operations: ['CREATE', 'UPDATE', 'DELETE'],
    fields: created('data'),
    namespaces: ['kube-system'],
    names: ['extension-apiserver-authentication'],
    note: 'publishes whom it trusts, for API servers behind it',
  },
  {
    name: 'token-tracking',
    subject: apiServer,
    resources: ['configmaps'],
    operations: ['CREATE', 'UPDATE', 'DELETE'],
    fields: created('data'),
    namespaces: ['kube-system'],
    names: ['kube-apiserver-legacy-service-account-token-tracking'],
    note: 'says since when it tracks the use of old tokens',
  },
  {
    name: 'token-use',
    subject: apiServer,
    resources: ['secrets'],
    operations: ['UPDATE'],
    fields: [
      'metadata.labels["kubernetes.io/legacy-token-last-used"]',
      'metadata.labels["kubernetes.io/legacy-token-invalid-since"]',
    ],
    condition: hasValue('type', 'kubernetes.io/service-account-token'),
    note: 'notes the use of old tokens',
  },
]

const extension: readonly BuiltInRow[] = [
  {
    name: 'definition-status',
    subject: apiServer,
    resources: ['customresourcedefinitions.apiextensions.k8s.io/status'],
    operations: ['UPDATE'],
    fields: ['status'],
    note: 'accepts names of custom resources',
  },
  {
    name: 'definition-cleanup',
    subject: apiServer,
    resources: ['customresourcedefinitions.apiextensions.k8s.io/status'],
    operations: ['UPDATE'],
    fields: ['metadata.finalizers', 'status'],
    condition: removesFinalizers(instanceCleanup),
    note: 'lets a definition go once its instances are gone',
  },
  {
    name: 'api-registration',
    subject: apiServer,
    resources: ['apiservices.apiregistration.k8s.io'],
    operations: ['CREATE', 'UPDATE', 'DELETE'],
    fields: created(
      'metadata.labels["kube-aggregator.kubernetes.io/automanaged"]',
      'spec',
      'status',
    ),
    condition: hasLabel('kube-aggregator.kubernetes.io/automanaged'),
    note: 'registers the API groups that it serves itself',
  },
  {
    name: 'api-status',
    subject: apiServer,
    resources: ['apiservices.apiregistration.k8s.io/status'],
    operations: ['UPDATE'],
    fields: ['status'],
    note: 'reports whether API groups can be reached',
  },
  {
    name: 'server-storage-versions',
    subject: apiServer,
    resources: [
      'storageversions.internal.apiserver.k8s.io',
      'storageversions.internal.apiserver.k8s.io/status',
    ],
    operations: ['CREATE', 'UPDATE'],
    fields: created('metadata.annotations', 'spec', 'status'),
    note: 'says how it stores objects',
  },
]

const service: readonly BuiltInRow[] = [
  {
    name: 'own-service',
    subject: apiServer,
    resources: ['services', 'endpoints', 'endpointslices.discovery.k8s.io'],
    operations: ['CREATE', 'UPDATE', 'DELETE'],
    fields: created(
      'metadata.labels',
      'spec',
      'status',
      'subsets',
      'addressType',
      'endpoints',
      'ports',
    ),
    namespaces: ['default'],
    names: ['kubernetes'],
    note: 'publishes itself',
  },
  {
    name: 'service-addresses',
    subject: apiServer,
    resources: ['ipaddresses.networking.k8s.io'],
    operations: ['CREATE', 'DELETE'],
    fields: created(
      'metadata.labels["ipaddress.kubernetes.io/ip-family"]',
      'metadata.labels["ipaddress.kubernetes.io/managed-by"]',
      'spec',
    ),
    note: 'allocates addresses of Services',
  },
  {
    name: 'default-address-range',
    subject: apiServer,
    resources: ['servicecidrs.networking.k8s.io', 'servicecidrs.networking.k8s.io/status'],
    operations: ['CREATE', 'UPDATE'],
    fields: created('metadata.finalizers', 'spec', 'status'),
    names: ['kubernetes'],
    note: 'keeps the range that its flags say',
  },
  {
    name: 'usage',
    subject: apiServer,
    resources: ['resourcequotas/status', 'poddisruptionbudgets.policy/status'],
    operations: ['UPDATE'],
    fields: ['status'],
    note: 'counts what it admits against quotas and budgets',
  },
]

export const apiServerRows: readonly BuiltInRow[] = [
  ...election,
  ...bootstrap,
  ...extension,
  ...service,
]
