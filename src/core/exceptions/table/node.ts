import { isOwnNamespaceLease } from '../conditions/accounts.ts'
import {
  changesKubeletLabels,
  isCertificateOfOwnPod,
  isMirrorPod,
  isOwnName,
  isOwnPod,
  isOwnSlice,
  isTokenOfOwnPod,
} from '../conditions/nodes.ts'
import { hasValue } from '../conditions/objects.ts'
import { all, type BuiltInRow } from '../row.ts'
import { created } from './fields.ts'

const node = { kind: 'node' } as const
const kubeletClient = 'kubernetes.io/kube-apiserver-client-kubelet'

const ownAnnotations = [
  'metadata.annotations["volumes.kubernetes.io/controller-managed-attach-detach"]',
  'metadata.annotations["volumes.kubernetes.io/keep-terminated-pod-volumes"]',
  'metadata.annotations["csi.volume.kubernetes.io/nodeid"]',
  'metadata.annotations["alpha.kubernetes.io/provided-node-ip"]',
  // kubeadm writes it with the kubelet's credential.
  'metadata.annotations["kubeadm.alpha.kubernetes.io/cri-socket"]',
]

export const kubelet: readonly BuiltInRow[] = [
  {
    name: 'node-registration',
    subject: node,
    resources: ['nodes'],
    operations: ['CREATE'],
    fields: created(
      'metadata.labels',
      ...ownAnnotations,
      'spec.externalID',
      'spec.podCIDR',
      'spec.podCIDRs',
      'spec.providerID',
      'spec.taints',
      'spec.unschedulable',
      'status',
    ),
    condition: all(isOwnName, changesKubeletLabels),
    note: 'registers its node',
  },
  {
    name: 'node-status',
    subject: node,
    resources: ['nodes', 'nodes/status'],
    operations: ['UPDATE'],
    fields: ['metadata.labels', ...ownAnnotations, 'status'],
    condition: all(isOwnName, changesKubeletLabels),
    note: 'reports on its node',
  },
  {
    name: 'node-lease',
    subject: node,
    resources: ['leases.coordination.k8s.io'],
    operations: ['CREATE', 'UPDATE'],
    fields: created('metadata.ownerReferences', 'spec'),
    namespaces: ['kube-node-lease'],
    condition: isOwnName,
    note: 'says that it is alive',
  },
  {
    name: 'node-pod-status',
    subject: node,
    resources: ['pods/status'],
    operations: ['UPDATE'],
    fields: ['status'],
    condition: isOwnPod,
    note: 'reports on the Pods that it runs',
  },
  {
    name: 'node-pods',
    subject: node,
    resources: ['pods'],
    operations: ['DELETE'],
    condition: isOwnPod,
    note: 'lets go of Pods that it has stopped',
  },
  {
    name: 'mirror-pods',
    subject: node,
    resources: ['pods'],
    operations: ['CREATE'],
    fields: ['*'],
    condition: isMirrorPod,
    note: 'shows its static Pods',
  },
  {
    name: 'pod-tokens',
    subject: node,
    resources: ['serviceaccounts/token'],
    operations: ['CREATE'],
    fields: created('spec', 'status'),
    condition: isTokenOfOwnPod,
    note: 'fetches tokens for Pods that it runs',
  },
  {
    name: 'pod-certificates',
    subject: node,
    resources: ['podcertificaterequests.certificates.k8s.io'],
    operations: ['CREATE'],
    fields: created('metadata.ownerReferences', 'spec', 'status'),
    condition: isCertificateOfOwnPod,
    note: 'fetches certificates for Pods that it runs',
  },
  {
    name: 'node-certificates',
    subject: node,
    resources: ['certificatesigningrequests.certificates.k8s.io'],
    operations: ['CREATE'],
    fields: created('spec', 'status'),
    condition: hasValue('spec.signerName', kubeletClient, 'kubernetes.io/kubelet-serving'),
    note: 'renews its certificates',
  },
  {
    name: 'node-drivers',
    subject: node,
    resources: ['csinodes.storage.k8s.io'],
    operations: ['CREATE', 'UPDATE', 'DELETE'],
    fields: created(
      'metadata.ownerReferences',
      'metadata.annotations["storage.alpha.kubernetes.io/migrated-plugins"]',
      'spec',
    ),
    condition: isOwnName,
    note: 'lists the storage drivers on its node',
  },
  {
    name: 'node-claims',
    subject: node,
    resources: ['persistentvolumeclaims/status'],
    operations: ['UPDATE'],
    fields: [
      'status.capacity',
      'status.conditions',
      'status.allocatedResources',
      'status.allocatedResourceStatuses',
    ],
    note: 'reports that a file system has been expanded',
  },
  {
    name: 'node-devices',
    subject: node,
    resources: ['resourceslices.resource.k8s.io'],
    operations: ['DELETE'],
    condition: isOwnSlice,
    note: 'withdraws devices of a driver that is gone',
  },
]

export const others: readonly BuiltInRow[] = [
  {
    name: 'bootstrap-certificates',
    subject: { kind: 'bootstrap-token' },
    resources: ['certificatesigningrequests.certificates.k8s.io'],
    operations: ['CREATE'],
    fields: created('spec', 'status'),
    condition: hasValue('spec.signerName', kubeletClient),
    note: 'asks for the first certificate of a joining kubelet',
  },
  {
    name: 'own-leases',
    subject: { kind: 'service-account' },
    resources: ['leases.coordination.k8s.io'],
    operations: ['CREATE'],
    fields: created('spec'),
    condition: isOwnNamespaceLease,
    note: 'elects a leader',
  },
  {
    name: 'own-lease-renewal',
    subject: { kind: 'service-account' },
    resources: ['leases.coordination.k8s.io'],
    operations: ['UPDATE'],
    fields: ['spec'],
    condition: isOwnNamespaceLease,
    note: 'elects a leader',
  },
]
