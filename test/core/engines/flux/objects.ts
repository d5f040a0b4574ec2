import { referenceKey, type Found } from '../../../../src/core/engines/engine.ts'
import {
  isJsonObject,
  stringAt,
  type Json,
  type JsonObject,
} from '../../../../src/core/manifest/json.ts'

export const commitA = 'a'.repeat(40)
export const commitB = 'b'.repeat(40)
export const url = 'https://git.example.com/acme/fleet.git'

/** What an object is made of; `metadata`, `spec` and `status` are laid over the usual ones. */
export interface Parts {
  readonly metadata?: JsonObject
  readonly spec?: JsonObject
  readonly status?: JsonObject
}

function objectOf(
  type: { apiVersion: string; kind: string },
  usual: Parts,
  own: Parts,
): JsonObject {
  return {
    ...type,
    metadata: { ...usual.metadata, ...own.metadata },
    spec: without({ ...usual.spec, ...own.spec }),
    status: without({ ...usual.status, ...own.status }),
  }
}

/** Null takes away what is usual. */
function without(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null))
}

export function kustomization(own: Parts = {}): JsonObject {
  return objectOf(
    { apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization' },
    {
      metadata: { name: 'apps', namespace: 'flux-system', finalizers: ['finalizers.fluxcd.io'] },
      spec: {
        interval: '10m',
        path: './apps/prod',
        prune: true,
        sourceRef: { kind: 'GitRepository', name: 'fleet' },
      },
      status: { lastAttemptedRevision: `main@sha1:${commitA}`, observedGeneration: 1 },
    },
    own,
  )
}

export function gitRepository(own: Parts = {}): JsonObject {
  return objectOf(
    { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'GitRepository' },
    {
      metadata: { name: 'fleet', namespace: 'flux-system' },
      spec: { interval: '1m', url, ref: { branch: 'main' } },
      status: { artifact: { revision: `main@sha1:${commitB}` } },
    },
    own,
  )
}

export const ociRevision = `latest@sha256:${'c'.repeat(64)}`

export function ociRepository(own: Parts = {}, metadata: JsonObject = {}): JsonObject {
  const made = {
    'org.opencontainers.image.revision': `main@sha1:${commitA}`,
    'org.opencontainers.image.source': url,
    ...metadata,
  }
  return objectOf(
    { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'OCIRepository' },
    {
      metadata: { name: 'fleet', namespace: 'flux-system' },
      spec: { interval: '1m', url: 'oci://registry.example.com/fleet', ref: { tag: 'latest' } },
      status: { artifact: { revision: ociRevision, metadata: without(made) } },
    },
    own,
  )
}

export function helmRelease(own: Parts = {}): JsonObject {
  return objectOf(
    { apiVersion: 'helm.toolkit.fluxcd.io/v2', kind: 'HelmRelease' },
    {
      metadata: { name: 'shop', namespace: 'web', finalizers: ['finalizers.fluxcd.io'] },
      spec: {
        interval: '10m',
        chart: {
          spec: {
            chart: './charts/shop',
            reconcileStrategy: 'Revision',
            sourceRef: { kind: 'GitRepository', name: 'fleet', namespace: 'flux-system' },
          },
        },
      },
      status: { lastAttemptedRevision: `1.2.3+${commitA.slice(0, 12)}` },
    },
    own,
  )
}

export function helmChart(own: Parts = {}): JsonObject {
  return objectOf(
    { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'HelmChart' },
    {
      metadata: { name: 'web-shop', namespace: 'flux-system', generation: 4 },
      spec: {
        interval: '10m',
        chart: './charts/shop',
        reconcileStrategy: 'Revision',
        sourceRef: { kind: 'GitRepository', name: 'fleet' },
      },
      status: {
        observedSourceArtifactRevision: `main@sha1:${commitA}`,
        artifact: { revision: `1.2.3+${commitA.slice(0, 12)}` },
      },
    },
    own,
  )
}

export function configMap(name: string, data: JsonObject, namespace = 'flux-system'): JsonObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data }
}

export function secret(
  name: string,
  data: Readonly<Record<string, string>>,
  namespace = 'flux-system',
): JsonObject {
  const encoded = Object.entries(data).map(([key, value]) => [key, btoa(value)] as const)
  const metadata = { name, namespace }
  return { apiVersion: 'v1', kind: 'Secret', metadata, data: Object.fromEntries(encoded) }
}

/** As whoever asks has read them. */
export function found(...objects: readonly JsonObject[]): Found {
  return new Map(objects.map((object) => [keyOf(object), object]))
}

function keyOf(object: JsonObject): string {
  const [group = ''] = (stringAt(object, 'apiVersion') ?? '').split('/').slice(0, -1)
  const kind = stringAt(object, 'kind') ?? ''
  const { namespace = '', name = '' } = isJsonObject(object['metadata']) ? object['metadata'] : {}
  return referenceKey({ group, kind, namespace: textOf(namespace), name: textOf(name) })
}

function textOf(value: Json): string {
  return typeof value === 'string' ? value : ''
}
