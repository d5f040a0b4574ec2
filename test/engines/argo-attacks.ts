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

const configurations = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations'

/** What somebody does who takes the webhook away, and puts it back. */
export async function withoutWebhook(
  argo: ArgoCluster,
  action: () => Promise<void>,
): Promise<void> {
  const admin = argo.as('admin')
  const { json } = await admin({ method: 'GET', path: `${configurations}/solewriter` })
  const { status, text } = await admin({ method: 'DELETE', path: `${configurations}/solewriter` })
  assert.equal(status, 200, text)
  await argo.until('nobody is asked any more', async () => !(await isAsked(argo)))
  await action()
  const body = { ...json, metadata: { name: 'solewriter' } }
  const made = await admin({ method: 'POST', path: configurations, body })
  assert.ok(made.status === 201 || made.status === 409, made.text)
  await argo.until('the webhook is asked again', () => isAsked(argo))
}

/** By a write of a person that would change nothing. */
async function isAsked(argo: ArgoCluster): Promise<boolean> {
  const path = '/api/v1/namespaces/default/configmaps?dryRun=All'
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'probe' } }
  return (await argo.as('bob')({ method: 'POST', path, body })).status !== 201
}
