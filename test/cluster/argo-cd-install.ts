import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
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

/** What Argo CD's API server makes at its first start. */
function firstObjects() {
  const project = {
    apiVersion: 'argoproj.io/v1alpha1',
    kind: 'AppProject',
    metadata: { name: 'default' },
    spec: {
      sourceRepos: ['*'],
      destinations: [{ namespace: '*', server: '*' }],
      clusterResourceWhitelist: [{ group: '*', kind: '*' }],
    },
  }
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'argocd-secret' },
    stringData: { 'server.secretkey': randomBytes(32).toString('base64') },
  }
  return { apiVersion: 'v1', kind: 'List', items: [project, secret] }
}

/** Definitions, accounts, roles and settings. */
export async function installArgoCd(cluster: BringUp, kubectl: KubectlOptions): Promise<void> {
  const { api, plan, layout } = cluster
  const manifests = readFileSync(programOf(plan.engines, 'argocd').manifests, 'utf8')
  const file = path.join(layout.engines, 'argo-cd.yaml')
  writeFileSync(file, documentsOf(manifests, installed), { mode: 0o600 })
  await api.ensure('/api/v1/namespaces', { metadata: { name: argoCdNamespace } })
  const apply = (source: string, fieldManager: string) =>
    applyManifests(
      {
        title: 'the manifests of Argo CD',
        sources: [source],
        fieldManager,
        namespace: argoCdNamespace,
      },
      kubectl,
    )
  await apply(file, 'argo-cd')
  await waitForDefinitions(kubectl)
  const first = path.join(layout.engines, 'argo-cd-first.json')
  writeFileSync(first, JSON.stringify(firstObjects()), { mode: 0o600 })
  await apply(first, 'argocd-server')
}

/** By text: to read its definitions as YAML takes seconds. */
function documentsOf(manifests: string, kinds: readonly string[]): string {
  return manifests
    .split(/^---$/m)
    .filter((document) => kinds.includes(/^kind: (\w+)$/m.exec(document)?.[1] ?? ''))
    .join('---')
}
