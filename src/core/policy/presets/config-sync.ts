import { created } from '../../exceptions/table/fields.ts'
import { finalizersOf, statusOf } from './bookkeeping.ts'
import type { Preset } from './preset.ts'

const rootSyncs = ['rootsyncs.configsync.gke.io']
const repoSyncs = ['reposyncs.configsync.gke.io']
const inventories = ['resourcegroups.kpt.dev']

export const configSync: Preset = {
  name: 'config-sync',
  install: 'Config Sync with the RootSync `root-sync`; other reconcilers are named by `accounts`',
  namespace: 'config-management-system',
  accounts: [
    {
      account: 'root-reconciler',
      writer: { suffix: '', evidence: ['annotation'] },
      allow: [
        statusOf(rootSyncs, 'install'),
        finalizersOf(rootSyncs, ['configsync.gke.io/reconciler'], 'install'),
        statusOf(inventories, 'install'),
        {
          resources: inventories,
          operations: ['CREATE', 'UPDATE', 'DELETE'],
          fields: created('metadata.annotations', 'metadata.labels', 'spec'),
          where: 'install',
          reason: 'keeps the list of what it has applied',
        },
      ],
    },
    {
      account: 'reconciler-manager',
      allow: [
        statusOf([...rootSyncs, ...repoSyncs]),
        finalizersOf([...rootSyncs, ...repoSyncs], ['configsync.gke.io/reconciler-manager']),
      ],
      derived: [
        {
          suffix: 'reconcilers',
          parent: {
            by: 'labels',
            group: 'configsync.gke.io',
            kind: '*',
            labels: {
              name: 'configsync.gke.io/sync-name',
              namespace: 'configsync.gke.io/sync-namespace',
              kind: 'configsync.gke.io/sync-kind',
            },
          },
          allow: [
            {
              resources: [
                'deployments.apps',
                'serviceaccounts',
                'secrets',
                'rolebindings.rbac.authorization.k8s.io',
                'clusterrolebindings.rbac.authorization.k8s.io',
              ],
              operations: ['CREATE', 'UPDATE', 'DELETE'],
              fields: ['*'],
            },
          ],
          reason: 'runs a reconciler for each RootSync and RepoSync',
        },
      ],
    },
    {
      account: 'resource-group-sa',
      namespace: 'resource-group-system',
      allow: [statusOf(inventories)],
    },
  ],
}
