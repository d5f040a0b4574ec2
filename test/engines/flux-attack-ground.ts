import assert from 'node:assert/strict'
import { isJsonObject, type Json, type JsonObject } from '../../src/core/manifest/json.ts'
import { refusalOf } from '../e2e/refusals.ts'
import type { ApiAnswer, ApiRequest } from '../e2e/requester.ts'
import type { FluxCluster } from './flux-cluster.ts'
import { configMap, documents, kustomization, namespace } from './flux-manifests.ts'
import { pathOf, type ObjectPath } from './flux-paths.ts'

// What is attacked: two Kustomizations with what they apply, and objects that Git knows nothing of.

const web = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "registry.example.com/web:1"}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Secret
metadata: {name: login, namespace: shop}
stringData: {password: secret}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: web, namespace: shop}
rules: [{apiGroups: [""], resources: [configmaps], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: tenant-applier}
subjects: [{kind: ServiceAccount, namespace: tenant, name: applier}]
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
`

/** Nothing of it can be changed in place. */
function once(image: string): string {
  return `
apiVersion: batch/v1
kind: Job
metadata: {name: once, namespace: shop}
spec:
  template:
    spec: {restartPolicy: Never, containers: [{name: main, image: "registry.example.com/job:${image}"}]}
`
}

export const attackedFiles = {
  'clusters/prod/apps.yaml': documents(
    kustomization('apps', { path: './apps' }),
    kustomization('other', { path: './other', force: true }),
  ),
  'apps/shop.yaml': documents(namespace('shop'), configMap('first', { colour: 'red' }), web),
  'other/other.yaml': documents(configMap('theirs', { colour: 'green' }), once('1')),
  'evil/evil.yaml': documents(configMap('evil', {}), once('evil')),
}

export const first: ObjectPath = { kind: 'ConfigMap', namespace: 'shop', name: 'first' }
export const other: ObjectPath = { kind: 'Kustomization', namespace: 'flux-system', name: 'other' }
export const theirJob: ObjectPath = { kind: 'Job', namespace: 'shop', name: 'once' }
export const theirs: ObjectPath = { ...first, name: 'theirs' }
/** The controller manager makes it in each namespace. */
export const undeclared: ObjectPath = { ...first, name: 'kube-root-ca.crt' }
export const deployment: ObjectPath = { kind: 'Deployment', namespace: 'shop', name: 'web' }
export const apps: ObjectPath = { kind: 'Kustomization', namespace: 'flux-system', name: 'apps' }
export const root: ObjectPath = { ...apps, name: 'flux-system' }
export const fleetSource: ObjectPath = {
  kind: 'GitRepository',
  namespace: 'flux-system',
  name: 'fleet',
}

export function marksOf(name: string): JsonObject {
  const group = 'kustomize.toolkit.fluxcd.io'
  return { [`${group}/name`]: name, [`${group}/namespace`]: 'flux-system' }
}

export function merge(object: ObjectPath, body: JsonObject, subresource = ''): ApiRequest {
  const path = pathOf(object) + subresource
  return { method: 'PATCH', path, body, type: 'application/merge-patch+json' }
}

/** As both controllers write. */
export function apply(object: ObjectPath, body: JsonObject, query = ''): ApiRequest {
  const path = `${pathOf(object)}?fieldManager=kustomize-controller&force=true${query}`
  return { method: 'PATCH', path, body, type: 'application/apply-patch+yaml' }
}

export function remove(object: ObjectPath): ApiRequest {
  return { method: 'DELETE', path: pathOf(object) }
}

const attacked = [
  'Namespace',
  'ConfigMap',
  'Secret',
  'Service',
  'ServiceAccount',
  'Deployment',
  'Role',
  'RoleBinding',
  'ClusterRoleBinding',
  'Kustomization',
  'GitRepository',
]

/** All that desired state is made of, apart from what its controllers say about it. */
export async function stateOf(flux: FluxCluster): Promise<string> {
  const lists = await Promise.all(attacked.map((kind) => flux.list({ kind })))
  return JSON.stringify(lists.flat().map(bare))
}

function bare(object: JsonObject): JsonObject {
  const { metadata = {} } = object
  const said = isJsonObject(metadata) ? metadata : {}
  return {
    ...without(object, ['status']),
    metadata: without(said, ['managedFields', 'resourceVersion', 'generation']),
  }
}

function without(object: JsonObject, keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key)))
}

/** Refused by us, for one of these reasons. */
export function assertDenied(answer: ApiAnswer, reasons: RegExp): void {
  const refusal = refusalOf(answer)
  assert.match(refusal?.reason ?? '', reasons, `${answer.status} ${answer.text.slice(0, 400)}`)
  assert.doesNotMatch(answer.text, /is immutable|immutable field/i)
}

/** What Flux applies of a manifest, by the Kustomization of that name. */
export function asApplied(object: JsonObject, name: string, changes: JsonObject = {}): JsonObject {
  const { metadata = {} } = object
  const labels: Json = marksOf(name)
  return {
    ...object,
    ...changes,
    metadata: { ...(isJsonObject(metadata) ? metadata : {}), labels },
  }
}
