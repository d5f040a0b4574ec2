import { at, type Json, type JsonObject } from '../../manifest/json.ts'
import { core, hasItems, isAmong, isGiven, type DependentDefault } from './rule.ts'

const resource = 'io.k8s.api.resource.'
const crdNames =
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionNames'

/** Where a request for devices says how many it wants. */
const deviceRequests = [
  'v1.ExactDeviceRequest',
  'v1.DeviceSubRequest',
  'v1beta2.ExactDeviceRequest',
  'v1beta2.DeviceSubRequest',
  'v1beta1.DeviceSubRequest',
]

export const otherRules: readonly DependentDefault[] = [
  {
    type: 'io.k8s.api.rbac.v1.Subject',
    field: 'apiGroup',
    name: 'that of users and groups; service accounts have none',
    value: ({ kind }) => (isAmong(kind, 'User', 'Group') ? 'rbac.authorization.k8s.io' : undefined),
  },
  {
    type: `${core}PersistentVolumeClaimSpec`,
    field: 'dataSourceRef',
    name: 'the dataSource, in a claim',
    value: (spec, root) => (isClaimSpec(spec, root) ? spec['dataSource'] : undefined),
  },
  {
    type: `${core}PersistentVolumeClaimSpec`,
    field: 'dataSource',
    name: 'the dataSourceRef, in a claim, unless it is in another namespace',
    value: (spec, root) => {
      const reference = spec['dataSourceRef']
      const isNear = !isGiven(at(reference, 'namespace'))
      return isNear && isClaimSpec(spec, root) ? reference : undefined
    },
  },
  {
    type: 'io.k8s.api.networking.v1.NetworkPolicySpec',
    field: 'policyTypes',
    name: 'Egress only where there are rules for it',
    value: ({ egress }) => (hasItems(egress) ? ['Ingress', 'Egress'] : ['Ingress']),
  },
  {
    type: crdNames,
    field: 'singular',
    name: 'the kind in lower case',
    value: (names, root) => kindIn(names, root)?.toLowerCase(),
  },
  {
    type: crdNames,
    field: 'listKind',
    name: 'the kind and List',
    value: (names, root) => {
      const kind = kindIn(names, root)
      return kind === undefined ? undefined : `${kind}List`
    },
  },
  ...deviceRequests.map((type): DependentDefault => ({
    type: resource + type,
    field: 'count',
    name: 'one, unless all devices are asked for',
    value: ({ allocationMode }) => countOf(allocationMode),
  })),
  {
    type: `${resource}v1beta1.DeviceRequest`,
    field: 'allocationMode',
    name: 'only of a request that names a class',
    value: ({ deviceClassName }) => (isGiven(deviceClassName) ? 'ExactCount' : undefined),
  },
  {
    type: `${resource}v1beta1.DeviceRequest`,
    field: 'count',
    name: 'one, of a request that names a class, unless all devices are asked for',
    value: ({ deviceClassName, allocationMode }) => {
      return isGiven(deviceClassName) ? countOf(allocationMode) : undefined
    },
  },
  {
    type: `${core}NodeSpec`,
    field: 'podCIDRs',
    name: 'podCIDR as a list',
    value: ({ podCIDR }) => (isGiven(podCIDR) ? [podCIDR] : undefined),
  },
  {
    type: `${core}NodeSpec`,
    field: 'podCIDR',
    name: 'the first of podCIDRs',
    value: ({ podCIDRs }) =>
      Array.isArray(podCIDRs) ? (podCIDRs as readonly Json[])[0] : undefined,
  },
]

/** Those of a claim itself; the API server does it to no template. */
function isClaimSpec(spec: JsonObject, root: JsonObject): boolean {
  return root['kind'] === 'PersistentVolumeClaim' && root['spec'] === spec
}

function countOf(allocationMode: Json | undefined): number | undefined {
  return !isGiven(allocationMode) || allocationMode === 'ExactCount' ? 1 : undefined
}

/** The names that are asked for, and not those that were accepted. */
function kindIn(names: JsonObject, root: JsonObject): string | undefined {
  const kind = names['kind']
  const isOwn = names === at(root, 'spec', 'names')
  return isOwn && typeof kind === 'string' && kind !== '' ? kind : undefined
}
