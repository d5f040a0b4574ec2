import { stringAt } from '../manifest/json.ts'
import { kindScope } from '../manifest/kind-scope.ts'
import type { ObjectId } from '../manifest/object-id.ts'
import type { AdmissionRequest } from './request.ts'

/**
 * What declarations are looked up by: the object of a request or, for a subresource, its parent.
 * Undefined for subresources of kinds that only the cluster knows.
 */
export function targetOf(request: AdmissionRequest): ObjectId | undefined {
  const { group } = request.resource
  const kind = request.subresource === '' ? request.kind.kind : kindOfResource(request.resource)
  if (kind === undefined) return undefined
  // A review of a Namespace names the Namespace itself as its namespace.
  const isClusterScoped = kindScope(group, kind) === 'cluster'
  const namespace = isClusterScoped ? '' : request.namespace
  return { group, kind, namespace, name: request.name }
}

/** What the name was made from, as it was created; empty for a subresource. */
export function generateNameOf({
  operation,
  subresource,
  object,
  oldObject,
}: Pick<AdmissionRequest, 'operation' | 'subresource' | 'object' | 'oldObject'>): string {
  if (subresource !== '') return ''
  const named = operation === 'CREATE' ? object : oldObject
  return stringAt(named ?? undefined, 'metadata', 'generateName') ?? ''
}

/** `deployments.apps pay/api`, as messages write it. */
export function targetName(resource: string, namespace: string, name: string): string {
  const shown = name === '' ? '(no name)' : name
  const isNamespace = resource === 'namespaces' || resource.startsWith('namespaces/')
  return `${resource} ${namespace === '' || isNamespace ? shown : `${namespace}/${shown}`}`
}

/** Kinds with subresources that people and writers use; their plurals are regular. */
const parents: Readonly<Record<string, readonly string[]>> = {
  '': [
    'Namespace',
    'Node',
    'PersistentVolume',
    'PersistentVolumeClaim',
    'Pod',
    'ReplicationController',
    'ResourceQuota',
    'Service',
    'ServiceAccount',
  ],
  apps: ['DaemonSet', 'Deployment', 'ReplicaSet', 'StatefulSet'],
  autoscaling: ['HorizontalPodAutoscaler'],
  batch: ['CronJob', 'Job'],
  'apiextensions.k8s.io': ['CustomResourceDefinition'],
  'certificates.k8s.io': ['CertificateSigningRequest'],
  policy: ['PodDisruptionBudget'],
}

function kindOfResource({ group, resource }: AdmissionRequest['resource']): string | undefined {
  const kinds = Object.hasOwn(parents, group) ? parents[group] : undefined
  return kinds?.find((kind) => `${kind.toLowerCase()}s` === resource)
}
