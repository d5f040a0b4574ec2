import { configMap, documents, kustomization, namespace } from './flux-manifests.ts'
import { isGone, says, shows, type Step } from './flux-step.ts'
import type { FluxCluster } from './flux-cluster.ts'

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
      - {name: app, image: registry.example.com/app:1, envFrom: [{configMapRef: {name: settings}}]}
`

const generator = (level: string) => `
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [app.yaml]
configMapGenerator:
- {name: settings, literals: [level=${level}]}
`

const overlay = (tag: string) => `
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: built
namePrefix: prod-
resources: [../base]
components: [../component]
labels: [{pairs: {tier: front}, includeSelectors: false}]
images: [{name: registry.example.com/app, newTag: "${tag}"}]
replicas: [{name: app, count: 3}]
patches:
- path: memory.yaml
- target: {kind: Deployment}
  patch: |-
    - {op: add, path: /metadata/annotations, value: {patched: "yes"}}
`

const memory = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: app}
spec:
  template:
    spec:
      containers:
      - {name: app, resources: {limits: {memory: 64Mi}}}
`

const component = `
apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
resources: [extra.yaml]
`

const built = (edits: string) =>
  documents(namespace('built'), kustomization('built', { path: './built/prod', timeout: '1m' })) +
  edits

async function settingsNames(flux: FluxCluster): Promise<readonly string[]> {
  const all = await flux.list({ kind: 'ConfigMap', namespace: 'built' })
  return all
    .map(({ metadata }) => (metadata as { readonly name: string }).name)
    .filter((name) => name.startsWith('prod-settings-'))
}

let generated: readonly string[] = []

const deployment = { kind: 'Deployment', namespace: 'built', name: 'prod-app' }

/** What kustomize makes of the files. */
export const buildSteps: readonly Step[] = [
  {
    title: 'an overlay with patches, images, replicas, a component and a prefix',
    files: {
      'clusters/prod/built.yaml': built(''),
      'built/base/kustomization.yaml': generator('one'),
      'built/base/app.yaml': app,
      'built/component/kustomization.yaml': component,
      'built/component/extra.yaml': documents(configMap('extra', { a: '1' })),
      'built/prod/kustomization.yaml': overlay('2'),
      'built/prod/memory.yaml': memory,
    },
    async holds(flux) {
      generated = await settingsNames(flux)
      await says(flux, 'prod-extra', { a: '1' }, 'built')
      await shows(flux, deployment, {
        metadata: { annotations: { patched: 'yes' }, labels: { tier: 'front' } },
        spec: { replicas: 3 },
      })
    },
  },
  {
    title: 'a generated ConfigMap under another hash, and another image',
    files: {
      'built/base/kustomization.yaml': generator('two'),
      'built/prod/kustomization.yaml': overlay('3'),
    },
    async holds(flux) {
      const [before] = generated
      await flux.until('the old one is pruned', async () => {
        const now = await settingsNames(flux)
        return now.length === 1 && now[0] !== before
      })
    },
  },
  {
    title: 'the end of an overlay: its Kustomization takes along what it made',
    files: { 'clusters/prod/built.yaml': null },
    holds: (flux) => isGone(flux, { kind: 'Namespace', name: 'built' }),
  },
]
