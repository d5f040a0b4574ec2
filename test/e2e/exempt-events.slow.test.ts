import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { readEvent, type ApiEvent } from '../../src/core/audit/reconcile/api-event.ts'
import { exemptionOf } from '../../src/core/audit/reconcile/exemption.ts'
import { kindOf, operationOf } from '../../src/core/audit/reconcile/population.ts'
import type { Json } from '../../src/core/manifest/json.ts'
import { startCluster, type Cluster } from '../cluster/cluster.ts'
import { webhookConfiguration } from '../cluster/registration.ts'
import { eventually } from './eventually.ts'
import { calls, fixtures, ours } from './exempt-calls.ts'
import { requesterOf, type ApiRequest, type Requester } from './requester.ts'

// What `audit reconcile` takes for exempt against what the real API server did: the shipped
// conditions under `Fail`, with nobody to ask. What it let pass it did not ask about.

const people = [
  'alice',
  'system:kube-scheduler',
  'system:kube-controller-manager',
  'system:node:n1',
]
const controllers = [
  'statefulset-controller',
  'deployment-controller',
  'replicaset-controller',
  'node-controller',
  'pod-garbage-collector',
  'persistent-volume-binder',
  'endpoint-controller',
  'endpointslice-controller',
  'root-ca-cert-publisher',
  'namespace-controller',
].map((name) => `system:serviceaccount:kube-system:${name}`)
const users = [
  ...people,
  ...controllers,
  'system:serviceaccount:solewriter-system:solewriter-controller',
  'system:serviceaccount:ci:deployer',
]

let cluster: Cluster
let admin: Requester
const open: Requester[] = []

before(async () => {
  cluster = await startCluster()
  admin = as(cluster.kubeconfigs['admin'] ?? '')
  await prepare()
  await register()
})

after(async () => {
  for (const requester of open) requester.close()
  await cluster.stop()
})

function as(kubeconfig: string): Requester {
  const requester = requesterOf(kubeconfig)
  open.push(requester)
  return requester
}

test('what is exempt by the audit log is what the API server did not ask about', async () => {
  const start = new Date().toISOString()
  for (const user of users) {
    const send = as(await kubeconfigOf(user))
    await Promise.all(Object.values(calls).map((call) => send(call)))
  }
  const events = eventsSince(start).filter((one) => users.includes(one.user.username))
  const asked = events.filter(({ answer }) => answer.isOfAdmission)
  // What was refused otherwise, before or after, says nothing of the conditions.
  const passed = events.filter(({ answer }) => answer.code < 300 || answer.code === 409)
  for (const one of asked) assertNotExempt(one)
  const conditions = new Set(passed.map(conditionOf))
  assert.ok(asked.length > 500, String(asked.length))
  assert.deepEqual([...conditions].toSorted(), [
    'control-plane-leases',
    'controller-manager-accounts',
    'events',
    'node-controller',
    'node-heartbeats',
    'node-pods',
    'own-accounts',
    'own-claims',
    'own-dead-pods',
    'own-pods',
    'own-root-certificate',
    'own-stopped-pods',
    'own-volumes',
    'scheduler-bindings',
    'virtual-reviews',
  ])
})

function assertNotExempt(one: ApiEvent): void {
  const exemption = exemptionOf(one, operationOf(one, kindOf(one)))
  // The log does not show whose volume it is.
  if (exemption?.isSure === false) assert.equal(exemption.condition, 'own-volumes')
  else assert.equal(exemption, undefined, textOf(one))
}

function conditionOf(one: ApiEvent): string {
  return exemptionOf(one, operationOf(one, kindOf(one)))?.condition ?? assert.fail(textOf(one))
}

function textOf({ user, verb, target, answer }: ApiEvent): string {
  return JSON.stringify([user.username, verb, target, answer])
}

function eventsSince(start: string): readonly ApiEvent[] {
  const lines = readFileSync(cluster.auditLog, 'utf8').split('\n').slice(0, -1)
  return lines.flatMap((line) => {
    const one = readEvent(JSON.parse(line) as Json)
    assert.ok(one !== undefined)
    if (one === 'none' || kindOf(one) === 'read') return []
    return one.receivedAt >= Date.parse(start) ? [one] : []
  })
}

function kubeconfigOf(user: string): Promise<string> {
  const [, namespace, name] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user) ?? []
  if (namespace !== undefined && name !== undefined) {
    const identity = { kind: 'service-account', namespace, name } as const
    return cluster.kubeconfig({ ...identity, isPodBound: false })
  }
  const groups = user.startsWith('system:node:') ? ['system:nodes'] : []
  return cluster.kubeconfig({ kind: 'user', user, groups })
}

async function prepare(): Promise<void> {
  const rbac = 'rbac.authorization.k8s.io'
  await create(`/apis/${rbac}/v1/clusterrolebindings`, {
    metadata: { name: 'everybody-may-everything' },
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ apiGroup: rbac, kind: 'Group', name: 'system:authenticated' }],
  })
  await create('/api/v1/namespaces', { metadata: { name: ours } })
  for (const name of ['default', 'solewriter', 'solewriter-controller']) {
    await create(`/api/v1/namespaces/${ours}/serviceaccounts`, { metadata: { name } })
  }
  for (const [collection, object] of fixtures) await create(collection, object)
}

async function create(path: string, body: object): Promise<void> {
  const { status, text } = await admin({ method: 'POST', path, body })
  assert.ok(status === 201 || status === 409, `${path}: ${text}`)
}

/** At an address where nobody listens. */
async function register(): Promise<void> {
  const collection = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations'
  await create(collection, webhookConfiguration('', 'https://127.0.0.1:1/validate'))
  const call: ApiRequest | undefined = calls[`CREATE configmaps in ${ours}`]
  assert.ok(call !== undefined)
  await eventually('the configuration is honoured', async () => (await admin(call)).status >= 300)
}
