import { created } from '../../exceptions/table/fields.ts'
import { finalizersOf, statusOf } from './bookkeeping.ts'
import type { Preset, PresetRow } from './preset.ts'

const applications = ['applications.argoproj.io']
const applicationSets = ['applicationsets.argoproj.io']

const generated = [
  'metadata.annotations',
  'metadata.finalizers',
  'metadata.labels',
  'metadata.ownerReferences',
  'operation',
  'spec',
]
const emptyStatus = ['status.health', 'status.sourceHydrator', 'status.summary', 'status.sync']

const statusOfApplications: PresetRow = {
  resources: applications,
  operations: ['UPDATE'],
  fields: ['status'],
  where: 'every-namespace',
  reason: 'reports on what it does: Applications have no status subresource',
}

/** The namespaced or cluster-wide install of Argo CD 3. argocd-server acts for people: no row. */
export const argoCd: Preset = {
  name: 'argo-cd',
  install: 'Argo CD 3, as its `install.yaml` makes it, writing to its own cluster',
  namespace: 'argocd',
  accounts: [
    {
      account: 'argocd-application-controller',
      writer: { suffix: '', evidence: ['argo-cd'] },
      allow: [
        statusOfApplications,
        {
          resources: applications,
          operations: ['UPDATE'],
          fields: [
            'metadata.annotations["argocd.argoproj.io/refresh"]',
            'metadata.annotations["argocd.argoproj.io/hydrate"]',
          ],
          where: 'every-namespace',
          reason: 'takes away a request that it has followed',
        },
        {
          resources: applications,
          operations: ['UPDATE'],
          fields: ['operation'],
          where: 'every-namespace',
          only: {
            kind: 'engine',
            name: 'argo-cd-operation',
            says: 'the operation ends, or is an automated sync of what the spec says',
          },
          reason: 'starts automated syncs',
        },
        {
          resources: applications,
          operations: ['UPDATE'],
          fields: ['spec'],
          where: 'every-namespace',
          only: {
            kind: 'engine',
            name: 'argo-cd-spec',
            says: 'the spec says what it said before, in the words of Argo CD',
          },
          reason: 'writes the spec without what is empty, and with the default project',
        },
        {
          resources: applications,
          operations: ['UPDATE'],
          fields: ['metadata.finalizers'],
          where: 'every-namespace',
          only: {
            kind: 'engine',
            name: 'argo-cd-finalizers',
            says: 'none but those of Argo CD come or go, and the one that deletes its objects goes only while the Application is being deleted',
          },
          reason: 'holds a deletion back for hooks, and ends it',
        },
        {
          resources: ['appprojects.argoproj.io'],
          operations: ['UPDATE'],
          fields: ['metadata.finalizers'],
          where: 'install',
          only: {
            kind: 'engine',
            name: 'argo-cd-projects',
            says: 'the project is being deleted and loses none but the one of Argo CD',
          },
          reason: 'ends the deletion of a project that nothing uses',
        },
      ],
    },
    {
      account: 'argocd-applicationset-controller',
      allow: [
        statusOf(applicationSets),
        finalizersOf(applicationSets, ['resources-finalizer.argocd.argoproj.io']),
        {
          resources: applicationSets,
          operations: ['UPDATE'],
          fields: ['spec'],
          where: 'every-namespace',
          only: {
            kind: 'engine',
            name: 'argo-cd-sets-spec',
            says: 'the spec says what it said before, in the words of Argo CD',
          },
          reason: 'writes out what is empty together with the finalizer',
        },
        {
          resources: applicationSets,
          operations: ['UPDATE'],
          fields: ['metadata.annotations["argocd.argoproj.io/application-set-refresh"]'],
          where: 'every-namespace',
          reason: 'takes a request to refresh away once it has followed it',
        },
      ],
      derived: [
        {
          suffix: 'applications',
          parent: { by: 'ownerReference', group: 'argoproj.io', kind: 'ApplicationSet' },
          allow: [
            {
              resources: applications,
              operations: ['CREATE'],
              // Its client writes out what is empty of the status, and never an operationState.
              fields: created(...generated, ...emptyStatus),
            },
            { resources: applications, operations: ['UPDATE', 'DELETE'], fields: generated },
          ],
          reason: 'makes the Applications that the generators of an ApplicationSet describe',
        },
      ],
    },
    {
      account: 'argocd-notifications-controller',
      allow: [
        {
          resources: applications,
          operations: ['UPDATE'],
          fields: ['metadata.annotations["notified.notifications.argoproj.io"]'],
          where: 'every-namespace',
          reason: 'remembers what it has told',
        },
      ],
    },
  ],
}
