import { adoption, childOf, jobAdoption } from '../conditions/owners.ts'
import { changesFinalizers } from '../conditions/finalizers.ts'
import { followsRetention, isClaimOfStatefulSet } from '../conditions/claims.ts'
import { isFinishedJob } from '../conditions/jobs.ts'
import { isAutoscaled } from '../conditions/scaling.ts'
import type { BuiltInRow } from '../row.ts'
import { controller } from './subjects.ts'

const deployment = { group: 'apps', kind: 'Deployment' } as const
const replicaSet = { group: 'apps', kind: 'ReplicaSet' } as const
const statefulSet = { group: 'apps', kind: 'StatefulSet' } as const
const daemonSet = { group: 'apps', kind: 'DaemonSet' } as const
const replicationController = { group: '', kind: 'ReplicationController' } as const
const job = { group: 'batch', kind: 'Job' } as const
const cronJob = { group: 'batch', kind: 'CronJob' } as const

const jobFinalizer = 'batch.kubernetes.io/job-tracking'

const deployments: readonly BuiltInRow[] = [
  {
    name: 'deployment-status',
    subject: controller('deployment-controller'),
    resources: ['deployments.apps/status'],
    operations: ['UPDATE'],
    fields: ['status', 'metadata.annotations["deployment.kubernetes.io/revision"]'],
    note: 'reports progress and numbers the revision, both by way of the status',
  },
  {
    name: 'deployment-replicasets',
    subject: controller('deployment-controller'),
    resources: ['replicasets.apps'],
    operations: ['CREATE', 'DELETE'],
    fields: ['*'],
    condition: childOf(deployment),
    note: 'makes a ReplicaSet for each revision, and removes those beyond the history limit',
  },
  {
    name: 'deployment-scaling',
    subject: controller('deployment-controller'),
    resources: ['replicasets.apps'],
    operations: ['UPDATE'],
    // The Deployment's own annotations are copied, whatever their names.
    fields: ['spec.replicas', 'spec.minReadySeconds', 'metadata.annotations'],
    condition: childOf(deployment),
    note: 'rolls out and scales',
  },
  {
    name: 'deployment-adoption',
    subject: controller('deployment-controller'),
    resources: ['replicasets.apps'],
    operations: ['UPDATE'],
    fields: ['metadata.ownerReferences'],
    condition: adoption(deployment),
    note: 'takes over ReplicaSets that its selector matches',
  },
]

const replicas: readonly BuiltInRow[] = [
  ...podsOf('replicaset', controller('replicaset-controller'), replicaSet),
  {
    name: 'replicaset-status',
    subject: controller('replicaset-controller'),
    resources: ['replicasets.apps/status'],
    operations: ['UPDATE'],
    fields: ['status'],
    note: 'counts Pods',
  },
  ...podsOf('replication', controller('replication-controller'), replicationController),
  {
    name: 'replication-status',
    subject: controller('replication-controller'),
    resources: ['replicationcontrollers/status'],
    operations: ['UPDATE'],
    fields: ['status'],
    note: 'counts Pods',
  },
]

const daemons: readonly BuiltInRow[] = [
  ...podsOf('daemonset', controller('daemon-set-controller'), daemonSet),
  ...revisionsOf('daemonset', controller('daemon-set-controller'), daemonSet),
  {
    name: 'daemonset-status',
    subject: controller('daemon-set-controller'),
    resources: ['daemonsets.apps/status'],
    operations: ['UPDATE'],
    fields: ['status'],
    note: 'counts Pods',
  },
  {
    name: 'daemonset-pod-hash',
    subject: controller('daemon-set-controller'),
    resources: ['pods'],
    operations: ['UPDATE'],
    fields: ['metadata.labels["controller-revision-hash"]'],
    condition: childOf(daemonSet),
    note: 'moves Pods to the one of two equal revisions that it keeps',
  },
]

const sets: readonly BuiltInRow[] = [
  ...podsOf('statefulset', controller('statefulset-controller'), statefulSet),
  ...revisionsOf('statefulset', controller('statefulset-controller'), statefulSet),
  {
    name: 'statefulset-status',
    subject: controller('statefulset-controller'),
    resources: ['statefulsets.apps/status'],
    operations: ['UPDATE'],
    fields: ['status'],
    note: 'counts Pods and numbers revisions',
  },
  {
    name: 'statefulset-pod-identity',
    subject: controller('statefulset-controller'),
    resources: ['pods'],
    operations: ['UPDATE'],
    fields: [
      'metadata.labels["statefulset.kubernetes.io/pod-name"]',
      'metadata.labels["apps.kubernetes.io/pod-index"]',
    ],
    condition: childOf(statefulSet),
    note: 'restores the labels by which its Pods are told apart',
  },
  {
    name: 'statefulset-claims',
    subject: controller('statefulset-controller'),
    resources: ['persistentvolumeclaims'],
    operations: ['CREATE'],
    fields: ['*'],
    condition: isClaimOfStatefulSet,
    note: 'makes claims from templates',
  },
  {
    name: 'statefulset-claim-retention',
    subject: controller('statefulset-controller'),
    resources: ['persistentvolumeclaims'],
    operations: ['UPDATE'],
    fields: ['metadata.ownerReferences'],
    condition: followsRetention,
    note: 'ties claims to the set or the Pod with which they shall go',
  },
]

const jobs: readonly BuiltInRow[] = [
  {
    name: 'job-status',
    subject: controller('job-controller'),
    resources: ['jobs.batch/status'],
    operations: ['UPDATE'],
    fields: ['status'],
    note: 'counts Pods and ends the Job',
  },
  {
    name: 'job-pods',
    subject: controller('job-controller'),
    resources: ['pods'],
    operations: ['CREATE', 'DELETE'],
    fields: ['*'],
    condition: childOf(job),
    note: 'makes and removes Pods',
  },
  {
    name: 'job-adoption',
    subject: controller('job-controller'),
    resources: ['pods'],
    operations: ['UPDATE'],
    fields: ['metadata.ownerReferences', 'metadata.finalizers'],
    condition: jobAdoption(job, jobFinalizer),
    note: 'takes over Pods that its selector matches',
  },
  {
    name: 'job-finalizer',
    subject: controller('job-controller'),
    resources: ['pods'],
    operations: ['UPDATE'],
    fields: ['metadata.finalizers'],
    condition: changesFinalizers(jobFinalizer),
    note: 'lets Pods go once they are counted, those of deleted Jobs too',
  },
  {
    name: 'job-groups',
    subject: controller('job-controller'),
    resources: ['workloads.scheduling.k8s.io', 'podgroups.scheduling.k8s.io'],
    operations: ['CREATE'],
    fields: ['*'],
    condition: childOf(job),
    note: 'has its Pods scheduled together',
  },
  {
    name: 'cronjob-status',
    subject: controller('cronjob-controller'),
    resources: ['cronjobs.batch/status'],
    operations: ['UPDATE'],
    fields: ['status'],
    note: 'remembers what it has started',
  },
  {
    name: 'cronjob-jobs',
    subject: controller('cronjob-controller'),
    resources: ['jobs.batch'],
    operations: ['CREATE', 'DELETE'],
    fields: ['*'],
    condition: childOf(cronJob),
    note: 'starts Jobs by the clock, and removes those beyond the history limits',
  },
  {
    name: 'ttl-after-finished',
    subject: controller('ttl-after-finished-controller'),
    resources: ['jobs.batch'],
    operations: ['DELETE'],
    condition: isFinishedJob,
    note: 'removes Jobs that have ended for as long as they ask',
  },
]

const scaling: readonly BuiltInRow[] = [
  {
    name: 'autoscaler-scale',
    subject: controller('horizontal-pod-autoscaler'),
    resources: ['*/scale'],
    operations: ['UPDATE'],
    fields: ['spec.replicas'],
    condition: isAutoscaled,
    note: 'scales what an autoscaler targets',
  },
  {
    name: 'autoscaler-status',
    subject: controller('horizontal-pod-autoscaler'),
    resources: ['horizontalpodautoscalers.autoscaling/status'],
    operations: ['UPDATE'],
    fields: ['status'],
    note: 'reports what it measured',
  },
]

export const workloadControllers: readonly BuiltInRow[] = [
  ...deployments,
  ...replicas,
  ...daemons,
  ...sets,
  ...jobs,
  ...scaling,
]

type Owner = Parameters<typeof childOf>[0]

function podsOf(name: string, subject: BuiltInRow['subject'], owner: Owner): readonly BuiltInRow[] {
  return [
    {
      name: `${name}-pods`,
      subject,
      resources: ['pods'],
      operations: ['CREATE', 'DELETE'],
      fields: ['*'],
      condition: childOf(owner),
      note: 'makes and removes Pods',
    },
    {
      name: `${name}-adoption`,
      subject,
      resources: ['pods'],
      operations: ['UPDATE'],
      fields: ['metadata.ownerReferences'],
      condition: adoption(owner),
      note: 'takes over Pods that its selector matches, and releases those that it does not',
    },
  ]
}

function revisionsOf(
  name: string,
  subject: BuiltInRow['subject'],
  owner: Owner,
): readonly BuiltInRow[] {
  return [
    {
      name: `${name}-revisions`,
      subject,
      resources: ['controllerrevisions.apps'],
      operations: ['CREATE', 'DELETE'],
      fields: ['*'],
      condition: childOf(owner),
      note: 'keeps the history of its template',
    },
    {
      name: `${name}-revision-number`,
      subject,
      resources: ['controllerrevisions.apps'],
      operations: ['UPDATE'],
      fields: ['revision', 'metadata.labels["controller-revision-hash"]'],
      condition: childOf(owner),
      note: 'numbers revisions anew on a rollback',
    },
    {
      name: `${name}-revision-adoption`,
      subject,
      resources: ['controllerrevisions.apps'],
      operations: ['UPDATE'],
      fields: ['metadata.ownerReferences'],
      condition: adoption(owner),
      note: 'takes over revisions that its selector matches',
    },
  ]
}
