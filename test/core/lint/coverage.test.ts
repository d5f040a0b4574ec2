import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shippedConditions } from '../../../src/core/audit/reconcile/shipped-conditions.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { coverageOf } from '../../../src/core/lint/webhook/coverage.ts'

function resource(name: string, verbs: string, isNamespaced = true) {
  const [full = '', subresource = ''] = name.split('/')
  const [plural = '', ...group] = full.split('.')
  return {
    group: group.join('.'),
    version: 'v1',
    resource: plural,
    subresource,
    isNamespaced,
    verbs: verbs.split(' '),
  }
}

const everything = { apiGroups: ['*'], apiVersions: ['*'], resources: ['*/*'], operations: ['*'] }
const ours = Array.from(shippedConditions, ([name, expression]) => ({ name, expression }))
const namespaces = ['shop', 'bank'].map((name) => ({ metadata: { name, labels: { name } } }))

function rowsOf(
  one: ReturnType<typeof resource>,
  webhook: object = {},
  aggregated: readonly string[] = [],
): string[] {
  const configuration = { webhooks: [{ name: 'w', rules: [everything], ...webhook }] }
  const { rows } = coverageOf({
    served: [one],
    aggregated: new Set(aggregated),
    configuration: configuration as unknown as JsonObject,
    namespaces,
    namespace: 'solewriter-system',
  })
  return rows.map(({ why, detail, resources }) => [why, detail, ...resources].join(' ').trim())
}

test('what is asked about is in no row', () => {
  assert.deepEqual(rowsOf(resource('deployments.apps', 'create get delete')), [])
  assert.deepEqual(rowsOf(resource('deployments.apps', 'create'), { matchConditions: ours }), [])
})

test('what cannot be written, and what no webhook is ever asked about', () => {
  assert.deepEqual(rowsOf(resource('pods/log', 'get')), ['read-only  pods/log'])
  const configurations = 'validatingwebhookconfigurations.admissionregistration.k8s.io'
  assert.deepEqual(rowsOf(resource(configurations, 'delete', false)), [
    `admission  ${configurations} DELETE`,
  ])
})

test('connections are asked about as such', () => {
  const narrow = { rules: [{ ...everything, operations: ['CREATE', 'UPDATE', 'DELETE'] }] }
  assert.deepEqual(rowsOf(resource('pods/exec', 'create get'), narrow), [
    'no-rule  pods/exec CONNECT',
  ])
})

test('another API server', () => {
  const metrics = resource('pods.custom.example.com', 'create')
  assert.deepEqual(rowsOf(metrics, {}, ['v1.custom.example.com']), [
    'aggregated custom.example.com pods.custom.example.com CREATE',
  ])
})

test('rules without subresources, and of one scope', () => {
  const main = { rules: [{ ...everything, resources: ['*'] }] }
  assert.deepEqual(rowsOf(resource('deployments.apps', 'create'), main), [])
  assert.deepEqual(rowsOf(resource('deployments.apps/scale', 'patch'), main), [
    'no-rule  deployments.apps/scale UPDATE',
  ])
  const ofCluster = { rules: [{ ...everything, scope: 'Cluster' }] }
  assert.deepEqual(rowsOf(resource('nodes', 'create', false), ofCluster), [])
  assert.deepEqual(rowsOf(resource('pods', 'create'), ofCluster), ['no-rule  pods CREATE'])
})

test('namespaces that a selector leaves out are named; what has none is not left out', () => {
  const webhook = {
    namespaceSelector: { matchExpressions: [{ key: 'name', operator: 'NotIn', values: ['bank'] }] },
  }
  assert.deepEqual(rowsOf(resource('pods', 'create'), webhook), [
    'namespace-selector bank pods CREATE',
  ])
  assert.deepEqual(rowsOf(resource('nodes', 'create', false), webhook), [])
})

test('our own conditions: always, or for those whom they name', () => {
  const webhook = { matchConditions: ours }
  assert.deepEqual(rowsOf(resource('events', 'create'), webhook), [
    'condition events events CREATE',
  ])
  assert.deepEqual(rowsOf(resource('pods/binding', 'create'), webhook), [
    'condition-for-some scheduler-bindings pods/binding CREATE',
  ])
  assert.deepEqual(rowsOf(resource('secrets', 'delete'), webhook), [])
})

test('a condition of others may leave out anything that it does not surely keep', () => {
  const other = (expression: string) => ({ matchConditions: [{ name: 'mine', expression }] })
  const pods = resource('pods', 'create')
  assert.deepEqual(rowsOf(pods, other('true')), [])
  assert.deepEqual(rowsOf(pods, other('false')), ['condition mine pods CREATE'])
  const quiet = "!(request.userInfo.username == 'bob')"
  assert.deepEqual(rowsOf(pods, other(quiet)), ['condition-for-some mine pods CREATE'])
  assert.deepEqual(rowsOf(pods, other("object.spec.matches('x')")), [
    'condition-for-some mine pods CREATE',
  ])
  assert.deepEqual(rowsOf(pods, other("request.resource.resource != 'pods'")), [
    'condition mine pods CREATE',
  ])
  // One that only has the name of ours.
  const borrowed = { matchConditions: [{ name: 'scheduler-bindings', expression: quiet }] }
  assert.deepEqual(rowsOf(pods, borrowed), ['condition-for-some scheduler-bindings pods CREATE'])
})
