import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startCluster, type Cluster } from '../cluster/cluster.ts'
import { webhookConfiguration } from '../cluster/registration.ts'
import { calls, fixtures, ours } from './exempt-calls.ts'
import { requesterOf, type ApiAnswer, type ApiRequest, type Requester } from './requester.ts'

// The shipped conditions under `Fail`, with nobody to ask: what is left out goes on, all else is
// refused. Everybody may do everything here, so that only admission decides.

type Send = (request: ApiRequest) => Promise<ApiAnswer>

let cluster: Cluster
const open: Requester[] = []

before(async () => {
  cluster = await startCluster()
  await prepare(as('admin'))
  await register(as('alice'))
})

after(async () => {
  for (const requester of open) requester.close()
  await cluster.stop()
})

/** By name or with the kubeconfig of somebody. */
function as(user: string, headers: Readonly<Record<string, string>> = {}): Send {
  const requester = requesterOf(cluster.kubeconfigs[user] ?? user)
  open.push(requester)
  return (request) => requester({ ...request, headers })
}

/** What nobody is ever asked about. */
const anybody = Object.keys(calls).filter((name) => /^CREATE (events|.*reviews)\b/.test(name))

const controller = (name: string) => `system:serviceaccount:kube-system:${name}`
const own = (...names: readonly string[]) => names.map((name) => `${name} in ${ours}`)
const named = (prefix: string) => Object.keys(calls).filter((name) => name.startsWith(prefix))

/** By identity: what goes on without us, besides the above. Written by hand, from the document. */
const exempt: Readonly<Record<string, readonly string[]>> = {
  'system:kube-controller-manager': [
    'UPDATE leases kube-system/kube-controller-manager',
    'CREATE leases kube-system/kube-scheduler',
    'CREATE serviceaccounts kube-system',
    'CREATE serviceaccounts/token kube-system',
  ],
  'system:kube-scheduler': [
    'UPDATE leases kube-system/kube-controller-manager',
    'CREATE leases kube-system/kube-scheduler',
    ...named('CREATE pods/binding'),
    ...own('UPDATE persistentvolumeclaims'),
  ],
  'system:node:n1': [
    'CREATE leases kube-node-lease/n1',
    'CREATE nodes n1',
    'UPDATE nodes/status n1',
    'CREATE csinodes n1',
    ...named('UPDATE pods/status'),
    ...own('DELETE pods'),
  ],
  [controller('node-controller')]: [
    'UPDATE nodes n1',
    'UPDATE nodes/status n1',
    ...own('DELETE pods', 'UPDATE pods/status'),
  ],
  [controller('statefulset-controller')]: own(
    'CREATE pods',
    'UPDATE pods',
    'DELETE pods',
    'CREATE persistentvolumeclaims',
    'UPDATE persistentvolumeclaims',
    'CREATE controllerrevisions',
    'UPDATE statefulsets/status',
  ),
  [controller('deployment-controller')]: own('UPDATE replicasets', 'UPDATE deployments/status'),
  [controller('replicaset-controller')]: own(
    'CREATE pods',
    'UPDATE pods',
    'DELETE pods',
    'UPDATE replicasets/status',
  ),
  [controller('pod-garbage-collector')]: own('DELETE pods', 'UPDATE pods/status'),
  [controller('persistent-volume-binder')]: [
    ...own(
      'CREATE persistentvolumeclaims',
      'UPDATE persistentvolumeclaims',
      'UPDATE persistentvolumeclaims/status',
    ),
    'UPDATE persistentvolumes of ours',
  ],
  [controller('endpoint-controller')]: own('UPDATE endpoints'),
  [controller('endpointslice-controller')]: own('CREATE endpointslices'),
  [controller('root-ca-cert-publisher')]: own('UPDATE configmaps kube-root-ca.crt'),
  'system:serviceaccount:solewriter-system:solewriter-controller': own(
    'CREATE leases solewriter-controller',
    'CREATE secrets solewriter-certs',
  ),
}

/** Refused everything else: people, writers, our other account, other controllers, disguises. */
const nobodySpecial = [
  'alice',
  'system:serviceaccount:ci:deployer',
  'system:serviceaccount:solewriter-system:solewriter',
  controller('generic-garbage-collector'),
  controller('namespace-controller'),
  controller('daemon-set-controller'),
  'system:apiserver',
]

describe('with nobody to ask, under Fail', () => {
  for (const [user, expected] of Object.entries(exempt)) {
    test(`${user} goes on with exactly what must not wait`, async () => {
      const isNode = user.startsWith('system:node:')
      const passed = await askAll(as(await kubeconfigOf(user)), isNode)
      assert.deepEqual(passed, [...anybody, ...expected].toSorted())
    })
  }

  test('a node gets tokens for the Pods that it runs', async () => {
    const node = as(await kubeconfigOf('system:node:n1'))
    const pods = `/api/v1/namespaces/${ours}/pods`
    const { text } = await node({ method: 'GET', path: `${pods}/on-n1` })
    const { metadata } = JSON.parse(text) as { metadata: { uid: string } }
    const boundObjectRef = { apiVersion: 'v1', kind: 'Pod', name: 'on-n1', uid: metadata.uid }
    const path = `/api/v1/namespaces/${ours}/serviceaccounts/default/token`
    const body = { spec: { boundObjectRef } }
    const got = await node({ method: 'POST', path, body })
    assert.equal(got.status, 201, got.text)
    const refused = await as(await kubeconfigOf('alice'))({ method: 'POST', path, body })
    assert.match(refused.text, /failed calling webhook/)
  })

  for (const user of nobodySpecial) {
    test(`${user} writes nothing but what is never desired state`, async () => {
      const passed = await askAll(as(await kubeconfigOf(user)))
      assert.deepEqual(passed, anybody.toSorted())
    })
  }

  const byName = Object.keys(exempt).filter((user) => user.startsWith('system:serviceaccount:'))
  for (const user of byName) {
    test(`whoever only bears the name ${user} is refused`, async () => {
      const impersonator = as('admin', { 'impersonate-user': user })
      assert.deepEqual(await askAll(impersonator), anybody.toSorted())
      const file = await cluster.kubeconfig({ kind: 'user', user, groups: [] })
      assert.deepEqual(await askAll(as(file)), anybody.toSorted())
    })
  }

  for (const user of ['system:kube-controller-manager', 'system:kube-scheduler']) {
    test(`whoever borrows the name ${user} without its certificate is refused`, async () => {
      const impersonator = as('admin', { 'impersonate-user': user })
      assert.deepEqual(await askAll(impersonator), anybody.toSorted())
    })
  }

  test('whoever only bears the name of the API server is refused', async () => {
    const headers = {
      'impersonate-user': 'system:apiserver',
      'impersonate-group': 'system:masters',
    }
    assert.deepEqual(await askAll(as('admin', headers)), anybody.toSorted())
  })

  test('a node that says it is another one is refused', async () => {
    const groups = ['system:nodes']
    const file = await cluster.kubeconfig({ kind: 'user', user: 'system:node:n2', groups })
    const passed = await askAll(as(file), true)
    assert.ok(passed.includes('CREATE leases kube-node-lease/n2'))
    assert.deepEqual(
      passed.filter((name) => / n1$|\/n1$/.test(name)),
      [],
    )
  })

  test('the name of a node without its group is refused', async () => {
    const file = await cluster.kubeconfig({ kind: 'user', user: 'system:node:n1', groups: [] })
    assert.deepEqual(await askAll(as(file)), anybody.toSorted())
  })
})

/** Names of the calls that nobody was asked about; each must then be answered by the API itself. */
async function askAll(send: Send, isNode = false): Promise<readonly string[]> {
  const outcomes = await Promise.all(
    Object.entries(calls).map(async ([name, call]) => {
      const { status, text } = await send(call)
      if (/failed calling webhook/.test(text)) return []
      // NodeRestriction comes first, and is not what is tested here.
      if (isNode && status === 403 && /is forbidden: /.test(text)) return []
      assert.ok(status < 300 || status === 409, `${name}: ${status} ${text}`)
      return [name]
    }),
  )
  return outcomes.flat().toSorted()
}

function kubeconfigOf(user: string): Promise<string> {
  const [, namespace, name] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user) ?? []
  if (namespace !== undefined && name !== undefined) {
    const identity = { kind: 'service-account', namespace, name } as const
    return cluster.kubeconfig({ ...identity, isPodBound: false })
  }
  const groups = user.startsWith('system:node:') ? ['system:nodes'] : []
  const masters = user === 'system:apiserver' ? ['system:masters'] : []
  return cluster.kubeconfig({ kind: 'user', user, groups: [...groups, ...masters] })
}

async function prepare(admin: Send): Promise<void> {
  const create = async (path: string, body: object) => {
    const { status, text } = await admin({ method: 'POST', path, body })
    assert.ok(status === 201 || status === 409, `${path}: ${text}`)
  }
  const rbac = 'rbac.authorization.k8s.io'
  await create(`/apis/${rbac}/v1/clusterrolebindings`, {
    metadata: { name: 'everybody-may-everything' },
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ apiGroup: rbac, kind: 'Group', name: 'system:authenticated' }],
  })
  await create('/api/v1/namespaces', { metadata: { name: ours } })
  const accounts = `/api/v1/namespaces/${ours}/serviceaccounts`
  for (const name of ['default', 'solewriter', 'solewriter-controller']) {
    await create(accounts, { metadata: { name } })
  }
  for (const [collection, object] of fixtures) await create(collection, object)
}

/** At an address where nobody listens, honoured when this returns. */
async function register(alice: Send): Promise<void> {
  const path = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations'
  const body = webhookConfiguration('', 'https://127.0.0.1:1/validate')
  const { status, text } = await alice({ method: 'POST', path, body })
  assert.equal(status, 201, text)
  const write = calls[`CREATE configmaps in ${ours}`]
  assert.ok(write !== undefined)
  const deadline = Date.now() + 30_000
  while ((await alice(write)).status < 300) {
    assert.ok(Date.now() < deadline, 'the configuration is not honoured')
    await sleep(100)
  }
}
