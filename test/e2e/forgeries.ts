// What somebody who may impersonate everybody tries, in the names of the control plane.

/** How much of an identity is claimed. */
export type Disguise = 'name' | 'name and groups' | 'everything'

export interface Forgery {
  readonly title: string
  readonly user: string
  readonly groups?: readonly string[]
  /** Of kubectl; `-f -` reads `input`. */
  readonly args: readonly string[]
  readonly input?: object
}

const controller = (account: string) => ({
  user: `system:serviceaccount:kube-system:${account}`,
  groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system'],
})
const node = { user: 'system:node:n1', groups: ['system:nodes'] }
const apiServer = { user: 'system:apiserver', groups: ['system:masters'] }
const scheduler = { user: 'system:kube-scheduler' }
const manager = { user: 'system:kube-controller-manager' }

const inForged = ['-n', 'forged']
const create = ['create', '-f', '-']

function patch(what: string, change: object, ...more: string[]): readonly string[] {
  return ['patch', ...inForged, what, '--type=merge', '-p', JSON.stringify(change), ...more]
}

const container = { name: 'main', image: 'example.com/evil:1' }

function pod(metadata: object = {}, spec: object = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'evil', namespace: 'forged', ...metadata },
    spec: { containers: [container], ...spec },
  }
}

function config(metadata: object = {}): object {
  const named = { name: 'evil', namespace: 'forged', ...metadata }
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: named, data: { a: 'b' } }
}

const deadOwner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'none', uid: 'dead' }
const template = { spec: { template: { spec: { containers: [container] } } } }

/** Refused in every disguise, the best one included. */
export const forgeries: readonly Forgery[] = [
  {
    title: 'the garbage collector deletes what has no owner',
    ...controller('generic-garbage-collector'),
    args: ['delete', ...inForged, 'configmap/kept'],
  },
  {
    title: 'the garbage collector deletes what has a live owner',
    ...controller('generic-garbage-collector'),
    args: ['delete', ...inForged, 'configmap/owned'],
  },
  {
    title: 'the garbage collector drops a live owner',
    ...controller('generic-garbage-collector'),
    args: patch('configmap/owned', { metadata: { ownerReferences: null } }),
  },
  {
    title: 'the garbage collector drops a finalizer of somebody else',
    ...controller('generic-garbage-collector'),
    args: patch('configmap/kept', { metadata: { finalizers: null } }),
  },
  {
    title: 'the namespace controller empties a namespace that lives',
    ...controller('namespace-controller'),
    args: ['delete', ...inForged, 'configmap/kept'],
  },
  {
    title: 'the deployment controller changes a template',
    ...controller('deployment-controller'),
    args: patch('deployment/web', template),
  },
  {
    title: 'the deployment controller changes a template of a ReplicaSet',
    ...controller('deployment-controller'),
    args: patch('replicaset/bare', template),
  },
  {
    title: 'the deployment controller scales a ReplicaSet that is not its own',
    ...controller('deployment-controller'),
    args: patch('replicaset/bare', { spec: { replicas: 9 } }),
  },
  {
    title: 'the deployment controller annotates a Deployment by way of its status',
    ...controller('deployment-controller'),
    args: patch(
      'deployment/web',
      { metadata: { annotations: { a: 'b' } } },
      '--subresource=status',
    ),
  },
  {
    title: 'the replicaset controller makes a Pod of nobody',
    ...controller('replicaset-controller'),
    args: create,
    input: pod(),
  },
  {
    title: 'the replicaset controller makes a Pod of a dead ReplicaSet',
    ...controller('replicaset-controller'),
    args: create,
    input: pod({ ownerReferences: [{ ...deadOwner, controller: true }] }),
  },
  {
    title: 'the replicaset controller deletes a Pod of nobody',
    ...controller('replicaset-controller'),
    args: ['delete', ...inForged, 'pod/lone'],
  },
  {
    title: 'the statefulset controller makes a claim of no set',
    ...controller('statefulset-controller'),
    args: create,
    input: {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data-db-0', namespace: 'forged' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    },
  },
  {
    title: 'the job controller drops a finalizer of somebody else',
    ...controller('job-controller'),
    args: patch('pod/lone', { metadata: { finalizers: null } }),
  },
  {
    title: 'the autoscaler scales what nobody asks it to',
    ...controller('horizontal-pod-autoscaler'),
    args: ['scale', ...inForged, 'deployment/web', '--replicas=7'],
  },
  {
    title: 'the aggregation controller adds a rule of its own',
    ...controller('clusterrole-aggregation-controller'),
    args: patch('clusterrole/whole', {
      rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }],
    }),
  },
  {
    title: 'the aggregation controller fills a role that does not aggregate',
    ...controller('clusterrole-aggregation-controller'),
    args: patch('clusterrole/part', {
      rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }],
    }),
  },
  {
    title: 'the node controller deletes a Pod of a healthy node',
    ...controller('node-controller'),
    args: ['delete', ...inForged, 'pod/lone'],
  },
  {
    title: 'the certificate publisher writes another ConfigMap',
    ...controller('root-ca-cert-publisher'),
    args: create,
    input: config(),
  },
  {
    title: 'the endpoint controller publishes addresses of no Service',
    ...controller('endpoint-controller'),
    args: create,
    input: {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: { name: 'evil', namespace: 'forged' },
      subsets: [{ addresses: [{ ip: '10.6.6.6' }] }],
    },
  },
  {
    title: 'any account takes the lease of the scheduler',
    ...controller('default'),
    args: [
      'patch',
      '-n',
      'kube-system',
      'lease/kube-controller-manager',
      '--type=merge',
      '-p',
      '{"spec":{"holderIdentity":"evil"}}',
    ],
  },
  {
    title: 'the scheduler deletes a Pod that it does not preempt',
    ...scheduler,
    args: ['delete', ...inForged, 'pod/lone'],
  },
  {
    title: 'the scheduler changes a Deployment',
    ...scheduler,
    args: patch('deployment/web', template),
  },
  {
    title: 'the controller manager makes a token of another account',
    ...manager,
    args: ['create', 'token', '-n', 'kube-system', 'default'],
  },
  {
    title: 'the controller manager makes another account',
    ...manager,
    args: ['create', 'serviceaccount', '-n', 'kube-system', 'evil'],
  },
  {
    title: 'the API server changes a Deployment',
    ...apiServer,
    args: patch('deployment/web', template),
  },
  {
    title: 'the API server makes a role',
    ...apiServer,
    args: ['create', 'clusterrole', 'evil', '--verb=get', '--resource=secrets'],
  },
  {
    title: 'a kubelet labels another node',
    ...node,
    args: ['label', 'node/elsewhere', 'example.com/a=b'],
  },
  { title: 'a kubelet makes an ordinary Pod', ...node, args: create, input: pod() },
  {
    title: 'a kubelet deletes a Pod that runs elsewhere',
    ...node,
    args: ['delete', ...inForged, 'pod/lone'],
  },
]

/** What the rows do cover, for those who are what they say; nobody else may. */
export const coveredWrites: readonly Forgery[] = [
  {
    title: 'the deployment controller reports progress',
    ...controller('deployment-controller'),
    args: patch('deployment/web', { status: { observedGeneration: 99 } }, '--subresource=status'),
  },
  {
    title: 'the quota controller counts',
    ...controller('resourcequota-controller'),
    args: patch('resourcequota/quota', { status: { used: { pods: '9' } } }, '--subresource=status'),
  },
  {
    title: 'the publisher publishes',
    ...controller('root-ca-cert-publisher'),
    args: patch('configmap/kube-root-ca.crt', { data: { 'ca.crt': 'evil' } }),
  },
  {
    title: 'the API server counts',
    ...apiServer,
    args: patch('resourcequota/quota', { status: { used: { pods: '9' } } }, '--subresource=status'),
  },
]
