import { mkdirSync } from 'node:fs'
import path from 'node:path'
import type { KubernetesObject } from './api-client.ts'
import { ensureServiceAccount } from './bootstrap.ts'
import type { BringUp } from './bring-up.ts'
import { waitUntilServed, type EngineApis } from './engine-apis.ts'
import { engineComponent, engineKubeconfig } from './engine-process.ts'
import { programOf } from './engine-programs.ts'
import { isOk } from './http.ts'
import { freePort } from './ports.ts'
import { applyManifests, type KubectlOptions } from './setup.ts'
import type { EngineAddresses } from './state.ts'

// Flux as `flux install` leaves it, without its notification and image controllers. It runs without
// leader election: outside a Pod its controllers do not know their namespace.

const namespace = 'flux-system'
const controllers = ['source-controller', 'kustomize-controller', 'helm-controller'] as const
type Controller = (typeof controllers)[number]

const rbac = 'rbac.authorization.k8s.io'
const everyVerb = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete']

function accounts(names: readonly Controller[]) {
  return names.map((name) => ({ kind: 'ServiceAccount', namespace, name }))
}

const ownRole: KubernetesObject = {
  metadata: { name: 'crd-controller-flux-system' },
  rules: [
    {
      apiGroups: ['source', 'kustomize', 'helm', 'notification', 'image'].map(
        (group) => `${group}.toolkit.fluxcd.io`,
      ),
      resources: ['*'],
      verbs: ['*'],
    },
    {
      apiGroups: [''],
      resources: ['namespaces', 'secrets', 'configmaps', 'serviceaccounts'],
      verbs: ['get', 'list', 'watch'],
    },
    { apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] },
    { apiGroups: [''], resources: ['configmaps'], verbs: everyVerb },
    { apiGroups: [''], resources: ['configmaps/status'], verbs: ['get', 'update', 'patch'] },
    { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: everyVerb },
    { apiGroups: [''], resources: ['serviceaccounts/token'], verbs: ['create'] },
    { nonResourceURLs: ['/livez/ping'], verbs: ['head'] },
  ],
}

const bindings: readonly KubernetesObject[] = [
  {
    metadata: { name: 'crd-controller-flux-system' },
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'crd-controller-flux-system' },
    subjects: accounts(controllers),
  },
  {
    metadata: { name: 'cluster-reconciler-flux-system' },
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: accounts(['kustomize-controller', 'helm-controller']),
  },
]

export const fluxApis: EngineApis = {
  '/apis/source.toolkit.fluxcd.io/v1': [
    'buckets',
    'externalartifacts',
    'gitrepositories',
    'helmcharts',
    'helmrepositories',
    'ocirepositories',
  ],
  '/apis/kustomize.toolkit.fluxcd.io/v1': ['kustomizations'],
  '/apis/helm.toolkit.fluxcd.io/v2': ['helmreleases'],
}

/** Definitions, accounts and roles. */
export async function installFlux({ api, plan }: BringUp, kubectl: KubectlOptions): Promise<void> {
  for (const name of controllers) await ensureServiceAccount(api, namespace, name)
  await api.ensure(`/apis/${rbac}/v1/clusterroles`, ownRole)
  for (const binding of bindings) await api.ensure(`/apis/${rbac}/v1/clusterrolebindings`, binding)
  await applyManifests(
    {
      title: 'the definitions of Flux',
      sources: controllers.map((name) => programOf(plan.engines, name).manifests),
      fieldManager: 'flux',
    },
    kubectl,
  )
  await waitUntilServed(api, fluxApis)
}

export async function startFlux(cluster: BringUp): Promise<Record<string, EngineAddresses>> {
  const started = await Promise.all(
    controllers.map(async (name) => [name, await startController(cluster, name)] as const),
  )
  return Object.fromEntries(started)
}

async function startController(cluster: BringUp, name: Controller): Promise<EngineAddresses> {
  const { plan, layout, components } = cluster
  const health = `127.0.0.1:${await freePort()}`
  const metrics = `127.0.0.1:${await freePort()}`
  const storage = name === 'source-controller' ? `127.0.0.1:${await freePort()}` : ''
  const component = engineComponent(layout, {
    name,
    program: programOf(plan.engines, name).path,
    args: [
      '--watch-all-namespaces',
      '--events-addr=',
      `--health-addr=${health}`,
      `--metrics-addr=${metrics}`,
      ...(storage === '' ? [] : storageFlags(path.join(layout.engines, 'artifacts'), storage)),
    ],
    env: {
      KUBECONFIG: await engineKubeconfig(cluster, namespace, name),
      RUNTIME_NAMESPACE: namespace,
    },
    isReady: async () =>
      (await isOk(`http://${health}/readyz`)) &&
      (storage === '' || (await isOk(`http://${storage}/`))),
  })
  await components.start(component)
  return { health: `http://${health}/readyz`, metrics: `http://${metrics}/metrics` }
}

function storageFlags(directory: string, address: string): string[] {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  return [
    `--storage-path=${directory}`,
    `--storage-addr=${address}`,
    `--storage-adv-addr=${address}`,
  ]
}
