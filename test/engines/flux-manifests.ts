import type { JsonObject } from '../../src/core/manifest/json.ts'

// Manifests as the commits of the tests have them.

/** One file of several documents. */
export function documents(...objects: readonly (JsonObject | string)[]): string {
  return objects
    .map((one) => (typeof one === 'string' ? one.trim() : JSON.stringify(one, null, 2)))
    .join('\n---\n')
}

export function configMap(
  name: string,
  data: Readonly<Record<string, string>>,
  namespace = 'shop',
): JsonObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data }
}

export function namespace(name: string): JsonObject {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } }
}

/** Of Flux; reads the repository `fleet` unless `spec` says otherwise. */
export function kustomization(name: string, spec: JsonObject, place = 'flux-system'): JsonObject {
  const sourceRef = { kind: 'GitRepository', name: 'fleet', namespace: 'flux-system' }
  return {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name, namespace: place },
    spec: { interval: '10s', retryInterval: '2s', prune: true, sourceRef, ...spec },
  }
}
