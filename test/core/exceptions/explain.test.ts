import assert from 'node:assert/strict'
import { test } from 'node:test'
import { explainBuiltIn } from '../../../src/core/exceptions/explain.ts'
import { explain } from '../../../src/core/policy/explain.ts'
import { goodPolicy, head } from '../policy/policies.ts'

const groups: readonly string[] = []
const controller = 'system:serviceaccount:kube-system:deployment-controller'

function names(username: string, resource: string, namespace = 'shop', name = ''): string[] {
  return explainBuiltIn({ username, groups, resource, namespace, name }).map((row) => row.name)
}

const cases: readonly (readonly [string, Parameters<typeof names>, readonly string[]])[] = [
  ['a human has none', ['alice', 'deployments.apps'], []],
  [
    'a controller has those of its name',
    [controller, 'deployments.apps/status'],
    ['deployment-status'],
  ],
  ['no subresource is meant', [controller, 'deployments.apps'], []],
  ['a node', ['system:node:n1', 'leases.coordination.k8s.io', 'kube-node-lease'], ['node-lease']],
  [
    'any account',
    ['system:serviceaccount:keda:operator', 'leases.coordination.k8s.io', 'keda'],
    ['own-leases', 'own-lease-renewal'],
  ],
  [
    'what is about everything',
    ['system:serviceaccount:kube-system:generic-garbage-collector', 'widgets.example.com'],
    ['garbage-collection', 'garbage-references', 'garbage-finalizers'],
  ],
  [
    'a name that a row does not name',
    ['system:kube-scheduler', 'leases.coordination.k8s.io', 'kube-system', 'other'],
    [],
  ],
  [
    'a kind of object alone',
    ['system:kube-scheduler', 'leases.coordination.k8s.io', 'kube-system'],
    ['kube-scheduler-lease'],
  ],
]

for (const [title, query, rows] of cases) {
  test(`built-in rows are explained: ${title}`, () => {
    assert.deepEqual(names(...query), rows)
  })
}

test('a row says what for, where and with which credential', () => {
  const query = { username: controller, groups, namespace: 'shop', name: '' }
  const { exceptions } = explain(
    goodPolicy(`${head}  mode: enforce\n`),
    { ...query, resource: 'replicasets.apps' },
    explainBuiltIn,
  )
  assert.deepEqual(exceptions[0], {
    origin: 'built-in',
    name: 'deployment-replicasets',
    operations: ['CREATE', 'DELETE'],
    fields: ['*'],
    names: [],
    note: 'makes a ReplicaSet for each revision, and removes those beyond the history limit; only where it is controlled by a live Deployment; with a token of that service account',
  })
})
