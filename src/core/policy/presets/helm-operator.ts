import { created } from '../../exceptions/table/fields.ts'
import { statusOf } from './bookkeeping.ts'
import type { Preset } from './preset.ts'

const helmRelease = { group: 'helm.fluxcd.io', kind: 'HelmRelease' } as const

export const helmOperator: Preset = {
  name: 'helm-operator',
  install: "Helm Operator 1 of Flux 1 (`helm.fluxcd.io`), with Helm 3 and the chart's defaults",
  namespace: 'flux',
  accounts: [
    {
      account: 'helm-operator',
      allow: [statusOf(['helmreleases.helm.fluxcd.io'])],
      derived: [
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
        {
          suffix: 'objects',
          parent: { by: 'helmRelease', ...helmRelease },
          allow: [{ resources: ['*'], operations: ['CREATE', 'UPDATE', 'DELETE'], fields: ['*'] }],
          reason: 'installs what the chart of a HelmRelease renders; hooks carry no mark of it',
        },
      ],
    },
  ],
}
