import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  explain,
  rowCovers,
  writerCovers,
  type ExplainQuery,
} from '../../../src/core/policy/explain.ts'
import { fullPolicy, goodPolicy } from './policies.ts'

const policy = goodPolicy(fullPolicy)
const nothing = (): [] => []

function query(changes: Partial<ExplainQuery>): ExplainQuery {
  return {
    resource: 'deployments.apps',
    namespace: 'shop',
    name: 'api',
    username: 'alice',
    groups: [],
    ...changes,
  }
}

test('a human without exceptions has only a scope', () => {
  assert.deepEqual(explain(policy, query({}), nothing), {
    scope: { mode: 'enforce', index: undefined },
    writer: undefined,
    writerCovers: false,
    exceptions: [],
  })
})

test('a writer is told by its service account, with the groups that the API server gives it', () => {
  const found = explain(policy, query({ username: 'system:serviceaccount:ci:deployer' }), nothing)
  assert.equal(found.writer?.name, 'deployer')
  assert.equal(found.writerCovers, true)
})

test('a writer outside its namespaces is still that writer', () => {
  const username = 'system:serviceaccount:ci:deployer'
  const found = explain(policy, query({ username, namespace: 'other' }), nothing)
  assert.equal(found.writer?.name, 'deployer')
  assert.equal(found.writerCovers, false)
})

test('the rows of the policy that are about the object are listed', () => {
  const username = 'system:serviceaccount:keda:keda-operator'
  const scale = query({ username, resource: 'deployments.apps/scale' })
  assert.deepEqual(explain(policy, scale, nothing).exceptions, [
    {
      origin: 'policy',
      name: 'keda',
      operations: ['UPDATE'],
      fields: ['spec.replicas'],
      names: [],
      note: 'scales by queue length',
    },
  ])
  assert.deepEqual(explain(policy, { ...scale, namespace: 'other' }, nothing).exceptions, [])
  assert.deepEqual(explain(policy, { ...scale, username: 'keda-operator' }, nothing).exceptions, [])
  assert.deepEqual(explain(policy, query({ username }), nothing).exceptions, [])
})

test('a question without a name is answered with the rows for single names too', () => {
  const pods = query({ username: 'system:serviceaccount:keda:keda-operator', resource: 'pods' })
  const names = (name: string): unknown =>
    explain(policy, { ...pods, name }, nothing).exceptions.map((row) => row.names)
  assert.deepEqual(names(''), [['api-0']])
  assert.deepEqual(names('api-0'), [['api-0']])
  assert.deepEqual(names('api-1'), [])
})

test('built-in rows come first and are asked with the groups of the service account', () => {
  const row = {
    origin: 'built-in' as const,
    name: 'x',
    operations: ['UPDATE'],
    fields: ['*'],
    names: [],
    note: 'n',
  }
  const asked: ExplainQuery[] = []
  const username = 'system:serviceaccount:keda:keda-operator'
  const found = explain(policy, query({ username, resource: 'deployments.apps/scale' }), (it) => {
    asked.push(it)
    return [row]
  })
  assert.deepEqual(
    found.exceptions.map(({ name }) => name),
    ['x', 'keda'],
  )
  assert.deepEqual(asked[0]?.groups, [
    'system:serviceaccounts',
    'system:serviceaccounts:keda',
    'system:authenticated',
  ])
})

const writerCases: readonly [
  namespaces: string[],
  resource: string,
  namespace: string,
  name: string,
  expected: boolean,
][] = [
  [['*'], 'nodes', '', 'a', true],
  [['*'], 'namespaces', 'a', 'a', true],
  [['*'], 'pods', 'a', 'b', true],
  [['team-*'], 'pods', 'team-a', 'b', true],
  [['team-*'], 'pods', 'shop', 'b', false],
  [['team-*'], 'nodes', '', 'team-a', false],
  [['team-*'], 'namespaces', 'team-a', 'team-a', false],
  [['**'], 'namespaces', 'team-a', 'team-a', false],
]

for (const [namespaces, resource, namespace, name, expected] of writerCases) {
  const place = `${resource} ${namespace}/${name}`
  test(`a writer for ${namespaces.join()} ${expected ? 'covers' : 'does not cover'} ${place}`, () => {
    const [writer] = policy.spec.writers
    assert.ok(writer)
    assert.equal(writerCovers({ ...writer, namespaces }, { resource, namespace, name }), expected)
  })
}

const rowCases: readonly [
  namespaces: string[],
  resource: string,
  namespace: string,
  expected: boolean,
][] = [
  [['a'], 'pods', 'a', true],
  [['a'], 'pods', '', false],
  [['a'], 'pods', 'b', false],
  [[], 'pods', '', true],
  [[], 'pods', 'a', false],
  [['a'], 'pods/status', 'a', false],
  [['a'], 'namespaces', 'a', true],
  [[], 'namespaces', 'a', false],
]

for (const [namespaces, resource, namespace, expected] of rowCases) {
  test(`a row for ${JSON.stringify(namespaces)} ${expected ? 'covers' : 'does not cover'} ${resource} in ${JSON.stringify(namespace)}`, () => {
    const row = { resources: ['pods', 'namespaces'], operations: ['DELETE' as const], namespaces }
    assert.equal(rowCovers(row, { resource, namespace, name: 'a' }), expected)
  })
}
