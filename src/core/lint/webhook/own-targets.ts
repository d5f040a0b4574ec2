import type { JsonObject } from '../../manifest/json.ts'
import type { Target } from './acting.ts'

type Row = readonly [group: string, version: string, resource: string, subresource?: string]

const inNamespace: readonly Row[] = [
  ['', 'v1', 'configmaps'],
  ['', 'v1', 'secrets'],
  ['', 'v1', 'services'],
  ['', 'v1', 'serviceaccounts'],
  ['', 'v1', 'pods'],
  ['apps', 'v1', 'deployments'],
  ['apps', 'v1', 'statefulsets'],
  ['coordination.k8s.io', 'v1', 'leases'],
  ['discovery.k8s.io', 'v1', 'endpointslices'],
]

const ofCluster: readonly Row[] = [
  ['solewriter.dev', 'v1alpha1', 'breakglassgrants'],
  ['solewriter.dev', 'v1alpha1', 'breakglassgrants', 'status'],
  ['solewriter.dev', 'v1alpha1', 'breakglassapprovals'],
  ['solewriter.dev', 'v1alpha1', 'postmortems'],
  ['solewriter.dev', 'v1alpha1', 'postmortems', 'status'],
  ['solewriter.dev', 'v1alpha1', 'auditcheckpoints'],
  ['admissionregistration.k8s.io', 'v1', 'validatingwebhookconfigurations'],
]

const writes = ['CREATE', 'UPDATE'] as const

/** What we are made of, and what we write; `labels` are those of our Namespace. */
export function ownTargets(namespace: string, labels: JsonObject | undefined): readonly Target[] {
  const namespaceLabels = { ...labels, 'kubernetes.io/metadata.name': namespace }
  const own = { 'app.kubernetes.io/name': 'solewriter' }
  return [
    ...inNamespace.flatMap((row) =>
      targetsOf(row).map((one) => ({ ...one, isNamespaced: true, namespaceLabels, labels: own })),
    ),
    ...ofCluster.flatMap((row) => targetsOf(row).map((one) => ({ ...one, isNamespaced: false }))),
  ]
}

function targetsOf([group, version, resource, subresource = '']: Row) {
  return writes.map((operation) => ({
    group,
    versions: [version],
    resource,
    subresource,
    operation,
  }))
}
