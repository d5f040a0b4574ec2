import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GuardError } from '../../../src/core/errors.ts'
import { builtInRows } from '../../../src/core/exceptions/built-in.ts'
import { coversPath } from '../../../src/core/exceptions/coverage.ts'
import { controllerAccounts } from '../../../src/core/exceptions/table/accounts.ts'
import {
  resourceName,
  type AdmissionRequest,
  type Operation,
} from '../../../src/core/admission/request.ts'
import type { BuiltInRow } from '../../../src/core/exceptions/row.ts'
import { changedPaths } from '../../../src/core/manifest/changes.ts'
import type { Json } from '../../../src/core/manifest/json.ts'
import type { Cluster } from '../../../src/core/exceptions/cluster.ts'
import { account } from '../../fakes/requests.ts'
import { ask, merge, nested, resourceOf, samplesOf, scenes, type Sample } from './samples.ts'
import { impostorsOf } from './users.ts'

// Every row of the table covers a write that is made from the row itself, and covers none in which
// one thing is different.

const operations: readonly Operation[] = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT']

for (const row of builtInRows) {
  test(`${row.name} covers what it says`, async () => {
    const samples = samplesOf(row)
    assert.ok(samples.length > 0)
    for (const { request, cluster } of samples) {
      const found = await ask(request, cluster)
      assert.equal(found.kind, 'covered', describe(request))
    }
  })

  test(`${row.name} covers nobody else`, async () => {
    for (const sample of samplesOf(row)) {
      for (const [title, user] of impostors(row)) {
        await refuses({ ...sample, request: { ...sample.request, user } }, title)
      }
    }
  })

  test(`${row.name} covers no other operation, resource, namespace or name`, async () => {
    for (const sample of samplesOf(row)) {
      for (const [title, changes] of displacements(sample)) {
        await refuses({ ...sample, request: { ...sample.request, ...changes } }, title)
      }
    }
  })

  test(`${row.name} covers no field outside`, async () => {
    for (const sample of samplesOf(row)) {
      for (const field of strayFields(sample)) {
        const object = merge(sample.request.object ?? {}, nested(field, evilAt(field)))
        await refuses({ ...sample, request: { ...sample.request, object } }, field.join('.'))
      }
    }
  })

  if (row.condition !== undefined) {
    test(`${row.name} covers nothing when ${row.condition.says} does not hold`, async () => {
      const breaks = Object.entries(scenes[row.name]?.breaks ?? {})
      assert.ok(breaks.length > 0, 'no scene breaks the condition')
      for (const [title, parts] of breaks) {
        for (const sample of samplesOf(row, parts)) await refuses(sample, title)
      }
    })
  }
}

test('a cluster that does not answer is a failure, not an answer', async () => {
  const silent = new GuardError('ClusterUnreachable', 'silence')
  const cluster: Cluster = {
    read: () => Promise.reject(silent),
    list: () => Promise.reject(silent),
  }
  let asked = 0
  for (const row of builtInRows.filter(({ name }) => scenes[name]?.world !== undefined)) {
    for (const { request } of samplesOf(row)) {
      // What needs no cluster is decided without it.
      const answer = await ask(request, cluster).catch((error: unknown) => error)
      if (answer instanceof GuardError) asked += 1
      else assert.ok(['pod-garbage'].includes(row.name), row.name)
    }
  }
  assert.ok(asked > 40)
})

test('names are unique, and fields stand where an operation changes fields', () => {
  assert.equal(new Set(builtInRows.map(({ name }) => name)).size, builtInRows.length)
  for (const { name, operations: of, fields } of builtInRows) {
    const changes = of.includes('CREATE') || of.includes('UPDATE')
    assert.equal(fields !== undefined, changes, name)
  }
})

test('owners and finalizers are open only where a row names them, or the whole object', () => {
  for (const { name, fields = [] } of builtInRows) {
    for (const key of ['ownerReferences', 'finalizers']) {
      const paths = changedPaths(undefined, nested(['metadata', key], evilAt([key])))
      const isOpen = paths.some((path) => coversPath({ fields }, path))
      const isNamed = fields.includes(`metadata.${key}`) || fields.includes('*')
      assert.equal(isOpen, isNamed, `${name}: ${key}`)
    }
  }
})

test('every scene belongs to a row with a condition', () => {
  const conditional = builtInRows.filter(({ condition }) => condition !== undefined)
  assert.deepEqual(Object.keys(scenes).toSorted(), conditional.map(({ name }) => name).toSorted())
})

test('each controller of the table has an account that the controller manager may make', () => {
  for (const { subject } of builtInRows) {
    if (subject.kind === 'controller') assert.ok(controllerAccounts.includes(subject.account))
  }
})

function impostors(row: BuiltInRow) {
  const other = account('kube-system', 'default')
  const elsewhere = row.subject.kind === 'controller' ? [account('shop', row.subject.account)] : []
  return [
    ...impostorsOf(row.subject),
    ...[other, ...elsewhere].map((user) => ['another account', user] as const),
  ]
}

function displacements({ row, request }: Sample): readonly (readonly [string, object])[] {
  const object = request.object ?? request.oldObject
  const both = { object, oldObject: request.oldObject ?? object }
  const others = operations
    .filter((operation) => !row.operations.includes(operation))
    .map((operation) => [operation, { operation, ...both }] as const)
  const main = { ...request.resource, group: `${request.resource.group}.evil.example.com` }
  const subresource = request.subresource === '' ? 'status' : ''
  return [
    ...others,
    ...(isEverything(row) ? [] : [['a resource of another group', { resource: main }] as const]),
    ['an unknown subresource', { subresource: 'evil' }],
    ...(row.resources.includes(resourceName({ ...request, subresource }))
      ? []
      : [['the main resource or its status', { subresource }] as const]),
    ...(isEverything(row) ? [] : [['pods/exec', resourceOf('pods/exec')] as const]),
    ...(row.namespaces === undefined
      ? []
      : [
          ['another namespace', { namespace: 'shop2' }] as const,
          ['no namespace', { namespace: '' }] as const,
        ]),
    ...(row.names === undefined ? [] : [['another name', { name: 'evil' }] as const]),
  ]
}

function isEverything({ resources }: BuiltInRow): boolean {
  return resources.some((resource) => resource.startsWith('*'))
}

/** Places that the row leaves closed. */
function strayFields({ row, request }: Sample): readonly (readonly string[])[] {
  if (request.operation !== 'CREATE' && request.operation !== 'UPDATE') return []
  const places = ['finalizers', 'ownerReferences'].map((key) => ['metadata', key])
  const maps = ['labels', 'annotations'].map((key) => ['metadata', key, 'evil.example.com/x'])
  const roots = ['spec', 'data', 'status', 'rules', 'subjects', 'webhooks'].map((key) => [
    key,
    'evil',
  ])
  const fields = row.fields ?? []
  return [...places, ...maps, ...roots, ['evil']].filter((keys) => {
    const paths = changedPaths(undefined, nested(keys, evilAt(keys)))
    return !paths.every((path) => coversPath({ fields }, path))
  })
}

function evilAt(keys: readonly string[]): Json {
  if (keys.includes('finalizers')) return ['example.com/evil']
  if (!keys.includes('ownerReferences')) return 'evil'
  return [{ apiVersion: 'v1', kind: 'Secret', name: 'evil', uid: 'e', controller: true }]
}

/** Nothing covers it; or another row of the same identity does, and this one has no part in it. */
async function refuses({ row, request, cluster }: Sample, title: string): Promise<void> {
  const found = await ask(request, cluster)
  if (found.kind === 'not-covered') return
  const rules = found.rule.split(' and ')
  assert.ok(!rules.includes(row.name), `${title}: covered by ${found.rule}: ${describe(request)}`)
}

function describe(request: AdmissionRequest): string {
  const { operation, resource, subresource, namespace, name, user } = request
  return `${user.username} ${operation} ${resource.resource}/${subresource} ${namespace}/${name}`
}
