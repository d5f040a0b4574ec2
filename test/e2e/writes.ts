import type { ApiRequest } from './requester.ts'

const jsonPatch = 'application/json-patch+json'

// What people write at the specimens, in all the ways there are.

/** Never desired state: what anybody may write. */
export const neverDesired: ReadonlySet<string> = new Set([
  'v1 events',
  'events.k8s.io/v1 events',
  'authentication.k8s.io/v1 tokenreviews',
  'authentication.k8s.io/v1 selfsubjectreviews',
  'authorization.k8s.io/v1 subjectaccessreviews',
  'authorization.k8s.io/v1 localsubjectaccessreviews',
  'authorization.k8s.io/v1 selfsubjectaccessreviews',
  'authorization.k8s.io/v1 selfsubjectrulesreviews',
])

export const core = '/api/v1/namespaces/zoo'
const apps = '/apis/apps/v1/namespaces/zoo'
export const deployment = `${apps}/deployments/specimen`
export const configMap = `${core}/configmaps/specimen`

export function newConfigMap(name: string, data: Readonly<Record<string, string>> = {}): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'zoo' }, data }
}

const label = { metadata: { labels: { by: 'hand' } } }
const applied = { apiVersion: 'apps/v1', kind: 'Deployment', ...label, spec: { replicas: 3 } }
const merge = 'application/merge-patch+json'
export const widgets = '/apis/zoo.example.com/v1/namespaces/zoo/widgets'
/** The same objects by another version. */
export const oldWidgets = widgets.replace('/v1/', '/v1alpha1/')
const specOf = (spec: string): ApiRequest => ({
  method: 'PATCH',
  path: `${widgets}/specimen`,
  type: merge,
  body: `{"spec":${spec}}`,
})

function metadataOf(metadata: object): ApiRequest {
  return { method: 'PATCH', path: configMap, type: merge, body: { metadata } }
}

export function deepObject(levels: number, number = '1'): string {
  const deep = `${'{"a":'.repeat(levels)}${number}${'}'.repeat(levels)}`
  return `{"apiVersion":"zoo.example.com/v1","kind":"Widget","metadata":{"name":"fresh"},"spec":{"deep":${deep}}}`
}

/** The API server takes up to 10,000 levels. */
export const tooDeep: readonly (readonly [string, string])[] = [
  ['300 levels', deepObject(300)],
  ['9,000 levels', deepObject(9_000)],
]

/** Changes that a careless comparison takes for none. */
export const changesThatHide: readonly (readonly [string, ApiRequest])[] = [
  ['a finalizer', metadataOf({ finalizers: ['example.com/stuck'] })],
  [
    'an owner that is not there',
    metadataOf({ ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'a', uid: 'b' }] }),
  ],
  ['an annotation', metadataOf({ annotations: { 'solewriter.dev/commit': 'a' } })],
  ['the last digit of a number beyond 2^53', specOf('{"number":9007199254740992}')],
  ['another form of the same letter', specOf('{"text":"e\u0301"}')],
  ['a number for a text', specOf('{"text":1}')],
  ['the order of a list', specOf('{"list":["b","a"]}')],
  ['an item that is there twice', specOf('{"list":["a","b","b"]}')],
  ['an empty map that is not there', specOf('{"empty":null}')],
  [
    'a null',
    { ...specOf(''), type: jsonPatch, body: '[{"op":"add","path":"/spec/empty/a","value":null}]' },
  ],
  ['a key of the prototype', specOf('{"__proto__":{"a":"b"}}')],
  ['an inherited name', specOf('{"constructor":"a","toString":"b"}')],
  [
    'a key of the prototype in a ConfigMap',
    { method: 'PATCH', path: configMap, type: merge, body: '{"data":{"__proto__":"a"}}' },
  ],
  ['100,000 keys', specOf(`{${Array.from({ length: 100_000 }, (_, i) => `"k${i}":1`).join(',')}}`)],
  ['text that takes six times its length in JSON', specOf(`{"text":"${'<'.repeat(1_000_000)}"}`)],
]

export const waysToWrite: readonly (readonly [string, ApiRequest])[] = [
  [
    'a JSON patch',
    {
      method: 'PATCH',
      path: deployment,
      type: 'application/json-patch+json',
      body: [{ op: 'replace', path: '/spec/replicas', value: 3 }],
    },
  ],
  [
    'a merge patch',
    { method: 'PATCH', path: deployment, type: 'application/merge-patch+json', body: label },
  ],
  [
    'a strategic merge patch',
    {
      method: 'PATCH',
      path: deployment,
      type: 'application/strategic-merge-patch+json',
      body: {
        spec: { template: { spec: { containers: [{ name: 'main', image: 'evil:1' }] } } },
      },
    },
  ],
  [
    'a server-side apply',
    {
      method: 'PATCH',
      path: `${deployment}?fieldManager=me&force=true`,
      type: 'application/apply-patch+yaml',
      body: applied,
    },
  ],
  [
    'a server-side apply of what is not there',
    {
      method: 'PATCH',
      path: `${core}/configmaps/fresh?fieldManager=me`,
      type: 'application/apply-patch+yaml',
      body: newConfigMap('fresh'),
    },
  ],
  ['a create', { method: 'POST', path: `${core}/configmaps`, body: newConfigMap('fresh') }],
  [
    'a create by YAML',
    {
      method: 'POST',
      path: `${core}/configmaps`,
      type: 'application/yaml',
      body: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: fresh}\n',
    },
  ],
  [
    'a create with generateName',
    {
      method: 'POST',
      path: `${core}/configmaps`,
      body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { generateName: 'fresh-' } },
    },
  ],
  [
    'a replace that creates',
    {
      method: 'PUT',
      path: '/apis/coordination.k8s.io/v1/namespaces/zoo/leases/fresh',
      body: {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { name: 'fresh', namespace: 'zoo' },
      },
    },
  ],
  [
    'a create with unknown and repeated fields that the client wants ignored',
    {
      method: 'POST',
      path: `${core}/configmaps?fieldValidation=Ignore`,
      body: '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"fresh"},"data":{"a":"1","a":"2"},"spec":{}}',
    },
  ],
  [
    'an object of almost all that etcd takes',
    {
      method: 'POST',
      path: `${core}/configmaps`,
      body: newConfigMap('fresh', { big: 'x'.repeat(1_000_000) }),
    },
  ],
  [
    'a delete at once',
    { method: 'DELETE', path: `${deployment}?gracePeriodSeconds=0&propagationPolicy=Orphan` },
  ],
  [
    'a delete in the background',
    {
      method: 'DELETE',
      path: deployment,
      body: { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background' },
    },
  ],
  [
    'a delete in the foreground',
    { method: 'DELETE', path: `${deployment}?propagationPolicy=Foreground` },
  ],
  ['a delete of all', { method: 'DELETE', path: `${core}/configmaps` }],
  ['a delete of all by label', { method: 'DELETE', path: `${apps}/deployments?labelSelector=!x` }],
  ['a delete of the namespace', { method: 'DELETE', path: '/api/v1/namespaces/zoo' }],
]

const inZoo = (...args: readonly string[]) => [...args, '-n', 'zoo']
export const kubectlWrites: readonly (readonly [string, readonly string[]])[] = [
  ['scale', inZoo('scale', 'deploy/specimen', '--replicas=3')],
  ['scale a custom resource', inZoo('scale', 'widget/specimen', '--replicas=3')],
  ['rollout restart', inZoo('rollout', 'restart', 'deploy/specimen')],
  ['set image', inZoo('set', 'image', 'deploy/specimen', 'main=example.com/b:1')],
  ['annotate', inZoo('annotate', 'deploy/specimen', 'a=b')],
  ['expose', inZoo('expose', 'deploy/specimen', '--port=80', '--name=fresh')],
  ['exec', ['exec', '-n', 'zoo', 'specimen', '--', 'id']],
  ['attach', inZoo('attach', 'specimen')],
  ['debug', inZoo('debug', 'specimen', '--image=example.com/a:1', '--attach=false')],
  ['run', inZoo('run', 'fresh', '--image=example.com/a:1')],
  ['create token', inZoo('create', 'token', 'specimen')],
  ['cordon', ['cordon', 'specimen']],
  ['taint', ['taint', 'nodes', 'specimen', 'a=b:NoSchedule']],
  ['certificate approve', ['certificate', 'approve', 'specimen']],
  ['delete --force', inZoo('delete', 'pod', 'specimen', '--force', '--grace-period=0')],
  [
    'patch --subresource',
    inZoo(
      'patch',
      'deploy/specimen',
      '--subresource=status',
      '--type=merge',
      '-p',
      '{"status":{"replicas":5}}',
    ),
  ],
  ['create role', inZoo('create', 'role', 'fresh', '--verb=get', '--resource=pods')],
]

const create = (where: string, kind: string, rest: object): ApiRequest => ({
  method: 'POST',
  path: where,
  body: { kind, metadata: { name: 'fresh' }, ...rest },
})
const rbac = { apiVersion: 'rbac.authorization.k8s.io/v1' }
export const protectedWrites: readonly (readonly [string, ApiRequest])[] = [
  [
    'a role that impersonates',
    create('/apis/rbac.authorization.k8s.io/v1/clusterroles', 'ClusterRole', {
      ...rbac,
      rules: [{ apiGroups: [''], resources: ['users'], verbs: ['impersonate'] }],
    }),
  ],
  [
    'a token of the writer',
    {
      method: 'POST',
      path: '/api/v1/namespaces/ci/serviceaccounts/deployer/token',
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
    },
  ],
  [
    'a token Secret of the writer',
    {
      method: 'POST',
      path: '/api/v1/namespaces/ci/secrets',
      body: {
        apiVersion: 'v1',
        kind: 'Secret',
        type: 'kubernetes.io/service-account-token',
        metadata: {
          name: 'fresh',
          annotations: { 'kubernetes.io/service-account.name': 'deployer' },
        },
      },
    },
  ],
  [
    'a Pod that runs as the writer',
    create('/api/v1/namespaces/ci/pods', 'Pod', {
      apiVersion: 'v1',
      spec: { serviceAccountName: 'deployer', containers: [{ name: 'a', image: 'b' }] },
    }),
  ],
  [
    'our own namespace',
    create('/api/v1/namespaces/solewriter-system/configmaps', 'ConfigMap', {
      apiVersion: 'v1',
    }),
  ],
  ['our own Namespace object', { method: 'DELETE', path: '/api/v1/namespaces/solewriter-system' }],
  [
    'our own account',
    {
      method: 'DELETE',
      path: '/api/v1/namespaces/solewriter-system/serviceaccounts/solewriter',
    },
  ],
]
