import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { coverageOf } from '../../../src/core/breakglass/scope.ts'
import type { AdmissionRequest } from '../../../src/core/admission/request.ts'
import { changedFields } from '../../../src/core/exceptions/changed-fields.ts'
import { formatFieldPath } from '../../../src/core/manifest/field-path.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import type { ScopeRow } from '../../../src/core/policy/grant-scope-schema.ts'
import { write } from './writes.ts'

const row: ScopeRow = {
  resources: ['deployments.apps', 'deployments.apps/scale'],
  operations: ['UPDATE'],
  namespaces: ['pay'],
  names: ['api', 'web-*'],
  fields: ['spec.replicas'],
}

function covers(scope: readonly ScopeRow[], request: AdmissionRequest): string {
  const coverage = coverageOf(scope, request, changedFields(request))
  if (coverage.kind !== 'other-fields') return coverage.kind
  return coverage.paths.map(formatFieldPath).join(' ')
}

const scaled = { old: { spec: { replicas: 3 } }, next: { spec: { replicas: 5 } } }

const cases: readonly [
  title: string,
  row: Partial<ScopeRow>,
  Parameters<typeof write>[0],
  string,
][] = [
  ['the write that is meant', {}, scaled, 'covered'],
  ['removal of the field', {}, { ...scaled, next: { spec: {} } }, 'covered'],
  ['a subresource that is named', {}, { ...scaled, subresource: 'scale' }, 'covered'],
  ['one that is not', {}, { ...scaled, subresource: 'status' }, 'other-object'],
  ['another group', {}, { ...scaled, group: 'apps.example' }, 'other-object'],
  ['the core group', {}, { ...scaled, group: '' }, 'other-object'],
  ['another resource', {}, { ...scaled, resource: 'statefulsets' }, 'other-object'],
  ['another operation', {}, { operation: 'DELETE', old: scaled.old }, 'other-object'],
  ['another namespace', {}, { ...scaled, namespace: 'pay2' }, 'other-object'],
  ['another name', {}, { ...scaled, name: 'api2' }, 'other-object'],
  ['a name by its prefix', {}, { ...scaled, name: 'web-1' }, 'covered'],
  ['the prefix itself', {}, { ...scaled, name: 'web-' }, 'covered'],
  ['less than the prefix', {}, { ...scaled, name: 'web' }, 'other-object'],
  ['a write without a name', {}, { ...scaled, name: '' }, 'other-object'],
  ['a cluster-scoped object', {}, { ...scaled, namespace: '' }, 'other-object'],
  ['no names: any', { names: undefined as never }, { ...scaled, name: 'x' }, 'covered'],
  ['* for namespaces', { namespaces: ['*'] }, { ...scaled, namespace: 'x' }, 'covered'],
  [
    '* for namespaces, cluster-scoped',
    { namespaces: ['*'] },
    { ...scaled, namespace: '' },
    'other-object',
  ],
  ['no namespaces, in one', { namespaces: [] }, scaled, 'other-object'],
  ['no namespaces, cluster-scoped', { namespaces: [] }, { ...scaled, namespace: '' }, 'covered'],
  ['* for resources', { resources: ['*'] }, { ...scaled, resource: 'x' }, 'covered'],
  [
    'another field too',
    {},
    { ...scaled, next: { spec: { replicas: 5, paused: true, x: [1] } } },
    'spec.paused spec.x[*]',
  ],
  ['a change of nothing', {}, { ...scaled, next: scaled.old }, 'other-object'],
  ['fields that are missing', { fields: undefined as never }, scaled, 'spec.replicas'],
]

for (const [title, change, request, verdict] of cases) {
  test(`a scope and ${title}: ${verdict}`, () => {
    const kept = Object.entries({ ...row, ...change }).filter(([, value]) => value !== undefined)
    assert.equal(covers([Object.fromEntries(kept) as unknown as ScopeRow], write(request)), verdict)
  })
}

test('rows cover a write together', () => {
  const paused = write({ ...scaled, next: { spec: { replicas: 5, paused: true } } })
  assert.equal(covers([row, { ...row, fields: ['spec.paused'] }], paused), 'covered')
  assert.equal(
    covers([row, { ...row, fields: ['spec.paused'], names: ['x'] }], paused),
    'spec.paused',
  )
  assert.equal(covers([], paused), 'other-object')
})

test('a deletion needs no fields', () => {
  const deletion = write({ operation: 'DELETE', old: {} })
  assert.equal(covers([{ ...row, operations: ['DELETE'] }], deletion), 'covered')
})

describe('a Namespace', () => {
  const namespaces: ScopeRow = {
    resources: ['namespaces'],
    operations: ['UPDATE', 'CREATE'],
    fields: ['*'],
    namespaces: ['pay'],
  }
  const target = { group: '', resource: 'namespaces', namespace: '', ...scaled }
  test('belongs to itself', () => {
    assert.equal(covers([namespaces], write({ ...target, name: 'pay' })), 'covered')
    assert.equal(covers([namespaces], write({ ...target, name: 'shop' })), 'other-object')
  })
  test('is never just a cluster-scoped object, named or not', () => {
    const clusterScoped = { ...namespaces, namespaces: [] }
    assert.equal(covers([clusterScoped], write({ ...target, name: 'pay' })), 'other-object')
    const generated = write({ ...target, operation: 'CREATE', name: '', next: scaled.next })
    assert.equal(covers([clusterScoped], generated), 'other-object')
  })
})

describe('owners and finalizers', () => {
  const owned: JsonObject = {
    metadata: { labels: { a: 'b' }, ownerReferences: [{ name: 'o' }], finalizers: ['f'] },
  }
  const change = write({ old: { metadata: {} }, next: owned })
  const made = write({ operation: 'CREATE', next: owned })
  const closed = 'metadata.ownerReferences[name=o].name metadata.finalizers[*]'
  for (const fields of [['*'], ['metadata'], ['*', 'metadata']]) {
    test(`are not covered by ${fields.join(' and ')}`, () => {
      const scope = [{ ...row, operations: ['UPDATE', 'CREATE'] as const, fields }]
      assert.equal(covers(scope, change), closed)
      assert.equal(covers(scope, made), closed)
      const removal = write({ old: owned, next: { metadata: { labels: { a: 'b' } } } })
      assert.equal(covers(scope, removal), closed)
    })
  }
  test('are covered by name', () => {
    const fields = ['*', 'metadata.ownerReferences', 'metadata["finalizers"]']
    assert.equal(covers([{ ...row, fields }], change), 'covered')
  })
  test('of a template are fields like others', () => {
    const template = write({
      old: { spec: {} },
      next: { spec: { metadata: { finalizers: ['f'] } } },
    })
    assert.equal(covers([{ ...row, fields: ['*'] }], template), 'covered')
  })
})

describe('labels', () => {
  const labelled = {
    ...row,
    labels: ['tier=web', 'empty='],
    operations: ['UPDATE', 'CREATE', 'DELETE', 'CONNECT'] as const,
    fields: ['*'],
  }
  const yes = { metadata: { labels: { tier: 'web', empty: '' } } }
  const no = { metadata: { labels: { tier: 'web' } } }
  for (const [title, request, verdict] of [
    ['of the object as it was', { old: yes, next: no }, 'covered'],
    ['that a write brings along', { old: no, next: yes }, 'other-object'],
    ['on CREATE of the new object', { operation: 'CREATE', next: yes }, 'covered'],
    ['on CREATE, missing', { operation: 'CREATE', next: no }, 'other-object'],
    ['on DELETE of what is deleted', { operation: 'DELETE', old: yes }, 'covered'],
    ['on DELETE, missing', { operation: 'DELETE', old: {} }, 'other-object'],
    [
      'of the body of a subresource',
      { operation: 'CREATE', subresource: 'scale', next: yes },
      'other-object',
    ],
    [
      'of the body of CONNECT',
      { operation: 'CONNECT', subresource: 'scale', next: yes },
      'other-object',
    ],
    ['of nothing', { operation: 'DELETE' }, 'other-object'],
  ] as const) {
    test(`${title}: ${verdict}`, () => {
      assert.equal(covers([labelled], write(request)), verdict)
    })
  }
})
