import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { changedPaths } from '../../../src/core/manifest/changes.ts'
import { formatFieldPath } from '../../../src/core/manifest/field-path.ts'
import type { Json } from '../../../src/core/manifest/json.ts'

const cases: readonly [string, Json | undefined, Json | undefined, readonly string[]][] = [
  ['equal values have no changes', { a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }, []],
  [
    'a changed leaf is named',
    { spec: { replicas: 1 } },
    { spec: { replicas: 2 } },
    ['spec.replicas'],
  ],
  ['scaling to zero removes one leaf', { spec: { replicas: 3 } }, { spec: {} }, ['spec.replicas']],
  ['scaling from zero adds one leaf', { spec: {} }, { spec: { replicas: 3 } }, ['spec.replicas']],
  [
    'a new object counts all its leaves',
    undefined,
    { a: 1, b: { c: {}, d: [] } },
    ['a', 'b.c', 'b.d'],
  ],
  ['an empty map is a leaf', { a: {} }, {}, ['a']],
  ['an empty list is not an empty map', { a: [] }, { a: {} }, ['a']],
  ['null is not absent', { a: null }, {}, ['a']],
  ['a map turned into a text is one change', { a: { b: 1 } }, { a: 'x' }, ['a']],
  [
    'named items are compared by name',
    {
      c: [
        { name: 'x', image: '1' },
        { name: 'y', image: '1' },
      ],
    },
    {
      c: [
        { name: 'new', image: '1' },
        { name: 'x', image: '2' },
        { name: 'y', image: '1' },
      ],
    },
    ['c[name=x].image', 'c[name=new].name', 'c[name=new].image'],
  ],
  [
    'the order of named items counts',
    { c: [{ name: 'x' }, { name: 'y' }] },
    { c: [{ name: 'y' }, { name: 'x' }] },
    ['c'],
  ],
  [
    'duplicate names are compared by position',
    { env: [{ name: 'A', value: 'x' }] },
    {
      env: [
        { name: 'A', value: 'x' },
        { name: 'A', value: 'y' },
      ],
    },
    ['env[name=A].name', 'env[name=A].value'],
  ],
  ['a key that needs quotes gets them', {}, { m: { 'a/b': 1 } }, ['m["a/b"]']],
  ['integers beyond 2^53 differ by one', { a: 9007199254740993n }, { a: 9007199254740992n }, ['a']],
  ['0 and -0 are told apart', { a: 0 }, { a: -0 }, ['a']],
]
for (const [title, old, next, expected] of cases) {
  test(title, () => {
    assert.deepEqual(changedPaths(old, next).map(formatFieldPath).toSorted(), expected.toSorted())
  })
}

test('a __proto__ key is a key like any other', () => {
  const old = JSON.parse('{"data":{"__proto__":"a"}}') as Json
  const next = JSON.parse('{"data":{"__proto__":"b"}}') as Json
  assert.deepEqual(changedPaths(old, next).map(formatFieldPath), ['data.__proto__'])
  assert.deepEqual(changedPaths(JSON.parse('{"data":{}}') as Json, old).map(formatFieldPath), [
    'data.__proto__',
  ])
})

test('a number out of range is refused rather than compared', () => {
  assert.throws(() => changedPaths({ a: Infinity }, { a: Infinity }), { code: 'ReviewMalformed' })
})

test('an object deeper than the limit is refused', () => {
  let deep: Json = 1
  for (let i = 0; i < 300; i += 1) deep = { a: deep }
  assert.throws(() => changedPaths(undefined, deep), { code: 'ReviewMalformed' })
})

test('there are no changes exactly when two values serialise alike', () => {
  const value = fc.jsonValue({ maxDepth: 4, noUnicodeString: false }) as fc.Arbitrary<Json>
  const related = fc.tuple(value, value).chain(([a, b]) =>
    fc.constantFrom<[Json, Json]>(
      [a, b],
      [a, a],
      [
        { x: a, y: b },
        { y: b, x: a },
      ],
      [
        [a, b],
        [b, a],
      ],
    ),
  )
  fc.assert(
    fc.property(related, ([a, b]) => {
      assert.equal(changedPaths(a, b).length === 0, sorted(a) === sorted(b))
    }),
    { numRuns: 3000 },
  )
})

function sorted(value: Json): string {
  return JSON.stringify(value, (_key, inner: unknown): unknown => {
    if (Object.is(inner, -0)) return '-0'
    if (typeof inner !== 'object' || inner === null) return inner
    // Marked, or an empty map would read as an empty list.
    if (Array.isArray(inner)) return ['list', ...(inner as unknown[])]
    return [
      'map',
      ...Object.entries(inner as Record<string, unknown>)
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .flat(),
    ]
  })
}
