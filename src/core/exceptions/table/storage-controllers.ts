import { isClaimOfPod } from '../conditions/claims.ts'
import { changesFinalizers } from '../conditions/finalizers.ts'
import { childOf } from '../conditions/owners.ts'
import { claimsDevices, scrubsVolume } from '../conditions/pods.ts'
import {
  attachesLiveVolume,
  bindsLiveClaim,
  getsDefaultClass,
  isBoundBack,
  isForLiveClaim,
  isReleasedForDeletion,
} from '../conditions/volumes.ts'
import type { BuiltInRow } from '../row.ts'
import { created } from './fields.ts'
import { controller } from './subjects.ts'

const pod = { group: '', kind: 'Pod' } as const
const inTree = 'kubernetes.io/pv-controller'
const outOfTree = 'external-provisioner.volume.kubernetes.io/finalizer'
const deviceFinalizer = 'resource.kubernetes.io/delete-protection'

const volumes: readonly BuiltInRow[] = [
  {
    name: 'volume-status',
    subject: controller('persistent-volume-binder'),
    resources: ['persistentvolumes/status', 'persistentvolumeclaims/status'],
    operations: ['UPDATE'],
    fields: ['status'],
    note: 'reports which volumes and claims are bound',
  },
  {
    name: 'volume-binding',
    subject: controller('persistent-volume-binder'),
    resources: ['persistentvolumes'],
    operations: ['UPDATE'],
    fields: ['spec.claimRef', 'metadata.annotations["pv.kubernetes.io/bound-by-controller"]'],
    condition: bindsLiveClaim,
    note: 'binds volumes to claims, and lets them go',
  },
  {
    name: 'volume-upkeep',
    subject: controller('persistent-volume-binder'),
    resources: ['persistentvolumes'],
    operations: ['UPDATE'],
    fields: ['metadata.finalizers', 'metadata.annotations["pv.kubernetes.io/migrated-to"]'],
    condition: changesFinalizers(inTree, outOfTree),
    note: 'guards the volume until what is behind it is deleted',
  },
  {
    name: 'claim-binding',
    subject: controller('persistent-volume-binder'),
    resources: ['persistentvolumeclaims'],
    operations: ['UPDATE'],
    fields: [
      'spec.volumeName',
      'metadata.annotations["pv.kubernetes.io/bind-completed"]',
      'metadata.annotations["pv.kubernetes.io/bound-by-controller"]',
    ],
    condition: isBoundBack,
    note: 'binds claims to volumes',
  },
  {
    name: 'claim-provisioning',
    subject: controller('persistent-volume-binder'),
    resources: ['persistentvolumeclaims'],
    operations: ['UPDATE'],
    fields: [
      'metadata.annotations["volume.kubernetes.io/storage-provisioner"]',
      'metadata.annotations["volume.beta.kubernetes.io/storage-provisioner"]',
      'metadata.annotations["volume.kubernetes.io/selected-node"]',
      'metadata.annotations["pv.kubernetes.io/migrated-to"]',
    ],
    note: 'asks a provisioner for a volume',
  },
  {
    name: 'claim-default-class',
    subject: controller('persistent-volume-binder'),
    resources: ['persistentvolumeclaims'],
    operations: ['UPDATE'],
    fields: ['spec.storageClassName'],
    condition: getsDefaultClass,
    note: 'gives claims that name no class the default one, once there is one',
  },
  {
    name: 'volume-provisioning',
    subject: controller('persistent-volume-binder'),
    resources: ['persistentvolumes'],
    operations: ['CREATE'],
    fields: ['*'],
    condition: isForLiveClaim,
    note: 'makes volumes of the kinds that are built in',
  },
  {
    name: 'volume-deletion',
    subject: controller('persistent-volume-binder'),
    resources: ['persistentvolumes'],
    operations: ['DELETE'],
    condition: isReleasedForDeletion,
    note: 'deletes volumes that nobody claims any more',
  },
  {
    name: 'volume-recycling',
    subject: controller('persistent-volume-binder'),
    resources: ['pods'],
    operations: ['CREATE', 'DELETE'],
    fields: ['*'],
    namespaces: ['default'],
    condition: scrubsVolume,
    note: 'scrubs volumes with the deprecated policy Recycle',
  },
  {
    name: 'ephemeral-claims',
    subject: controller('ephemeral-volume-controller'),
    resources: ['persistentvolumeclaims'],
    operations: ['CREATE'],
    fields: ['*'],
    condition: isClaimOfPod,
    note: 'makes claims for ephemeral volumes of Pods',
  },
]

const protection: readonly BuiltInRow[] = [
  {
    name: 'claim-protection',
    subject: controller('pvc-protection-controller'),
    resources: ['persistentvolumeclaims'],
    operations: ['UPDATE'],
    fields: ['metadata.finalizers'],
    condition: changesFinalizers('kubernetes.io/pvc-protection'),
    note: 'keeps claims while Pods use them',
  },
  {
    name: 'claim-unused',
    subject: controller('pvc-protection-controller'),
    resources: ['persistentvolumeclaims/status'],
    operations: ['UPDATE'],
    fields: ['status.conditions'],
    note: 'reports since when a claim is not used',
  },
  {
    name: 'volume-protection',
    subject: controller('pv-protection-controller'),
    resources: ['persistentvolumes'],
    operations: ['UPDATE'],
    fields: ['metadata.finalizers'],
    condition: changesFinalizers('kubernetes.io/pv-protection'),
    note: 'keeps volumes while they are bound',
  },
  {
    name: 'attributes-class-protection',
    subject: controller('volumeattributesclass-protection-controller'),
    resources: ['volumeattributesclasses.storage.k8s.io'],
    operations: ['UPDATE'],
    fields: ['metadata.finalizers'],
    condition: changesFinalizers('kubernetes.io/vac-protection'),
    note: 'keeps classes while volumes use them',
  },
]

const attachment: readonly BuiltInRow[] = [
  {
    name: 'volume-attachment',
    subject: controller('attachdetach-controller'),
    resources: ['volumeattachments.storage.k8s.io'],
    operations: ['CREATE'],
    fields: created('spec', 'status'),
    condition: attachesLiveVolume,
    note: 'attaches volumes to nodes',
  },
  {
    name: 'volume-detachment',
    subject: controller('attachdetach-controller'),
    resources: ['volumeattachments.storage.k8s.io'],
    operations: ['DELETE'],
    note: 'detaches volumes',
  },
  {
    name: 'attached-volumes',
    subject: controller('attachdetach-controller'),
    resources: ['nodes/status'],
    operations: ['UPDATE'],
    fields: ['status.volumesAttached'],
    note: 'tells kubelets what is attached',
  },
  {
    name: 'volume-expansion',
    subject: controller('expand-controller'),
    resources: ['persistentvolumes'],
    operations: ['UPDATE'],
    fields: [
      'spec.capacity',
      'metadata.annotations["volume.alpha.kubernetes.io/pre-resize-capacity"]',
    ],
    note: 'expands volumes as their claims ask',
  },
  {
    name: 'claim-expansion',
    subject: controller('expand-controller'),
    resources: ['persistentvolumeclaims/status'],
    operations: ['UPDATE'],
    fields: ['status', 'metadata.annotations["volume.kubernetes.io/storage-resizer"]'],
    note: 'reports the expansion',
  },
]

const devices: readonly BuiltInRow[] = [
  {
    name: 'device-claims',
    subject: controller('resource-claim-controller'),
    resources: ['resourceclaims.resource.k8s.io'],
    operations: ['CREATE', 'DELETE'],
    fields: ['*'],
    condition: childOf(pod),
    note: 'makes and removes claims from templates of Pods',
  },
  {
    name: 'device-group-claims',
    subject: controller('resource-claim-controller'),
    resources: ['resourceclaims.resource.k8s.io'],
    operations: ['CREATE', 'DELETE'],
    fields: ['*'],
    condition: childOf({ group: 'scheduling.k8s.io', kind: 'PodGroup' }),
    note: 'makes and removes claims from templates of Pod groups',
  },
  {
    name: 'device-claim-status',
    subject: controller('resource-claim-controller'),
    resources: ['resourceclaims.resource.k8s.io', 'resourceclaims.resource.k8s.io/status'],
    operations: ['UPDATE'],
    fields: ['metadata.finalizers', 'status.allocation', 'status.reservedFor', 'status.devices'],
    condition: changesFinalizers(deviceFinalizer),
    note: 'frees devices that nobody uses',
  },
  {
    name: 'device-pod-status',
    subject: controller('resource-claim-controller'),
    resources: ['pods/status', 'podgroups.scheduling.k8s.io/status'],
    operations: ['UPDATE'],
    fields: ['status.resourceClaimStatuses', 'status.extendedResourceClaimStatus'],
    note: 'names the claims made for a Pod',
  },
  {
    name: 'device-eviction',
    subject: controller('device-taint-eviction-controller'),
    resources: ['pods'],
    operations: ['DELETE'],
    condition: claimsDevices,
    note: 'evicts Pods from broken devices',
  },
  {
    name: 'device-eviction-status',
    subject: controller('device-taint-eviction-controller'),
    resources: ['pods/status', 'devicetaintrules.resource.k8s.io/status'],
    operations: ['UPDATE'],
    fields: ['status.conditions'],
    note: 'reports evictions',
  },
  {
    name: 'device-pool-status',
    subject: controller('resourcepoolstatusrequest-controller'),
    resources: ['resourcepoolstatusrequests.resource.k8s.io/status'],
    operations: ['UPDATE'],
    fields: ['status'],
    note: 'answers what devices there are',
  },
  {
    name: 'device-pool-cleanup',
    subject: controller('resourcepoolstatusrequest-controller'),
    resources: ['resourcepoolstatusrequests.resource.k8s.io'],
    operations: ['DELETE'],
    note: 'removes answered requests',
  },
]

export const storageControllers: readonly BuiltInRow[] = [
  ...volumes,
  ...protection,
  ...attachment,
  ...devices,
]
