import { created } from '../../exceptions/table/fields.ts'
import { finalizersOf, statusOf } from './bookkeeping.ts'
import type { Preset, PresetAccount } from './preset.ts'

const kustomizations = ['kustomizations.kustomize.toolkit.fluxcd.io']
const helmReleases = ['helmreleases.helm.toolkit.fluxcd.io']
const sources = ['buckets', 'gitrepositories', 'helmcharts', 'helmrepositories', 'ocirepositories']
const sourceKinds = sources.map((kind) => `${kind}.source.toolkit.fluxcd.io`)
const notifications = ['alerts', 'providers', 'receivers']
const notificationKinds = notifications.map((kind) => `${kind}.notification.toolkit.fluxcd.io`)
const imageKinds = ['imagepolicies', 'imagerepositories'].map(
  (kind) => `${kind}.image.toolkit.fluxcd.io`,
)
const imageUpdates = ['imageupdateautomations.image.toolkit.fluxcd.io']
const finalizers = ['finalizers.fluxcd.io']
const helmRelease = { group: 'helm.toolkit.fluxcd.io', kind: 'HelmRelease' } as const

const helmController: PresetAccount = {
  account: 'helm-controller',
  writer: { suffix: '-helm', evidence: ['flux'] },
  allow: [statusOf(helmReleases), finalizersOf(helmReleases, finalizers)],
  derived: [
    {
      suffix: 'charts',
      parent: {
        by: 'labels',
        ...helmRelease,
        labels: {
          name: 'helm.toolkit.fluxcd.io/name',
          namespace: 'helm.toolkit.fluxcd.io/namespace',
        },
      },
      allow: [
        {
          resources: ['helmcharts.source.toolkit.fluxcd.io'],
          operations: ['CREATE', 'UPDATE', 'DELETE'],
          fields: created('metadata.annotations', 'metadata.labels', 'spec'),
        },
      ],
      reason: 'makes the HelmChart that `spec.chart` of a HelmRelease describes',
    },
    {
      suffix: 'releases',
      parent: { by: 'helmStorage', ...helmRelease },
      allow: [
        {
          resources: ['secrets'],
          operations: ['CREATE', 'UPDATE', 'DELETE'],
          fields: created('metadata.labels', 'data.release', 'type'),
        },
      ],
      reason: "keeps Helm's record of each revision of a release",
    },
  ],
}

/** `flux install` of Flux 2, with the image controllers where they are chosen. */
export const flux: Preset = {
  name: 'flux',
  install: 'Flux 2, as `flux install` and `flux bootstrap` make it',
  namespace: 'flux-system',
  accounts: [
    {
      account: 'kustomize-controller',
      writer: { suffix: '', evidence: ['flux'] },
      allow: [statusOf(kustomizations), finalizersOf(kustomizations, finalizers)],
    },
    helmController,
    {
      account: 'source-controller',
      allow: [statusOf(sourceKinds), finalizersOf(sourceKinds, finalizers)],
    },
    {
      account: 'notification-controller',
      allow: [
        statusOf(notificationKinds),
        finalizersOf(notificationKinds, finalizers),
        {
          resources: [
            ...sourceKinds,
            ...imageKinds,
            ...imageUpdates,
            ...kustomizations,
            ...helmReleases,
          ],
          operations: ['UPDATE'],
          fields: ['metadata.annotations["reconcile.fluxcd.io/requestedAt"]'],
          where: 'every-namespace',
          reason: 'asks for a reconciliation when a webhook of a Receiver is called',
        },
      ],
    },
    {
      account: 'image-reflector-controller',
      allow: [statusOf(imageKinds), finalizersOf(imageKinds, finalizers)],
    },
    {
      account: 'image-automation-controller',
      allow: [statusOf(imageUpdates), finalizersOf(imageUpdates, finalizers)],
    },
  ],
}
