import { dropsGoneSecrets, isForLiveAccount, isOfGoneAccount } from '../conditions/accounts.ts'
import { hasValue } from '../conditions/objects.ts'
import { bindsToNode, isPreempted } from '../conditions/pods.ts'
import { changesFinalizers } from '../conditions/finalizers.ts'
import { childOf } from '../conditions/owners.ts'
import { bindsLiveClaim } from '../conditions/volumes.ts'
import type { BuiltInRow } from '../row.ts'
import { controllerAccounts } from './accounts.ts'
import { created } from './fields.ts'

const manager = { kind: 'component', username: 'system:kube-controller-manager' } as const
const scheduler = { kind: 'component', username: 'system:kube-scheduler' } as const
const pod = { group: '', kind: 'Pod' } as const

export const controllerManager: readonly BuiltInRow[] = [
  {
    name: 'kube-controller-manager-lease',
    subject: manager,
    resources: ['leases.coordination.k8s.io'],
    operations: ['CREATE', 'UPDATE'],
    fields: created('spec'),
    namespaces: ['kube-system'],
    names: ['kube-controller-manager'],
    note: 'elects its leader',
  },
  {
    name: 'kube-controller-manager-candidates',
    subject: manager,
    resources: ['leasecandidates.coordination.k8s.io'],
    operations: ['CREATE', 'UPDATE'],
    fields: created('metadata.labels', 'spec'),
    namespaces: ['kube-system'],
    condition: hasValue('spec.leaseName', 'kube-controller-manager'),
    note: 'stands for a coordinated election',
  },
  {
    name: 'controller-accounts',
    subject: manager,
    resources: ['serviceaccounts'],
    operations: ['CREATE'],
    fields: created(),
    namespaces: ['kube-system'],
    names: controllerAccounts,
    note: 'makes an account for each controller',
  },
  {
    name: 'controller-tokens',
    subject: manager,
    resources: ['serviceaccounts/token'],
    operations: ['CREATE'],
    fields: created('spec', 'status'),
    namespaces: ['kube-system'],
    names: controllerAccounts,
    note: 'logs in as each controller',
  },
  {
    name: 'token-secrets',
    subject: manager,
    resources: ['secrets'],
    operations: ['UPDATE'],
    fields: [
      'data["ca.crt"]',
      'data.namespace',
      'data.token',
      'metadata.annotations["kubernetes.io/service-account.uid"]',
    ],
    condition: isForLiveAccount,
    note: 'fills the token Secret that somebody asked for',
  },
  {
    name: 'token-secrets-cleanup',
    subject: manager,
    resources: ['secrets'],
    operations: ['DELETE'],
    condition: isOfGoneAccount,
    note: 'removes token Secrets of deleted accounts',
  },
  {
    name: 'account-secrets',
    subject: manager,
    resources: ['serviceaccounts'],
    operations: ['UPDATE'],
    fields: ['secrets'],
    condition: dropsGoneSecrets,
    note: 'forgets deleted token Secrets',
  },
]

export const kubeScheduler: readonly BuiltInRow[] = [
  {
    name: 'kube-scheduler-lease',
    subject: scheduler,
    resources: ['leases.coordination.k8s.io'],
    operations: ['CREATE', 'UPDATE'],
    fields: created('spec'),
    namespaces: ['kube-system'],
    names: ['kube-scheduler'],
    note: 'elects its leader',
  },
  {
    name: 'kube-scheduler-candidates',
    subject: scheduler,
    resources: ['leasecandidates.coordination.k8s.io'],
    operations: ['CREATE', 'UPDATE'],
    fields: created('metadata.labels', 'spec'),
    namespaces: ['kube-system'],
    condition: hasValue('spec.leaseName', 'kube-scheduler'),
    note: 'stands for a coordinated election',
  },
  {
    name: 'scheduler-binding',
    subject: scheduler,
    resources: ['pods/binding'],
    operations: ['CREATE'],
    // The API server's PodTopologyLabels plugin adds the labels; all of them reach the Pod.
    fields: created(
      'metadata.labels["topology.kubernetes.io/zone"]',
      'metadata.labels["topology.kubernetes.io/region"]',
      'target',
    ),
    condition: bindsToNode,
    note: 'puts Pods onto nodes',
  },
  {
    name: 'scheduler-pod-status',
    subject: scheduler,
    resources: ['pods/status'],
    operations: ['UPDATE'],
    fields: [
      'status.conditions',
      'status.nominatedNodeName',
      'status.extendedResourceClaimStatus',
      'status.observedGeneration',
    ],
    note: 'says why a Pod waits, and marks the victims of preemption',
  },
  {
    name: 'scheduler-preemption',
    subject: scheduler,
    resources: ['pods'],
    operations: ['DELETE'],
    condition: isPreempted,
    note: 'makes room for Pods of a higher priority',
  },
  {
    name: 'scheduler-volumes',
    subject: scheduler,
    resources: ['persistentvolumes'],
    operations: ['UPDATE'],
    fields: ['spec.claimRef', 'metadata.annotations["pv.kubernetes.io/bound-by-controller"]'],
    condition: bindsLiveClaim,
    note: 'binds volumes that wait for their first consumer',
  },
  {
    name: 'scheduler-claims',
    subject: scheduler,
    resources: ['persistentvolumeclaims'],
    operations: ['UPDATE'],
    fields: [
      'metadata.annotations["volume.kubernetes.io/selected-node"]',
      'metadata.annotations["volume.beta.kubernetes.io/storage-provisioner"]',
    ],
    note: 'tells the provisioner on which node a volume is wanted',
  },
  {
    name: 'scheduler-devices',
    subject: scheduler,
    resources: ['resourceclaims.resource.k8s.io', 'resourceclaims.resource.k8s.io/status'],
    operations: ['UPDATE'],
    fields: ['metadata.finalizers', 'status.allocation', 'status.reservedFor', 'status.devices'],
    condition: changesFinalizers('resource.kubernetes.io/delete-protection'),
    note: 'allocates devices to Pods',
  },
  {
    name: 'scheduler-extended-resources',
    subject: scheduler,
    resources: ['resourceclaims.resource.k8s.io'],
    operations: ['CREATE', 'DELETE'],
    fields: created(
      'metadata.ownerReferences',
      'metadata.annotations',
      'metadata.finalizers',
      'spec',
      'status',
    ),
    condition: childOf(pod),
    note: 'claims devices for Pods that ask for them as extended resources',
  },
]
