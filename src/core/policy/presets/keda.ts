import { created } from '../../exceptions/table/fields.ts'
import { finalizersOf, statusOf } from './bookkeeping.ts'
import type { Preset } from './preset.ts'

const scaled = ['scaledobjects.keda.sh', 'scaledjobs.keda.sh', 'triggerauthentications.keda.sh']
const finalizers = ['finalizer.keda.sh']
const clusterAuthentications = ['clustertriggerauthentications.keda.sh']

export const keda: Preset = {
  name: 'keda',
  install: 'KEDA 2, as its manifests and its chart make it',
  namespace: 'keda',
  accounts: [
    {
      account: 'keda-operator',
      allow: [
        {
          resources: ['deployments.apps/scale', 'statefulsets.apps/scale'],
          operations: ['UPDATE'],
          fields: ['spec.replicas'],
          where: 'every-namespace',
          reason: 'scales to and from zero',
        },
        statusOf(scaled),
        finalizersOf(scaled, finalizers),
        statusOf(clusterAuthentications, 'cluster'),
        finalizersOf(clusterAuthentications, finalizers, 'cluster'),
        {
          resources: ['scaledobjects.keda.sh'],
          operations: ['UPDATE'],
          fields: ['metadata.labels["scaledobject.keda.sh/name"]'],
          where: 'every-namespace',
          reason: 'marks ScaledObjects for its metrics server',
        },
        {
          resources: ['secrets'],
          operations: ['CREATE', 'UPDATE'],
          fields: created('metadata.labels', 'data', 'type'),
          where: 'install',
          names: ['kedaorg-certs'],
          reason: 'renews the certificates between its parts',
        },
        {
          resources: ['apiservices.apiregistration.k8s.io'],
          operations: ['UPDATE'],
          fields: ['spec.caBundle'],
          where: 'cluster',
          names: ['v1beta1.external.metrics.k8s.io'],
          reason: 'tells the API server whom to trust for its metrics',
        },
      ],
      derived: [
        {
          suffix: 'autoscalers',
          parent: { by: 'ownerReference', group: 'keda.sh', kind: 'ScaledObject' },
          allow: [
            {
              resources: ['horizontalpodautoscalers.autoscaling'],
              operations: ['CREATE', 'UPDATE', 'DELETE'],
              fields: created(
                'metadata.annotations',
                'metadata.labels',
                'metadata.ownerReferences',
                'spec',
                'status',
              ),
            },
          ],
          reason: 'makes the HorizontalPodAutoscaler of a ScaledObject',
        },
        {
          suffix: 'jobs',
          parent: { by: 'ownerReference', group: 'keda.sh', kind: 'ScaledJob' },
          allow: [
            {
              resources: ['jobs.batch'],
              operations: ['CREATE', 'DELETE'],
              fields: created(
                'metadata.annotations',
                'metadata.labels',
                'metadata.ownerReferences',
                'spec',
                'status',
              ),
            },
          ],
          reason: 'runs the Jobs of a ScaledJob',
        },
      ],
    },
  ],
}
