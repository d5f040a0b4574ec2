import { created } from '../../exceptions/table/fields.ts'
import { finalizersOf, statusOf } from './bookkeeping.ts'
import type { Preset, PresetRow } from './preset.ts'

const revisions = ['graphrevisions.internal.kro.run']
/** Definitions, and the kinds that they define: in this group unless they say otherwise. */
const instances = ['*.kro.run']
const finalizers = ['kro.run/finalizer']
const definition = { group: 'kro.run', kind: 'ResourceGraphDefinition' } as const

const marks: PresetRow = {
  resources: instances,
  operations: ['UPDATE'],
  fields: [
    'metadata.labels["kro.run/owned"]',
    'metadata.labels["kro.run/kro-version"]',
    'metadata.labels["kro.run/resource-graph-definition-id"]',
    'metadata.labels["kro.run/resource-graph-definition-name"]',
    'metadata.labels["kro.run/resource-graph-definition-namespace"]',
    'metadata.labels["kro.run/resource-graph-definition-version"]',
    'metadata.labels["applyset.kubernetes.io/id"]',
    'metadata.annotations["applyset.kubernetes.io/tooling"]',
    'metadata.annotations["applyset.kubernetes.io/contains-group-kinds"]',
    'metadata.annotations["applyset.kubernetes.io/additional-namespaces"]',
  ],
  where: 'anywhere',
  reason: 'marks what it manages, and which kinds belong to it',
}

export const kro: Preset = {
  name: 'kro',
  install: 'kro 0.9, as its chart with the release `kro` makes it',
  namespace: 'kro-system',
  accounts: [
    {
      account: 'kro',
      allow: [
        statusOf(instances, 'anywhere'),
        finalizersOf(instances, finalizers, 'anywhere'),
        marks,
        statusOf(revisions, 'cluster'),
        finalizersOf(revisions, finalizers, 'cluster'),
      ],
      derived: [
        {
          suffix: 'revisions',
          parent: { by: 'ownerReference', ...definition },
          allow: [
            {
              resources: revisions,
              operations: ['CREATE', 'DELETE'],
              fields: created(
                'metadata.finalizers',
                'metadata.labels',
                'metadata.ownerReferences',
                'spec',
              ),
            },
          ],
          reason: 'keeps what a ResourceGraphDefinition said',
        },
        {
          suffix: 'definitions',
          parent: {
            by: 'labels',
            ...definition,
            labels: {
              name: 'kro.run/resource-graph-definition-name',
              uid: 'kro.run/resource-graph-definition-id',
            },
          },
          allow: [
            {
              resources: ['customresourcedefinitions.apiextensions.k8s.io'],
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
          reason: 'defines the kind that a ResourceGraphDefinition describes',
        },
        {
          suffix: 'objects',
          parent: {
            by: 'labels',
            group: '*',
            kind: '*',
            labels: {
              name: 'kro.run/instance-name',
              namespace: 'kro.run/instance-namespace',
              uid: 'kro.run/instance-id',
              group: 'kro.run/instance-group',
              kind: 'kro.run/instance-kind',
            },
          },
          allow: [{ resources: ['*'], operations: ['CREATE', 'UPDATE', 'DELETE'], fields: ['*'] }],
          reason: 'makes the objects of an instance; what they are is up to its definition',
        },
      ],
    },
  ],
}
