import assert from 'node:assert/strict'
import type { JsonObject } from '../../src/core/manifest/json.ts'
import type { ApiRequest } from '../e2e/requester.ts'
import { placeOf, type ArgoCluster } from './argo-cluster.ts'
import { pathOf, type ObjectPath } from './flux-paths.ts'

/** The one whose token anybody has who can run a Pod beside Argo CD. */
export const controller = 'argocd-application-controller'

/** It is refused by us, for that reason. */
export async function isRefused(
  argo: ArgoCluster,
  user: string,
  request: ApiRequest,
  reason: RegExp,
): Promise<void> {
  const { status, text } = await argo.as(user)(request)
  assert.equal(status, 403, text)
  assert.match(/\[(\w+)\]/.exec(text)?.[1] ?? text, reason, text)
}

export async function isAllowed(
  argo: ArgoCluster,
  user: string,
  request: ApiRequest,
): Promise<void> {
  const { status, text } = await argo.as(user)(request)
  assert.ok(status === 200 || status === 201, text)
}

export function merge(object: ObjectPath, body: JsonObject): ApiRequest {
  return { method: 'PATCH', path: pathOf(object), type: 'application/merge-patch+json', body }
}

export function remove(object: ObjectPath): ApiRequest {
  return { method: 'DELETE', path: pathOf(object) }
}

export function create(object: JsonObject): ApiRequest {
  const { name: _name, ...collection } = placeOf(object)
  return { method: 'POST', path: pathOf(collection), body: object }
}

export function app(name: string): ObjectPath {
  return { kind: 'Application', namespace: 'argocd', name }
}

/** As Argo CD marks it. */
export function tracked(object: JsonObject, instance: string): JsonObject {
  const { kind, namespace, name } = placeOf(object)
  const annotations = {
    'argocd.argoproj.io/tracking-id': `${instance}:/${kind}:${namespace}/${name}`,
  }
  return { ...object, metadata: { name: name ?? '', namespace: namespace ?? '', annotations } }
}
