import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { BringUp } from './bring-up.ts'
import { programOf } from './engine-programs.ts'
import { waitUntilServed, type EngineApis } from './engine-apis.ts'
import { applyManifests, type KubectlOptions } from './setup.ts'
import type { KubernetesObject } from './api-client.ts'

// Argo CD from its own install.yaml, without its workloads.

export const argoCdNamespace = 'argocd'
const groupVersion = '/apis/argoproj.io/v1alpha1'

export const argoCdApis: EngineApis = {
  [groupVersion]: ['applications', 'applicationsets', 'appprojects'],
}

const installed = [
  'CustomResourceDefinition',
  'ServiceAccount',
  'Role',
  'RoleBinding',
  'ClusterRole',
  'ClusterRoleBinding',
  'ConfigMap',
  'Secret',
]

// Argo CD's API server makes these two at its first start.

const defaultProject: KubernetesObject = {
  apiVersion: 'argoproj.io/v1alpha1',
  kind: 'AppProject',
  metadata: { name: 'default' },
  spec: {
    sourceRepos: ['*'],
    destinations: [{ namespace: '*', server: '*' }],
    clusterResourceWhitelist: [{ group: '*', kind: '*' }],
  },
}

function secret(): KubernetesObject {
  const key = randomBytes(32).toString('base64')
  return { metadata: { name: 'argocd-secret' }, stringData: { 'server.secretkey': key } }
}

/** Definitions, accounts, roles and settings. */
export async function installArgoCd(cluster: BringUp, kubectl: KubectlOptions): Promise<void> {
  const { api, plan, layout } = cluster
  const manifests = readFileSync(programOf(plan.engines, 'argocd').manifests, 'utf8')
  const file = path.join(layout.engines, 'argo-cd.yaml')
  writeFileSync(file, documentsOf(manifests, installed), { mode: 0o600 })
  await api.ensure('/api/v1/namespaces', { metadata: { name: argoCdNamespace } })
  await api.ensure(`/api/v1/namespaces/${argoCdNamespace}/secrets`, secret())
  await applyManifests(
    {
      title: 'the manifests of Argo CD',
      sources: [file],
      fieldManager: 'argo-cd',
      namespace: argoCdNamespace,
    },
    kubectl,
  )
  await waitUntilServed(api, argoCdApis)
  await api.ensure(`${groupVersion}/namespaces/${argoCdNamespace}/appprojects`, defaultProject)
}

/** By text: to read its definitions as YAML takes seconds. */
function documentsOf(manifests: string, kinds: readonly string[]): string {
  return manifests
    .split(/^---$/m)
    .filter((document) => kinds.includes(/^kind: (\w+)$/m.exec(document)?.[1] ?? ''))
    .join('---')
}
