import { created } from '../../exceptions/table/fields.ts'
import { statusOf } from './bookkeeping.ts'
import type { Preset } from './preset.ts'

/** The admission controller changes Pods on their way and writes nothing that a webhook sees. */
export const vpa: Preset = {
  name: 'vpa',
  install: 'Vertical Pod Autoscaler 1, as its `vpa-up.sh` makes it',
  namespace: 'kube-system',
  accounts: [
    {
      account: 'vpa-recommender',
      allow: [
        statusOf(['verticalpodautoscalers.autoscaling.k8s.io']),
        {
          resources: [
            'verticalpodautoscalercheckpoints.autoscaling.k8s.io',
            'verticalpodautoscalercheckpoints.autoscaling.k8s.io/status',
          ],
          operations: ['CREATE', 'UPDATE', 'DELETE'],
          fields: created('spec', 'status'),
          where: 'every-namespace',
          reason: 'remembers what Pods have used',
        },
      ],
    },
    {
      account: 'vpa-updater',
      allow: [
        {
          resources: ['pods/eviction'],
          operations: ['CREATE'],
          fields: created('deleteOptions'),
          where: 'every-namespace',
          reason: 'evicts Pods whose requests are to change',
        },
        {
          resources: ['pods/resize'],
          operations: ['UPDATE'],
          fields: ['spec.containers[*].resources', 'spec.initContainers[*].resources'],
          where: 'every-namespace',
          reason: 'resizes Pods in place',
        },
        {
          resources: ['pods'],
          operations: ['UPDATE'],
          fields: ['metadata.annotations["vpaInPlaceUpdated"]'],
          where: 'every-namespace',
          reason: 'marks Pods that it resized',
        },
      ],
    },
  ],
}
