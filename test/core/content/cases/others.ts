import type { Json, JsonObject } from '../../../../src/core/manifest/json.ts'
import type { DependentCase } from './case.ts'
import { workload } from './objects.ts'

const rbac = 'rbac.authorization.k8s.io'

export const otherCases: readonly DependentCase[] = [
  ...(['User', 'Group', 'ServiceAccount'] as const).map((kind): DependentCase => ({
    title: `the API group of a ${kind}`,
    object: {
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata: { name: 'case' },
      roleRef: { kind: 'ClusterRole', name: 'view' },
      subjects: [
        { kind, name: 'x', ...(kind === 'ServiceAccount' ? { namespace: 'default' } : {}) },
      ],
    },
    path: ['subjects', 0],
    field: 'apiGroup',
    expected: kind === 'ServiceAccount' ? undefined : rbac,
  })),
  policy('Egress only where there are rules for it', {}, ['Ingress']),
  policy('Egress where there are rules for it', { egress: [{}] }, ['Ingress', 'Egress']),
  claim({ dataSource: { kind: 'PersistentVolumeClaim', name: 'x' } }, 'dataSourceRef', {
    kind: 'PersistentVolumeClaim',
    name: 'x',
  }),
  claim({ dataSourceRef: { kind: 'PersistentVolumeClaim', name: 'x' } }, 'dataSource', {
    kind: 'PersistentVolumeClaim',
    name: 'x',
  }),
  claim(
    { dataSourceRef: { kind: 'PersistentVolumeClaim', name: 'x', namespace: 'other' } },
    'dataSource',
    undefined,
  ),
  {
    title: 'the source of a claim of a StatefulSet stays as it is',
    object: workload('StatefulSet', {
      volumeClaimTemplates: [
        {
          metadata: { name: 'v' },
          spec: { ...claimSpec(), dataSource: { kind: 'PersistentVolumeClaim', name: 'x' } },
        },
      ],
    }),
    path: ['spec', 'volumeClaimTemplates', 0, 'spec'],
    field: 'dataSourceRef',
    expected: undefined,
  },
  definition('singular', 'widget'),
  definition('listKind', 'WidgetList'),
  node({ podCIDR: '10.1.0.0/24' }, 'podCIDRs', ['10.1.0.0/24']),
  node({ podCIDRs: ['10.1.0.0/24'] }, 'podCIDR', '10.1.0.0/24'),
]

function policy(title: string, spec: JsonObject, expected: Json): DependentCase {
  return {
    title: `a NetworkPolicy: ${title}`,
    object: {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'case' },
      spec: { podSelector: {}, ...spec },
    },
    path: ['spec'],
    field: 'policyTypes',
    expected,
  }
}

function claimSpec(): JsonObject {
  return { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } }
}

function claim(spec: JsonObject, field: string, expected: Json | undefined): DependentCase {
  return {
    title: `a claim with ${JSON.stringify(spec)}: ${field}`,
    object: {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'case' },
      spec: { ...claimSpec(), ...spec },
    },
    path: ['spec'],
    field,
    expected,
  }
}

function definition(field: string, expected: string): DependentCase {
  const schema = { openAPIV3Schema: { type: 'object' } }
  return {
    title: `a CustomResourceDefinition: ${field}`,
    object: {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'widgets.example.com' },
      spec: {
        group: 'example.com',
        scope: 'Namespaced',
        names: { kind: 'Widget', plural: 'widgets' },
        versions: [{ name: 'v1', served: true, storage: true, schema }],
      },
    },
    path: ['spec', 'names'],
    field,
    expected,
  }
}

function node(spec: JsonObject, field: string, expected: Json): DependentCase {
  return {
    title: `a Node: ${field}`,
    object: { apiVersion: 'v1', kind: 'Node', metadata: { name: 'case' }, spec },
    path: ['spec'],
    field,
    expected,
  }
}
