import type { KubernetesObject } from './api-client.ts'

/** The account of `serve` and `controller` on a local control plane. */
export const ownAccount = { namespace: 'solewriter-system', name: 'solewriter' } as const

const rbac = 'rbac.authorization.k8s.io'
const readOnly = ['get', 'list', 'watch']

/** RBAC cannot say "all but": everything that the core group has is listed, Secrets are not. */
const coreResources = [
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
  'replicationcontrollers/scale',
  'resourcequotas',
  'serviceaccounts',
  'services',
]

const otherGroups = [
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'apiregistration.k8s.io',
  'apps',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'coordination.k8s.io',
  'discovery.k8s.io',
  'flowcontrol.apiserver.k8s.io',
  'networking.k8s.io',
  'node.k8s.io',
  'policy',
  rbac,
  'resource.k8s.io',
  'scheduling.k8s.io',
  'storage.k8s.io',
]

/** What writers with evidence flux or argo-cd are verified by. */
const engineRules = [
  { apiGroups: ['kustomize.toolkit.fluxcd.io'], resources: ['kustomizations'], verbs: readOnly },
  { apiGroups: ['helm.toolkit.fluxcd.io'], resources: ['helmreleases'], verbs: readOnly },
  {
    apiGroups: ['source.toolkit.fluxcd.io'],
    resources: ['gitrepositories', 'ocirepositories', 'helmcharts'],
    verbs: readOnly,
  },
  {
    apiGroups: ['argoproj.io'],
    resources: ['applications', 'appprojects', 'applicationsets'],
    verbs: readOnly,
  },
]

const grantRules = [
  { apiGroups: ['solewriter.dev'], resources: ['breakglassgrants'], verbs: readOnly },
  { apiGroups: ['solewriter.dev'], resources: ['breakglassgrants/status'], verbs: ['update'] },
  { apiGroups: ['solewriter.dev'], resources: ['breakglassapprovals'], verbs: ['list'] },
  { apiGroups: ['solewriter.dev'], resources: ['auditcheckpoints'], verbs: ['create', 'patch'] },
]

export const readerRole: KubernetesObject = {
  metadata: { name: 'solewriter-local-reader' },
  rules: [
    { apiGroups: [''], resources: coreResources, verbs: readOnly },
    { apiGroups: otherGroups, resources: ['*'], verbs: readOnly },
    ...engineRules,
    ...grantRules,
  ],
}

export const readerBinding: KubernetesObject = {
  metadata: { name: 'solewriter-local-reader' },
  roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: readerRole.metadata.name },
  subjects: [{ kind: 'ServiceAccount', ...ownAccount }],
}

function reportRules(group: string, resources: readonly string[]): readonly object[] {
  const rule = { apiGroups: [group], resources }
  return [
    { ...rule, verbs: ['list', 'create'] },
    { ...rule, resourceNames: ['solewriter-scan'], verbs: ['get', 'patch', 'delete'] },
  ]
}

/** What `controller` may do with grants, reports and questions about people. */
export const keeperRole: KubernetesObject = {
  metadata: { name: 'solewriter-local-keeper' },
  rules: [
    {
      apiGroups: ['solewriter.dev'],
      resources: ['breakglassgrants'],
      verbs: [...readOnly, 'patch'],
    },
    { apiGroups: ['solewriter.dev'], resources: ['breakglassgrants/status'], verbs: ['update'] },
    { apiGroups: ['solewriter.dev'], resources: ['breakglassapprovals'], verbs: ['list'] },
    { apiGroups: ['solewriter.dev'], resources: ['postmortems'], verbs: [...readOnly, 'create'] },
    { apiGroups: ['solewriter.dev'], resources: ['postmortems/status'], verbs: ['patch'] },
    { apiGroups: ['solewriter.dev'], resources: ['auditcheckpoints'], verbs: ['list'] },
    ...reportRules('wgpolicyk8s.io', ['policyreports', 'clusterpolicyreports']),
    ...reportRules('openreports.io', ['reports', 'clusterreports']),
    { apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] },
    {
      apiGroups: ['authorization.k8s.io'],
      resources: ['subjectaccessreviews'],
      verbs: ['create'],
    },
  ],
}

export const keeperBinding: KubernetesObject = {
  metadata: { name: 'solewriter-local-keeper' },
  roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: keeperRole.metadata.name },
  subjects: [{ kind: 'ServiceAccount', ...ownAccount }],
}

/** For policies with an annotationCarrier; an installation has a component for it. */
export const carrierRole: KubernetesObject = {
  metadata: { name: 'solewriter-local-carrier' },
  rules: [{ apiGroups: ['solewriter.dev'], resources: ['breakglassgrants'], verbs: ['create'] }],
}

export const carrierBinding: KubernetesObject = {
  metadata: { name: 'solewriter-local-carrier' },
  roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: carrierRole.metadata.name },
  subjects: [{ kind: 'ServiceAccount', ...ownAccount }],
}

/** A Lease of its own namespace, for the one active controller. */
export const leaseRole: KubernetesObject = {
  metadata: { name: 'solewriter-local-leases' },
  rules: [
    {
      apiGroups: ['coordination.k8s.io'],
      resources: ['leases'],
      verbs: [...readOnly, 'create', 'update', 'patch', 'delete'],
    },
  ],
}

export const leaseBinding: KubernetesObject = {
  metadata: { name: 'solewriter-local-leases' },
  roleRef: { apiGroup: rbac, kind: 'Role', name: leaseRole.metadata.name },
  subjects: [{ kind: 'ServiceAccount', ...ownAccount }],
}

/** In the namespace of Events about cluster-scoped objects. */
export const eventRole: KubernetesObject = {
  metadata: { name: 'solewriter-local-events' },
  rules: [{ apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create'] }],
}

export const eventBinding: KubernetesObject = {
  metadata: { name: 'solewriter-local-events' },
  roleRef: { apiGroup: rbac, kind: 'Role', name: eventRole.metadata.name },
  subjects: [{ kind: 'ServiceAccount', ...ownAccount }],
}
