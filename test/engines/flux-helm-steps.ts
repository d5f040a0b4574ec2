import type { JsonObject } from '../../src/core/manifest/json.ts'
import type { FluxCluster } from './flux-cluster.ts'
import { documents, namespace } from './flux-manifests.ts'
import { isGone, type Step } from './flux-step.ts'

const template = `
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
  labels: {chart: "{{ .Chart.Name }}-{{ .Chart.Version | replace "+" "_" }}"}
data:
  colour: {{ .Values.colour | quote }}
`

const more = `
apiVersion: v1
kind: Service
metadata: {name: {{ .Release.Name }}}
spec: {selector: {app: {{ .Release.Name }}}, ports: [{port: {{ .Values.port }}}]}
`

const chart = (version: string) => `apiVersion: v2\nname: api\nversion: ${version}\n`

const release = (values: JsonObject, reconcileStrategy = 'Revision') =>
  documents(namespace('helmed'), {
    apiVersion: 'helm.toolkit.fluxcd.io/v2',
    kind: 'HelmRelease',
    metadata: { name: 'api', namespace: 'flux-system' },
    spec: {
      interval: '10s',
      targetNamespace: 'helmed',
      releaseName: 'api',
      chart: {
        spec: {
          chart: './charts/api',
          interval: '5s',
          reconcileStrategy,
          sourceRef: { kind: 'GitRepository', name: 'fleet' },
        },
      },
      values,
    },
  })

function isSaid(flux: FluxCluster, colour: string): Promise<void> {
  return flux.until(`the release says ${colour}`, async () => {
    const live = await flux.read({ kind: 'ConfigMap', namespace: 'helmed', name: 'api' })
    return (live?.['data'] as { colour?: string } | undefined)?.colour === colour
  })
}

const service = { kind: 'Service', namespace: 'helmed', name: 'api' }

/** A chart in the repository. */
export const helmSteps: readonly Step[] = [
  {
    title: 'a release',
    files: {
      'charts/api/Chart.yaml': chart('0.1.0'),
      'charts/api/values.yaml': 'colour: red\nport: 80\n',
      'charts/api/templates/settings.yaml': template,
      'charts/api/templates/service.yaml': more,
      'clusters/prod/release.yaml': release({}),
    },
    holds: (flux) => isSaid(flux, 'red'),
  },
  {
    title: 'other values of a release',
    files: { 'clusters/prod/release.yaml': release({ colour: 'blue' }) },
    holds: (flux) => isSaid(flux, 'blue'),
  },
  {
    title: 'another chart, without one of the objects',
    files: {
      'charts/api/templates/settings.yaml': template.replace('| quote', '| upper | quote'),
      'charts/api/templates/service.yaml': null,
    },
    async holds(flux) {
      await isSaid(flux, 'BLUE')
      await isGone(flux, service)
    },
  },
  {
    title: 'a chart that is packed for each of its versions only',
    files: { 'clusters/prod/release.yaml': release({ colour: 'green' }, 'ChartVersion') },
    holds: (flux) => isSaid(flux, 'GREEN'),
  },
  {
    title: 'another version of that chart, packed for each commit again',
    files: {
      'clusters/prod/release.yaml': release({ colour: 'green' }),
      'charts/api/Chart.yaml': chart('0.2.0'),
      'charts/api/templates/settings.yaml': template,
    },
    holds: (flux) => isSaid(flux, 'green'),
  },
  {
    title: 'the end of a release',
    files: { 'clusters/prod/release.yaml': null },
    holds: (flux) => isGone(flux, { kind: 'Namespace', name: 'helmed' }),
  },
]
