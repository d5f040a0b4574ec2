import type { JsonObject } from '../../src/core/manifest/json.ts'
import { application } from './argo-manifests.ts'
import { isGone, says, shows, type Step } from './argo-step.ts'
import { documents } from './flux-manifests.ts'

const app = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: app}
spec:
  replicas: 1
  selector: {matchLabels: {app: app}}
  template:
    metadata: {labels: {app: app}}
    spec:
      containers:
      - {name: app, image: "registry.example.com/app:1", envFrom: [{configMapRef: {name: settings}}]}
`

const generator = (level: string) => `
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [app.yaml]
configMapGenerator:
- {name: settings, literals: [level=${level}]}
`

const overlay = `
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [../base]
labels: [{pairs: {tier: front}, includeSelectors: false}]
replicas: [{name: app, count: 3}]
`

const built = (kustomize?: JsonObject) =>
  documents(
    application('built', {
      source: { path: 'built/prod', ...(kustomize === undefined ? {} : { kustomize }) },
    }),
  )

const template = `
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
  labels: {chart: "{{ .Chart.Name }}-{{ .Chart.Version }}"}
data:
  colour: {{ .Values.colour | quote }}
  size: {{ .Values.size | quote }}
`

const service = `
apiVersion: v1
kind: Service
metadata: {name: {{ .Release.Name }}}
spec: {selector: {app: {{ .Release.Name }}}, ports: [{port: {{ .Values.port }}}]}
`

const helmed = (helm?: JsonObject) =>
  documents(
    application('helmed', {
      source: { path: 'charts/api', ...(helm === undefined ? {} : { helm }) },
    }),
  )

const deployment = (name: string) => ({ kind: 'Deployment', namespace: 'built', name })

/** What kustomize makes of the files, and what the Application adds. */
export const kustomizeSteps: readonly Step[] = [
  {
    title: 'an overlay with a generated ConfigMap, labels and replicas',
    files: {
      'apps/built.yaml': built(),
      'built/base/kustomization.yaml': generator('one'),
      'built/base/app.yaml': app,
      'built/prod/kustomization.yaml': overlay,
    },
    holds: (argo) =>
      shows(argo, deployment('app'), {
        metadata: { labels: { tier: 'front' } },
        spec: { replicas: 3 },
      }),
  },
  {
    title: 'a generated ConfigMap under another hash',
    files: { 'built/base/kustomization.yaml': generator('two') },
    holds: (argo) =>
      argo.until('the old one is pruned', async () => {
        const all = await argo.list({ kind: 'ConfigMap', namespace: 'built' })
        return (
          JSON.stringify(all)
            .match(/"level":"(?:one|two)"/g)
            ?.join() === '"level":"two"'
        )
      }),
  },
  {
    title: 'images, a prefix, labels, replicas and patches of the Application',
    files: {
      'apps/built.yaml': built({
        namePrefix: 'a-',
        images: ['registry.example.com/app:9'],
        commonLabels: { team: 'blue' },
        commonAnnotations: { 'example.com/cost': '7' },
        replicas: [{ name: 'app', count: 2 }],
        patches: [
          {
            target: { kind: 'Deployment' },
            patch: '- {op: add, path: /spec/minReadySeconds, value: 5}',
          },
        ],
      }),
    },
    async holds(argo) {
      await isGone(argo, deployment('app'))
      await shows(argo, deployment('a-app'), {
        metadata: { labels: { team: 'blue' }, annotations: { 'example.com/cost': '7' } },
        spec: {
          replicas: 2,
          minReadySeconds: 5,
          template: { spec: { containers: [{ image: 'registry.example.com/app:9' }] } },
        },
      })
    },
  },
  {
    title: 'other images',
    files: { 'apps/built.yaml': built({ images: ['registry.example.com/app:10'] }) },
    async holds(argo) {
      await isGone(argo, deployment('a-app'))
      const containers = [{ image: 'registry.example.com/app:10' }]
      await shows(argo, deployment('app'), { spec: { template: { spec: { containers } } } })
    },
  },
]

/** A chart in the repository. */
export const helmSteps: readonly Step[] = [
  {
    title: 'a chart',
    files: {
      'charts/api/Chart.yaml': 'apiVersion: v2\nname: api\nversion: 0.1.0\n',
      'charts/api/values.yaml': 'colour: red\nsize: small\nport: 80\n',
      'charts/api/templates/settings.yaml': template,
      'charts/api/templates/service.yaml': service,
      'apps/helmed.yaml': helmed(),
    },
    holds: (argo) => says(argo, 'helmed/helmed', { colour: 'red', size: 'small' }),
  },
  {
    title: 'values as text and as an object, and a name of the release',
    files: {
      'apps/helmed.yaml': helmed({
        releaseName: 'api',
        values: 'colour: green\nsize: medium\n',
        valuesObject: { colour: 'blue', size: 'large' },
      }),
    },
    async holds(argo) {
      await says(argo, 'helmed/api', { colour: 'blue', size: 'large' })
      await isGone(argo, { kind: 'Service', namespace: 'helmed', name: 'helmed' })
    },
  },
  {
    title: 'files of values and parameters',
    files: {
      'charts/api/prod.yaml': 'colour: black\nsize: huge\n',
      'apps/helmed.yaml': helmed({
        valueFiles: ['prod.yaml', 'missing.yaml'],
        ignoreMissingValueFiles: true,
        parameters: [{ name: 'size', value: '7', forceString: true }],
      }),
    },
    holds: (argo) => says(argo, 'helmed/helmed', { colour: 'black', size: '7' }),
  },
  {
    title: 'another chart, without one of the objects',
    files: {
      'charts/api/templates/settings.yaml': template.replace('| quote', '| upper | quote'),
      'charts/api/templates/service.yaml': null,
    },
    async holds(argo) {
      await says(argo, 'helmed/helmed', { colour: 'BLACK', size: '7' })
      await isGone(argo, { kind: 'Service', namespace: 'helmed', name: 'helmed' })
    },
  },
  {
    title: 'several sources, one of which lends its values',
    files: {
      'apps/helmed.yaml': documents(
        application('helmed', {
          source: [
            { path: 'charts/api', helm: { valueFiles: ['$values/env/prod.yaml'] } },
            { ref: 'values' },
            { path: 'beside' },
          ],
        }),
      ),
      'env/prod.yaml': 'colour: white\n',
      'beside/plain.yaml': documents({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'beside' },
        data: { a: '1' },
      }),
    },
    async holds(argo) {
      await says(argo, 'helmed/helmed', { colour: 'WHITE', size: 'small' })
      await says(argo, 'helmed/beside', { a: '1' })
    },
  },
  {
    title: 'other values that are lent',
    files: { 'env/prod.yaml': 'colour: grey\n' },
    holds: (argo) => says(argo, 'helmed/helmed', { colour: 'GREY', size: 'small' }),
  },
  {
    title: 'the end of two Applications: they take along what they made',
    files: { 'apps/helmed.yaml': null, 'apps/built.yaml': null },
    async holds(argo) {
      await isGone(argo, { kind: 'Application', namespace: 'argocd', name: 'helmed' })
      await isGone(argo, { kind: 'ConfigMap', namespace: 'helmed', name: 'helmed' })
      await isGone(argo, deployment('app'))
    },
  },
]
