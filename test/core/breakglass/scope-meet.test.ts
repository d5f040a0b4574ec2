import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatFieldPattern } from '../../../src/core/breakglass/pattern-meet.ts'
import { meetScopes } from '../../../src/core/breakglass/scope-meet.ts'
import { coverageOf, type GrantScope } from '../../../src/core/breakglass/scope.ts'
import { parseFieldPattern, type FieldPath } from '../../../src/core/manifest/field-path.ts'
import type { ScopeRow } from '../../../src/core/policy/grant-scope-schema.ts'
import { write } from './writes.ts'

const row: ScopeRow = {
  resources: ['deployments.apps', 'deployments.apps/scale'],
  operations: ['UPDATE'],
  namespaces: ['pay'],
  names: ['api'],
  fields: ['spec.replicas', 'spec.paused'],
}

const cases: readonly [
  title: string,
  most: readonly Partial<ScopeRow>[],
  scope: readonly Partial<ScopeRow>[],
  ...narrowedBy: string[],
][] = [
  ['the same', [{}], [{}]],
  [
    'more of everything',
    [
      {
        resources: ['*'],
        operations: ['DELETE', 'UPDATE'],
        namespaces: ['*'],
        names: ['a*'],
        fields: ['spec'],
      },
    ],
    [{}],
  ],
  [
    'fewer resources',
    [{ resources: ['deployments.apps'] }],
    [{ resources: ['deployments.apps'] }],
    'scope[0].resources loses deployments.apps/scale: not in maxScope',
    'scope[0] is only UPDATE deployments.apps (spec.replicas, spec.paused) in pay called api',
  ],
  ['other namespaces', [{ namespaces: ['shop', 'team-*'] }], [], 'scope[0] is outside of maxScope'],
  ['cluster-scoped objects', [{ namespaces: [] }], [], 'scope[0] is outside of maxScope'],
  ['other operations', [{ operations: ['DELETE'] }], [], 'scope[0] is outside of maxScope'],
  ['other names', [{ names: ['web-*'] }], [], 'scope[0] is outside of maxScope'],
  ['other fields', [{ fields: ['metadata.labels'] }], [], 'scope[0] is outside of maxScope'],
  [
    'fewer fields',
    [{ fields: ['spec.replicas'] }],
    [{ fields: ['spec.replicas'] }],
    'scope[0].fields loses spec.paused: not in maxScope',
    'scope[0] is only UPDATE deployments.apps, deployments.apps/scale (spec.replicas) in pay called api',
  ],
  [
    'labels',
    [{ labels: ['tier=web'] }],
    [{ labels: ['tier=web'] }],
    'scope[0] is only UPDATE deployments.apps, deployments.apps/scale (spec.replicas, spec.paused) in pay called api with tier=web',
  ],
  [
    'two rows that have it all only together',
    [{ fields: ['spec.replicas'] }, { fields: ['spec.paused'] }],
    [{ fields: ['spec.replicas'] }, { fields: ['spec.paused'] }],
    'scope[0] is only UPDATE deployments.apps, deployments.apps/scale (spec.replicas) in pay called api; or UPDATE deployments.apps, deployments.apps/scale (spec.paused) in pay called api',
  ],
]

for (const [title, most, scope, ...narrowedBy] of cases) {
  test(`a scope within ${title}`, () => {
    const met = meetScopes(
      [row],
      most.map((change) => ({ ...row, ...change })),
    )
    assert.deepEqual(met, { scope: scope.map((change) => ({ ...row, ...change })), narrowedBy })
  })
}

test('labels that exclude each other are nothing', () => {
  const [a, b] = [
    { ...row, labels: ['tier=web'] },
    { ...row, labels: ['tier=db'] },
  ]
  assert.deepEqual(meetScopes([a], [b]).scope, [])
})

test('every row is named by its own position', () => {
  const other = { ...row, names: ['web'] }
  assert.deepEqual(meetScopes([row, other], [row]).narrowedBy, ['scope[1] is outside of maxScope'])
})

const fields: readonly [a: string, b: string, both: string | undefined][] = [
  ['*', 'spec.replicas', 'spec.replicas'],
  ['spec', 'spec.template.spec', 'spec.template.spec'],
  ['spec.a', 'spec.b', undefined],
  ['spec.c[*].image', 'spec.c[name=app]', 'spec.c[name="app"].image'],
  ['spec.c[name="app"]', 'spec.c[name=app].image', 'spec.c[name="app"].image'],
  ['spec.c[name=app]', 'spec.c[name=web]', undefined],
  ['spec.c[name=app]', 'spec.c[port=80]', undefined],
  ['spec.c[*]', 'spec.c.image', undefined],
  ['a["b/c.d"]', 'a["b/c.d"].e', 'a["b/c.d"].e'],
  ['*', 'metadata.finalizers', undefined],
  ['metadata', 'metadata.ownerReferences[*].name', undefined],
  ['metadata.finalizers', 'metadata["finalizers"][*]', 'metadata.finalizers[*]'],
  ['metadata', 'metadata.labels', 'metadata.labels'],
]

for (const [a, b, both] of fields) {
  test(`what ${a} and ${b} both cover is ${both ?? 'nothing'}`, () => {
    const [scopeA, scopeB] = [a, b].map((field) => [{ ...row, fields: [field] }])
    for (const [asked = [], most = []] of [
      [scopeA, scopeB],
      [scopeB, scopeA],
    ]) {
      const met = meetScopes(asked, most).scope
      assert.deepEqual(met[0]?.fields, both === undefined ? undefined : [both])
    }
  })
}

const key = fc.constantFrom('spec', 'metadata', 'finalizers', 'ownerReferences', 'a', 'b/c')
const step = fc.oneof(
  key.map((text) => `["${text}"]`),
  fc.constantFrom('[*]', '[name=x]', '[name="y z"]'),
)
const field = fc.oneof(
  fc.constant('*'),
  fc
    .tuple(fc.constantFrom('spec', 'metadata'), fc.array(step, { maxLength: 3 }))
    .map(([first, rest]) => first + rest.join('')),
)
const text = fc.constantFrom('a', 'ab', 'abc', 'b', 'a*', 'ab*', 'b*')
const list = <T>(item: fc.Arbitrary<T>) => fc.uniqueArray(item, { minLength: 1, maxLength: 3 })
const operation = fc.constantFrom('CREATE', 'UPDATE', 'DELETE', 'CONNECT')
const label = fc.constantFrom('k=1', 'k=2', 'l=1')

const anyRow: fc.Arbitrary<ScopeRow> = fc.record(
  {
    resources: fc.oneof(
      fc.constant(['*']),
      list(fc.constantFrom('pods', 'pods/exec', 'deployments.apps', 'namespaces')),
    ),
    operations: fc.uniqueArray(operation, { minLength: 2 }),
    namespaces: fc.uniqueArray(fc.oneof(text, fc.constant('*')), { maxLength: 3 }),
    names: list(text),
    labels: list(label),
    fields: list(fc.oneof(fc.constantFrom('*', 'spec', 'metadata'), field)),
  },
  { requiredKeys: ['resources', 'operations', 'namespaces', 'fields'] },
)

const anyStep = fc.oneof(
  key.map((one) => ({ kind: 'key', key: one }) as const),
  fc.constantFrom('x', 'y z', 'w').map((name) => ({ kind: 'item', items: [{ name }] }) as const),
)
const anyPath: fc.Arbitrary<FieldPath> = fc
  .tuple(fc.constantFrom('spec', 'metadata'), fc.array(anyStep, { maxLength: 4 }))
  .map(([first, rest]) => [{ kind: 'key', key: first } as const, ...rest])

const name = fc.constantFrom('', 'a', 'ab', 'abcd', 'b')
const labels = fc.record(
  { k: fc.constantFrom('1', '2'), l: fc.constant('1') },
  { requiredKeys: [] },
)
const anyWrite = fc
  .record({
    target: fc.constantFrom(
      { group: '', resource: 'pods' },
      { group: '', resource: 'pods', subresource: 'exec' },
      { group: '', resource: 'namespaces' },
      { group: 'apps', resource: 'deployments' },
    ),
    operation,
    namespace: name,
    name,
    old: labels,
    next: labels,
  })
  .map(({ target, old, next, ...rest }) =>
    write({
      ...target,
      ...rest,
      old: { metadata: { labels: old } },
      next: { metadata: { labels: next } },
    }),
  )

test('an intersection covers a write exactly if both scopes do', () => {
  const scope = fc.array(anyRow, { maxLength: 5 })
  const paths = fc.array(anyPath, { minLength: 1, maxLength: 2 })
  const seen = { both: 0, one: 0 }
  fc.assert(
    fc.property(scope, scope, anyWrite, paths, (asked, most, request, changed) => {
      const isCovered = (by: GrantScope) => coverageOf(by, request, changed).kind === 'covered'
      const [byAsked, byMost] = [isCovered(asked), isCovered(most)]
      seen.both += byAsked && byMost ? 1 : 0
      seen.one += byAsked !== byMost ? 1 : 0
      const { scope: met, narrowedBy } = meetScopes(asked, most)
      assert.equal(isCovered(met), byAsked && byMost)
      if (byAsked && !byMost) assert.notDeepEqual(narrowedBy, [])
    }),
    { numRuns: 20_000 },
  )
  assert.ok(seen.both > 100 && seen.one > 500, JSON.stringify(seen))
})

test('two fields meet exactly in what both cover', () => {
  const rest = fc.array(fc.constantFrom('.a', '[*]', '[name=x]', '[name=w]'), { maxLength: 3 })
  const fewFields = rest.map((steps) => `spec${steps.join('')}`)
  const item = (name: string) => ({ kind: 'item', items: [{ name }] }) as const
  const steps = fc.constantFrom({ kind: 'key', key: 'a' } as const, item('x'), item('w'))
  const path = fc
    .array(steps, { minLength: 1, maxLength: 4 })
    .map((more): FieldPath => [{ kind: 'key', key: 'spec' }, ...more])
  const request = write({})
  fc.assert(
    fc.property(fewFields, fewFields, path, (a, b, changed) => {
      const [asked, most] = [a, b].map((one) => [{ ...row, fields: [one] }])
      const isCovered = (by: GrantScope = []) =>
        coverageOf(by, request, [changed]).kind === 'covered'
      const met = meetScopes(asked ?? [], most ?? []).scope
      assert.equal(isCovered(met), isCovered(asked) && isCovered(most))
    }),
    { numRuns: 5000 },
  )
})

test('a field is written so that it is read as the same', () => {
  fc.assert(
    fc.property(field, (written) => {
      const pattern = parseFieldPattern(written)
      assert.deepEqual(parseFieldPattern(formatFieldPattern(pattern)), pattern)
    }),
  )
})
