import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { KubernetesObject } from './api-client.ts'
import type { BringUp } from './bring-up.ts'
import { programOf } from './engine-programs.ts'
import { applyManifests, waitForDefinitions, type KubectlOptions } from './setup.ts'

// Argo CD from its own install.yaml, without its workloads.

export const argoCdNamespace = 'argocd'
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

/** Argo CD's API server would make it at its first start. */
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

/** Definitions, accounts, roles and settings. */
export async function installArgoCd(cluster: BringUp, kubectl: KubectlOptions): Promise<void> {
  const { api, plan, layout } = cluster
  const manifests = readFileSync(programOf(plan.engines, 'argocd').manifests, 'utf8')
  const file = path.join(layout.engines, 'argo-cd.yaml')
  writeFileSync(file, documentsOf(manifests, installed), { mode: 0o600 })
  await api.ensure('/api/v1/namespaces', { metadata: { name: argoCdNamespace } })
  const title = 'the manifests of Argo CD'
  await applyManifests(
    { title, sources: [file], fieldManager: 'argo-cd', namespace: argoCdNamespace },
    kubectl,
  )
  await waitForDefinitions(kubectl)
  const projects = `/apis/argoproj.io/v1alpha1/namespaces/${argoCdNamespace}/appprojects`
  await api.ensure(projects, defaultProject)
}

/** By text: to read its definitions as YAML takes seconds. */
function documentsOf(manifests: string, kinds: readonly string[]): string {
  return manifests
    .split(/^---$/m)
    .filter((document) => kinds.includes(/^kind: (\w+)$/m.exec(document)?.[1] ?? ''))
    .join('---')
}
