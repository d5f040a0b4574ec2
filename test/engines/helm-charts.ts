import type { JsonObject } from '../../src/core/manifest/json.ts'

// Charts and releases as the commits of the tests have them.

/** Its labels tell the version that source-controller gave to the chart. */
const labels =
  'app.kubernetes.io/instance: {{ .Release.Name }}, helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version | replace "+" "_" }}'

const settings = `apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}-settings, labels: {${labels}}}
data:
  colour: {{ .Values.colour | quote }}
  size: {{ .Values.size | quote }}
  place: {{ .Values.place | quote }}
`

const workload = `apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ .Release.Name }}, labels: {${labels}}}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: {{ .Release.Name }}}}
  template:
    metadata: {labels: {app: {{ .Release.Name }}}}
    spec:
      containers:
      - {name: web, image: "registry.example.com/web:{{ .Values.tag }}"}
---
apiVersion: v1
kind: Service
metadata: {name: {{ .Release.Name }}, labels: {${labels}}}
spec: {selector: {app: {{ .Release.Name }}}, ports: [{port: 80}]}
`

const hook = `apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-hook
  annotations: {helm.sh/hook: "pre-install,pre-upgrade", helm.sh/hook-weight: "1"}
data: {version: {{ .Chart.Version | quote }}}
`

const cluster = `apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}-cluster}
data:
  version: {{ .Capabilities.KubeVersion.Version | quote }}
  deployments: {{ .Capabilities.APIVersions.Has "apps/v1/Deployment" | quote }}
  gadgets: {{ .Capabilities.APIVersions.Has "example.com/v1/Gadget" | quote }}
`

const definition = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: gauges.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Gauge, plural: gauges, singular: gauge, listKind: GaugeList}
  versions:
  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}
`

/** A chart that depends on another one of the repository. */
export const webChart = {
  'charts/web/Chart.yaml': `apiVersion: v2
name: web
version: 0.1.0
dependencies: [{name: shared, version: 1.x, repository: "file://../shared"}]
`,
  'charts/web/values.yaml': 'colour: red\nsize: chart\nplace: chart\nreplicas: 2\ntag: v1\n',
  'charts/web/values-prod.yaml': 'size: prod\nplace: prod\n',
  'charts/web/templates/settings.yaml': settings,
  'charts/web/templates/workload.yaml': workload,
  'charts/web/templates/hook.yaml': hook,
  'charts/web/templates/cluster.yaml': cluster,
  'charts/web/crds/gauges.yaml': definition,
  'charts/shared/Chart.yaml': 'apiVersion: v2\nname: shared\nversion: 1.4.0\n',
  'charts/shared/values.yaml': 'greeting: hello\n',
  'charts/shared/templates/greeting.yaml': `apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}-greeting}
data: {greeting: {{ .Values.greeting | quote }}}
`,
}

/** One that is packed only when its version changes. */
export function slowChart(version: string, text: string): Readonly<Record<string, string>> {
  const data = `data: {text: ${text}}\n`
  return {
    'charts/slow/Chart.yaml': `apiVersion: v2\nname: slow\nversion: ${version}\n`,
    'charts/slow/templates/slow.yaml': `${settings.slice(0, settings.indexOf('\ndata:'))}\n${data}`,
  }
}

/** A HelmRelease of a chart of the repository, installed in the namespace shop unless it says otherwise. */
export function release(name: string, chart: JsonObject, spec: JsonObject = {}): JsonObject {
  const sourceRef = { kind: 'GitRepository', name: 'fleet', namespace: 'flux-system' }
  const { targetNamespace = 'shop' } = spec
  const namespace = targetNamespace === 'shop' ? 'flux-system' : targetNamespace
  return {
    apiVersion: 'helm.toolkit.fluxcd.io/v2',
    kind: 'HelmRelease',
    metadata: { name, namespace },
    spec: {
      interval: '3s',
      releaseName: name,
      targetNamespace,
      chart: { spec: { interval: '2s', sourceRef, ...chart } },
      // There is no kubelet: nothing ever becomes ready.
      install: { disableWait: true },
      upgrade: { disableWait: true },
      ...spec,
    },
  }
}

/** A namespace whose releases are installed by an account of its own. */
export const tenant = `apiVersion: v1
kind: Namespace
metadata: {name: tenant}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: applier, namespace: tenant}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: applier, namespace: tenant}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: admin}
subjects: [{kind: ServiceAccount, name: applier, namespace: tenant}]
`
