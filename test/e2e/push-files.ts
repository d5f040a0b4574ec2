import { block } from './engines-page.ts'
import { manifest } from './config-maps.ts'

// The repository whose layout docs/engines.md assumes.

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ .Release.Name }}, labels: {app: shop}}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec: {containers: [{name: shop, image: {{ .Values.image }}}]}
`

/** Runs before each upgrade; Helm deletes it and makes it anew. */
const hook = `apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-migration
  annotations: {helm.sh/hook: 'pre-install,pre-upgrade'}
data: {image: {{ .Values.image }}}
`

const settings = `apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}-settings}
data: {image: {{ .Values.image }}}
`

const hubTemplate = `apiVersion: v1
kind: ConfigMap
${block('A hub', 'gotemplate')}data: {greeting: {{ .Values.greeting }}}
`

export const pushFiles = {
  'clusters/prod/00-shop.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n',
  'clusters/prod/kept.yaml': manifest('kept', '1', 'shop'),
  'clusters/prod/passing.yaml': manifest('passing', '1', 'shop'),
  'charts/shop/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 0.1.0\n',
  'charts/shop/values.yaml': 'replicas: 1\nimage: none\n',
  'charts/shop/templates/deployment.yaml': deployment,
  'charts/shop/templates/settings.yaml': settings,
  'charts/shop/templates/passing.yaml': settings.replace('settings', 'passing'),
  'charts/shop/templates/migration.yaml': hook,
  'env/prod.yaml': valuesOf('v1'),
  'ci/helm-plugins/stamp/plugin.yaml': block('Without a token of the job', 'yaml', 'postrenderer'),
  'charts/api/Chart.yaml': 'apiVersion: v2\nname: api\nversion: 0.1.0\n',
  'charts/api/values.yaml': 'greeting: hello\n',
  'charts/api/templates/greeting.yaml': hubTemplate,
}

export function valuesOf(tag: string): string {
  return `replicas: 2\nimage: registry.example/shop:${tag}\n`
}
