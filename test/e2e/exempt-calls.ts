import type { ApiRequest } from './requester.ts'

// Writes of every kind that a match condition could leave out, and their neighbours that it must not.

export const ours = 'solewriter-system'
const elsewhere = 'default'
const namespaces = [ours, elsewhere] as const
const labels = { labels: { app: 'x' } }
const podSpec = { containers: [{ name: 'main', image: 'example.com/none:1' }] }

/** What there has to be, by collection: applied before the webhook is registered. */
export const fixtures: readonly (readonly [collection: string, object: object])[] = [
  ['/api/v1/nodes', { metadata: { name: 'n1' } }],
  ...namespaces.flatMap((namespace) => fixturesIn(namespace)),
]

function fixturesIn(namespace: string): readonly (readonly [string, object])[] {
  const core = `/api/v1/namespaces/${namespace}`
  const apps = `/apis/apps/v1/namespaces/${namespace}`
  const selector = { matchLabels: { app: 'x' } }
  const workload = { replicas: 0, selector, template: { metadata: labels, spec: podSpec } }
  return [
    [`${core}/pods`, pod('on-n1', { nodeName: 'n1' })],
    [`${core}/pods`, pod('waiting')],
    [`${core}/persistentvolumeclaims`, claim('claim')],
    [`/api/v1/persistentvolumes`, volume(`of-${namespace}`, namespace)],
    [`${apps}/statefulsets`, { metadata: { name: 'x' }, spec: { ...workload, serviceName: 'x' } }],
    [`${apps}/deployments`, { metadata: { name: 'x' }, spec: workload }],
    [`${apps}/replicasets`, { metadata: { name: 'x' }, spec: workload }],
    [`${core}/endpoints`, { metadata: { name: 'x' } }],
  ]
}

/** Named `VERB resource[/subresource] where`. All are dry runs, apart from what has none. */
export const calls: Readonly<Record<string, ApiRequest>> = {
  ...callsIn(ours),
  ...callsIn(elsewhere),
  'CREATE tokenreviews': review('authentication', 'tokenreviews', { token: 'x' }),
  'CREATE selfsubjectreviews': review('authentication', 'selfsubjectreviews'),
  'CREATE subjectaccessreviews': review('authorization', 'subjectaccessreviews', {
    user: 'x',
    nonResourceAttributes: { path: '/', verb: 'get' },
  }),
  'CREATE selfsubjectaccessreviews': review('authorization', 'selfsubjectaccessreviews', {
    nonResourceAttributes: { path: '/', verb: 'get' },
  }),
  'CREATE selfsubjectrulesreviews': review('authorization', 'selfsubjectrulesreviews', {
    namespace: elsewhere,
  }),
  'UPDATE leases kube-system/kube-controller-manager': patch(
    '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kube-controller-manager',
  ),
  'CREATE leases kube-system/kube-scheduler': lease('kube-system', 'kube-scheduler'),
  'CREATE leases kube-system/apiserver-x': lease('kube-system', 'apiserver-x'),
  'CREATE leases kube-system/other': lease('kube-system', 'other'),
  'CREATE leases kube-node-lease/n1': lease('kube-node-lease', 'n1'),
  'CREATE leases kube-node-lease/n2': lease('kube-node-lease', 'n2'),
  'CREATE nodes n1': post('/api/v1/nodes', { metadata: { name: 'n1' } }),
  'UPDATE nodes n1': patch('/api/v1/nodes/n1'),
  'UPDATE nodes/status n1': patch('/api/v1/nodes/n1/status', { status: { phase: 'Running' } }),
  'DELETE nodes n1': remove('/api/v1/nodes/n1'),
  'CREATE csinodes n1': post('/apis/storage.k8s.io/v1/csinodes', {
    metadata: { name: 'n1' },
    spec: { drivers: [] },
  }),
  'CREATE serviceaccounts kube-system': post('/api/v1/namespaces/kube-system/serviceaccounts', {
    metadata: { name: 'new' },
  }),
  'UPDATE serviceaccounts kube-system': patch(
    '/api/v1/namespaces/kube-system/serviceaccounts/default',
  ),
  'CREATE serviceaccounts/token kube-system': token('kube-system'),
  'CREATE clusterroles': post('/apis/rbac.authorization.k8s.io/v1/clusterroles', {
    metadata: { name: 'new' },
    rules: [],
  }),
  'CREATE priorityclasses': post('/apis/scheduling.k8s.io/v1/priorityclasses', {
    metadata: { name: 'new' },
    value: 1,
  }),
  'CREATE namespaces': post('/api/v1/namespaces', { metadata: { name: 'new' } }),
  'UPDATE persistentvolumes of ours': patch(`/api/v1/persistentvolumes/of-${ours}`),
  'UPDATE persistentvolumes of others': patch(`/api/v1/persistentvolumes/of-${elsewhere}`),
}

function callsIn(namespace: string): Readonly<Record<string, ApiRequest>> {
  const core = `/api/v1/namespaces/${namespace}`
  const apps = `/apis/apps/v1/namespaces/${namespace}`
  const about = { apiVersion: 'v1', kind: 'Pod', namespace, name: 'waiting' }
  const byName: Readonly<Record<string, ApiRequest>> = {
    'CREATE events': post(`${core}/events`, { metadata: { name: 'e' }, involvedObject: about }),
    'CREATE localsubjectaccessreviews': {
      method: 'POST',
      path: `/apis/authorization.k8s.io/v1/namespaces/${namespace}/localsubjectaccessreviews`,
      body: { spec: { user: 'x', resourceAttributes: { namespace, verb: 'get' } } },
    },
    'CREATE pods': post(`${core}/pods`, pod('new')),
    'UPDATE pods': patch(`${core}/pods/on-n1`),
    'UPDATE pods/status': patch(`${core}/pods/on-n1/status`, { status: { phase: 'Running' } }),
    'DELETE pods': remove(`${core}/pods/on-n1`),
    'CREATE pods/binding': post(`${core}/pods/waiting/binding`, {
      metadata: { name: 'waiting' },
      target: { kind: 'Node', name: 'n1' },
    }),
    'CREATE pods/eviction': post(`${core}/pods/waiting/eviction`, {
      metadata: { name: 'waiting', namespace },
    }),
    // No dry run is possible; without an upgrade nothing can come of it.
    'CONNECT pods/exec': { method: 'POST', path: `${core}/pods/on-n1/exec?command=true` },
    'CREATE serviceaccounts/token': token(namespace),
    'CREATE persistentvolumeclaims': post(`${core}/persistentvolumeclaims`, claim('new')),
    'UPDATE persistentvolumeclaims': patch(`${core}/persistentvolumeclaims/claim`),
    'UPDATE persistentvolumeclaims/status': patch(`${core}/persistentvolumeclaims/claim/status`),
    'UPDATE statefulsets': patch(`${apps}/statefulsets/x`),
    'UPDATE statefulsets/status': patch(`${apps}/statefulsets/x/status`),
    'UPDATE deployments': patch(`${apps}/deployments/x`),
    'UPDATE deployments/status': patch(`${apps}/deployments/x/status`),
    'UPDATE replicasets': patch(`${apps}/replicasets/x`),
    'UPDATE replicasets/status': patch(`${apps}/replicasets/x/status`),
    'CREATE controllerrevisions': post(`${apps}/controllerrevisions`, {
      metadata: { name: 'new' },
      revision: 1,
      data: {},
    }),
    'UPDATE endpoints': patch(`${core}/endpoints/x`),
    'CREATE endpointslices': post(
      `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`,
      {
        metadata: { name: 'new' },
        addressType: 'IPv4',
        endpoints: [],
      },
    ),
    'UPDATE configmaps kube-root-ca.crt': patch(`${core}/configmaps/kube-root-ca.crt`),
    'CREATE configmaps': post(`${core}/configmaps`, { metadata: { name: 'new' } }),
    'CREATE secrets solewriter-certs': post(`${core}/secrets`, {
      metadata: { name: 'solewriter-certs' },
    }),
    'CREATE secrets': post(`${core}/secrets`, { metadata: { name: 'new' } }),
    'CREATE leases solewriter-controller': lease(namespace, 'solewriter-controller'),
    'CREATE leases': lease(namespace, 'new'),
  }
  return Object.fromEntries(
    Object.entries(byName).map(([name, call]) => [`${name} in ${namespace}`, call]),
  )
}

function pod(name: string, spec: object = {}): object {
  // The account by name: it may not be there yet.
  return { metadata: { name }, spec: { ...podSpec, ...spec } }
}

function claim(name: string): object {
  const resources = { requests: { storage: '1Gi' } }
  return { metadata: { name }, spec: { accessModes: ['ReadWriteOnce'], resources } }
}

function volume(name: string, namespace: string): object {
  const claimRef = { namespace, name: 'nobody' }
  const hostPath = { path: '/nonexistent' }
  const capacity = { storage: '1Gi' }
  return {
    metadata: { name },
    spec: { capacity, accessModes: ['ReadWriteOnce'], hostPath, claimRef },
  }
}

function lease(namespace: string, name: string): ApiRequest {
  const path = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`
  return post(path, { metadata: { name }, spec: { holderIdentity: 'x' } })
}

function token(namespace: string): ApiRequest {
  return post(`/api/v1/namespaces/${namespace}/serviceaccounts/default/token`, {
    spec: { audiences: [] },
  })
}

function review(group: string, resource: string, spec: object = {}): ApiRequest {
  return { method: 'POST', path: `/apis/${group}.k8s.io/v1/${resource}`, body: { spec } }
}

function post(path: string, body: object): ApiRequest {
  return { method: 'POST', path: `${path}?dryRun=All`, body }
}

function patch(
  path: string,
  body: object = { metadata: { labels: { touched: 'yes' } } },
): ApiRequest {
  return { method: 'PATCH', path: `${path}?dryRun=All`, body, type: 'application/merge-patch+json' }
}

function remove(path: string): ApiRequest {
  return { method: 'DELETE', path: `${path}?dryRun=All` }
}
