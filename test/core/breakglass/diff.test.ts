import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { AdmissionRequest } from '../../../src/core/admission/request.ts'
import { diffOf, type DiffRow } from '../../../src/core/breakglass/diff.ts'
import {
  grantedChanges,
  toUse,
  useFingerprint,
  type GrantedWrite,
} from '../../../src/core/breakglass/use.ts'
import { changedFields } from '../../../src/core/exceptions/changed-fields.ts'
import { canonicalJson } from '../../../src/core/manifest/canonical.ts'
import type { Json, JsonObject } from '../../../src/core/manifest/json.ts'
import { write } from './writes.ts'

const changesOf = (request: AdmissionRequest) => grantedChanges(request, changedFields(request))
const diff = (request: AdmissionRequest) => diffOf(request, changesOf(request))
const rows = (old: JsonObject, next: JsonObject) => diff(write({ old, next })).diff

function used(request: AdmissionRequest) {
  const written: GrantedWrite = {
    request,
    changed: changesOf(request),
    content: 'sha256:c',
    decisionId: '01K',
    tips: [],
    digestKey: new Uint8Array(32),
  }
  const use = toUse(written, { n: 1, fingerprint: 'sha256:f', time: 0 })
  return { use, fingerprint: useFingerprint('bg-1', written) }
}

describe('the diff of an update', () => {
  const cases: readonly (readonly [
    string,
    JsonObject,
    JsonObject,
    readonly DiffRow[] | undefined,
  ])[] = [
    [
      'has what stood there and what stands there',
      { spec: { replicas: 3 } },
      { spec: { replicas: 5 } },
      [{ op: 'replace', path: 'spec.replicas', from: '3', value: '5' }],
    ],
    [
      'has texts as they are',
      { spec: { containers: [{ name: 'app', image: 'a:1' }] } },
      { spec: { containers: [{ name: 'app', image: 'a:2' }] } },
      [{ op: 'replace', path: 'spec.containers[name=app].image', from: 'a:1', value: 'a:2' }],
    ],
    [
      'tells a text from a number where they look alike',
      { spec: { port: 80, on: 'true' } },
      { spec: { port: '80', on: true } },
      [
        { op: 'replace', path: 'spec.port', from: '80', value: '"80"' },
        { op: 'replace', path: 'spec.on', from: '"true"', value: 'true' },
      ],
    ],
    [
      'keeps every digit',
      { spec: { a: 9007199254740993n } },
      { spec: { a: 9007199254740995n } },
      [{ op: 'replace', path: 'spec.a', from: '9007199254740993', value: '9007199254740995' }],
    ],
    [
      'has what comes and what goes',
      { metadata: { labels: { old: '1' } } },
      { metadata: { labels: { 'a/b': '' } }, spec: {} },
      [
        { op: 'add', path: 'metadata.labels["a/b"]', value: '' },
        { op: 'remove', path: 'metadata.labels.old', from: '1' },
        { op: 'add', path: 'spec', value: '{}' },
      ],
    ],
    [
      'tells null from nothing',
      { spec: { a: null } },
      { spec: { b: null } },
      [
        { op: 'add', path: 'spec.b', value: 'null' },
        { op: 'remove', path: 'spec.a', from: 'null' },
      ],
    ],
    [
      'has the fields of an item that comes or goes',
      { spec: { ports: [{ name: 'a' }] } },
      { spec: { ports: [{ name: 'b' }] } },
      [
        { op: 'remove', path: 'spec.ports[name=a].name', from: 'a' },
        { op: 'add', path: 'spec.ports[name=b].name', value: 'b' },
      ],
    ],
    [
      'has items in the list that has them',
      { spec: { hosts: ['a', 'b', 'a'] } },
      { spec: { hosts: ['a', 'b'] } },
      [{ op: 'remove', path: 'spec.hosts[*]', from: 'a' }],
    ],
    [
      'also where both have their like',
      { spec: { hosts: ['a'] } },
      { spec: { hosts: ['a', 'a'] } },
      [{ op: 'add', path: 'spec.hosts[*]', value: 'a' }],
    ],
    [
      'says of a new order only that there is one',
      { spec: { ports: [{ name: 'a' }, { name: 'b' }] } },
      { spec: { ports: [{ name: 'b' }, { name: 'a' }] } },
      [{ op: 'replace', path: 'spec.ports', hidden: 'Document' }],
    ],
    ['has nothing where nothing changes', { spec: { a: 1 } }, { spec: { a: 1 } }, undefined],
  ]
  for (const [title, old, next, expected] of cases) {
    test(title, () => {
      assert.deepEqual(rows(old, next), expected)
    })
  }

  test('has new containers field by field, and neither arguments nor environment', () => {
    const side = { name: 'side', image: 'b:1', args: ['-p', 'x'], env: [{ name: 'A', value: 'x' }] }
    const app = { name: 'app', image: 'a:1' }
    assert.deepEqual(rows({ spec: { c: [app] } }, { spec: { c: [app, side] } }), [
      { op: 'add', path: 'spec.c[name=side].name', value: 'side' },
      { op: 'add', path: 'spec.c[name=side].image', value: 'b:1' },
      { op: 'add', path: 'spec.c[name=side].args[*]', hidden: 'Confidential' },
      { op: 'add', path: 'spec.c[name=side].args[*]', hidden: 'Confidential' },
      { op: 'add', path: 'spec.c[name=side].env[name=A].name', value: 'A' },
      { op: 'add', path: 'spec.c[name=side].env[name=A].value', hidden: 'Confidential' },
    ])
  })

  test('hides the old value where only the new one has to be hidden', () => {
    assert.deepEqual(rows({ data: { a: 'x' } }, { data: { a: 'x\ny' } }), [
      { op: 'replace', path: 'data.a', hidden: 'Document' },
    ])
  })

  test('says of who owns which field only that it changes', () => {
    const owned = (manager: string) => ({ metadata: { managedFields: [{ manager }] }, spec: {} })
    assert.deepEqual(rows(owned('a'), owned('b')), [
      { op: 'replace', path: 'metadata.managedFields', hidden: 'Document' },
    ])
  })
})

describe('the diff of another operation', () => {
  const pod = { metadata: { name: 'p' }, spec: { hostNetwork: true } }
  const cases: readonly (readonly [string, AdmissionRequest, readonly DiffRow[] | undefined])[] = [
    ['CREATE', write({ operation: 'CREATE', next: pod }), [{ op: 'add', path: '*' }]],
    ['DELETE', write({ operation: 'DELETE', old: pod }), [{ op: 'remove', path: '*' }]],
    [
      'eviction',
      write({
        operation: 'CREATE',
        resource: 'pods',
        group: '',
        subresource: 'eviction',
        next: {},
      }),
      undefined,
    ],
    [
      'exec',
      write({ operation: 'CONNECT', group: '', resource: 'pods', next: { command: ['sh'] } }),
      undefined,
    ],
  ]
  for (const [title, request, expected] of cases) {
    test(`says of ${title} no value`, () => {
      assert.deepEqual(diff(request), expected === undefined ? {} : { diff: expected })
    })
  }
})

describe('a use', () => {
  const many = (value: string, count = 400): JsonObject => ({
    data: Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, value])),
  })

  test('keeps whole rows as far as there is room, and says that there were more', () => {
    const { diff: kept = [], diffTruncated } = diff(write({ old: many('a'), next: many('b') }))
    assert.equal(diffTruncated, true)
    assert.ok(kept.length > 10)
    for (const row of kept) assert.deepEqual([row.from, row.value], ['a', 'b'])
    assert.ok(Buffer.byteLength(JSON.stringify(kept)) < 1024 + 200)
  })

  test('goes on with what is shorter after a row that does not fit', () => {
    const wide = 'x '.repeat(100)
    const next = { data: { a: wide, b: wide, c: wide, d: wide, e: wide, f: '1' } }
    const made = diff(write({ old: { data: { f: '0' } }, next }))
    assert.equal(made.diffTruncated, true)
    const paths = (made.diff ?? []).map(({ path }) => path)
    assert.ok(paths.includes('data.f'))
    assert.ok(!paths.includes('data.e'))
  })

  test('a hundred of them, each as large as can be, fit into an object of etcd', () => {
    const { use } = used(write({ old: many('é'.repeat(40)), next: many('\u0001'.repeat(40)) }))
    assert.equal(use.diffTruncated, true)
    assert.ok(Buffer.byteLength(JSON.stringify(use)) * 100 < 1_000_000 / 2)
  })

  test('is the same use whatever its diff says', () => {
    const before = used(write({ old: { spec: { replicas: 3 } }, next: { spec: { replicas: 5 } } }))
    const again = used(write({ old: { spec: { replicas: 4 } }, next: { spec: { replicas: 5 } } }))
    assert.notDeepEqual(before.use.diff, again.use.diff)
    assert.equal(before.fingerprint, again.fingerprint)
  })
})

// A text that is found wherever it stands: short, one line, like no secret that a pattern knows.
const marked = fc.stringMatching(/^qz[a-y]{3,12}zq$/)
const markedValues: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    marked,
    fc.dictionary(fc.stringMatching(/^[a-p]{1,4}$/), tie('value'), { maxKeys: 3 }),
    fc.array(tie('value'), { maxLength: 3 }),
  ),
})).value as fc.Arbitrary<Json>

const secrets = fc.record({
  type: marked,
  metadata: fc.record({
    annotations: fc.dictionary(
      fc.constantFrom('kubectl.kubernetes.io/last-applied-configuration', 'a/b', 'note'),
      marked,
    ),
    labels: fc.dictionary(fc.constantFrom('app', 'tier'), marked),
  }),
  data: markedValues,
  stringData: markedValues,
})

function textsIn(value: Json): readonly string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap((one: Json) => textsIn(one))
}

describe('no value of a Secret', () => {
  const about = { group: '', resource: 'secrets', name: 'db' }
  for (const operation of ['CREATE', 'UPDATE', 'DELETE'] as const) {
    test(`appears in the use of its ${operation}, nor in a part of it`, () => {
      fc.assert(
        fc.property(secrets, secrets, (old, next) => {
          const request = write({
            ...about,
            operation,
            ...(operation !== 'CREATE' && { old: old as unknown as JsonObject }),
            ...(operation !== 'DELETE' && { next: next as unknown as JsonObject }),
          })
          const { use } = used(request)
          const text = canonicalJson(use as unknown as Json)
          for (const secret of [old, next].flatMap((one) => textsIn(one as unknown as Json))) {
            assert.ok(!text.includes(secret), secret)
            assert.ok(!text.includes(Buffer.from(secret).toString('base64')), secret)
          }
          for (const row of use.diff ?? []) assert.ok(!('from' in row || 'value' in row))
        }),
        { numRuns: 300 },
      )
    })
  }
})

test('the diff says exactly what changed, for any two objects', () => {
  const leaf = fc.oneof(
    fc.boolean(),
    fc.integer(),
    fc.constant(null),
    fc.stringMatching(/^[a-z ]{0,6}$/),
  )
  const objects = fc.dictionary(
    fc.constantFrom('a', 'b', 'c'),
    fc.oneof(
      leaf,
      fc.array(leaf, { maxLength: 4 }),
      fc.dictionary(fc.constantFrom('d', 'e'), leaf),
    ),
  )
  fc.assert(
    fc.property(objects, objects, (spec, other) => {
      const [old, next] = [spec, other].map((one) => ({ spec: one as unknown as JsonObject }))
      const forth = rows(old ?? {}, next ?? {}) ?? []
      const back = rows(next ?? {}, old ?? {}) ?? []
      const turned = back.map(({ op, path, from, value, hidden }) => ({
        op: op === 'add' ? 'remove' : op === 'remove' ? 'add' : op,
        path,
        ...(value !== undefined && { from: value }),
        ...(from !== undefined && { value: from }),
        ...(hidden !== undefined && { hidden }),
      }))
      const texts = (list: readonly object[]) => list.map((one) => JSON.stringify(one)).toSorted()
      assert.deepEqual(texts(forth), texts(turned))
      for (const { op, from, value, hidden } of forth) {
        if (hidden !== undefined) continue
        assert.deepEqual([from !== undefined, value !== undefined], [op !== 'add', op !== 'remove'])
        assert.notEqual(from, value)
      }
    }),
  )
})
