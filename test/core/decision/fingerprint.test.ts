import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { AdmissionRequest } from '../../../src/core/admission/request.ts'
import { decisionId, digestRequest } from '../../../src/core/decision/fingerprint.ts'
import { ulid } from '../../../src/core/decision/ulid.ts'
import { GuardError } from '../../../src/core/errors.ts'
import type { Json, JsonObject } from '../../../src/core/manifest/json.ts'
import { alice, configMap, request } from '../../fakes/requests.ts'

const key = new Uint8Array(32)
const otherKey = new Uint8Array(32).fill(1)

function fingerprint(changes: Partial<AdmissionRequest> = {}): string {
  return digestRequest(request(changes), key).fingerprint
}

function withMetadata(object: JsonObject, changes: JsonObject): JsonObject {
  return { ...object, metadata: { ...(object['metadata'] as JsonObject), ...changes } }
}

const update = { operation: 'UPDATE' } as const
const pods = { group: '', version: 'v1', resource: 'pods' }
const secrets = { group: '', version: 'v1', resource: 'secrets' }
const secret = configMap({}, { password: 'aHVudGVyMg==' })

const same: readonly (readonly [
  title: string,
  one: Partial<AdmissionRequest>,
  other: Partial<AdmissionRequest>,
])[] = [
  ['another call with another uid', {}, { uid: 'another' }],
  [
    'a retry on top of a newer version',
    { ...update },
    {
      ...update,
      object: withMetadata(configMap(), { resourceVersion: '9', generation: 4, managedFields: [] }),
      oldObject: withMetadata(configMap({}, { a: '2' }), { resourceVersion: '9' }),
    },
  ],
  [
    'another status of a main resource',
    { ...update, object: { ...configMap(), status: { x: 1 } } },
    { ...update, object: { ...configMap(), status: { x: 2 } } },
  ],
]
for (const [title, one, other] of same) {
  test(`${title} is the same request`, () => {
    assert.equal(fingerprint(one), fingerprint(other))
  })
}

const remove = { operation: 'DELETE', options: { propagationPolicy: 'Foreground' } } as const
const scale = { ...update, subresource: 'scale', object: { spec: { replicas: 1 } } } as const

const different: readonly (readonly [
  title: string,
  one: Partial<AdmissionRequest>,
  other: Partial<AdmissionRequest>,
])[] = [
  ['user', {}, { user: { ...alice, username: 'bob' } }],
  ['uid of the user', {}, { user: { ...alice, uid: '1' } }],
  ['operation', {}, { ...update }],
  ['dry run', {}, { dryRun: true }],
  ['group', {}, { resource: { group: 'x', version: 'v1', resource: 'configmaps' } }],
  ['resource', {}, { resource: pods }],
  ['subresource', {}, { subresource: 'status' }],
  ['namespace', {}, { namespace: 'shop' }],
  ['name', {}, { name: 'other' }],
  ['object', {}, { object: configMap({}, { a: '2' }) }],
  ['annotation', {}, { object: configMap({ a: 'b' }) }],
  ['status by its subresource', scale, { ...scale, object: { ...scale.object, status: { n: 1 } } }],
  [
    'deleted object of the same name',
    remove,
    { ...remove, oldObject: { metadata: { uid: 'u2' } } },
  ],
  ['options of a deletion', remove, { ...remove, options: null }],
  ['value of a Secret', { resource: secrets }, { resource: secrets, object: secret }],
  ['integer beyond 2^53', { object: { n: 2n ** 60n } }, { object: { n: 2n ** 60n + 1n } }],
  [
    'integer beyond 2^53 and its text',
    { object: { n: 2n ** 60n } },
    { object: { n: `${2n ** 60n}` } },
  ],
  ['half of a surrogate pair', { object: { n: '\ud800' } }, { object: { n: '\ufffd' } }],
  ['key called __proto__', {}, { object: JSON.parse('{"__proto__":{"a":1}}') as JsonObject }],
]
for (const [title, one, other] of different) {
  test(`another ${title} is another request`, () => {
    assert.notEqual(fingerprint(one), fingerprint(other))
  })
}

test('what stands beside each other never runs together', () => {
  const text = fc.string({ unit: fc.constantFrom('a', '"', ',', '\\', '/', '\n'), maxLength: 4 })
  const parts = fc.tuple(text, text, text, text, text)
  const of = ([username, uid, subresource, namespace, name]: readonly string[]) =>
    fingerprint({
      user: { ...alice, username: username ?? '', uid: uid ?? '' },
      subresource: subresource ?? '',
      namespace: namespace ?? '',
      name: name ?? '',
    })
  fc.assert(
    fc.property(parts, parts, (a, b) => {
      assert.equal(of(a) === of(b), JSON.stringify(a) === JSON.stringify(b))
    }),
  )
})

describe('long texts', () => {
  const long = (text: string, length = 40_000) => text.repeat(length)
  const one = { a: long('x'), b: long('y') }

  const others: readonly (readonly [title: string, data: JsonObject])[] = [
    ['in the other order', { a: long('y'), b: long('x') }],
    ['one of them null', { a: null, b: long('y') }],
    ['both null', { a: null, b: null }],
    ['with one letter more', { a: `${long('x')}y`, b: long('y') }],
    ['with a border elsewhere', { a: `${long('x')}y`, b: long('y', 39_999) }],
    ['run together', { a: `${long('x')}${long('y')}`, b: '' }],
    ['under another key', { a: long('x'), c: long('y') }],
    ['in a list', { a: [long('x')], b: long('y') }],
    ['too short to be one', { a: long('x', 1000), b: long('y') }],
    ['too few', { a: long('x', 2000), b: long('y', 2000) }],
  ]
  for (const [title, data] of others) {
    test(`are another object ${title}`, () => {
      const differs = (other: JsonObject) =>
        assert.notEqual(fingerprint({ object: { data: one } }), fingerprint({ object: other }))
      differs({ data })
      differs({ other: one })
    })
  }

  test('are told apart by half of a surrogate pair', () => {
    const of = (half: string) => fingerprint({ object: { data: { a: `${long('x')}${half}` } } })
    assert.equal(new Set([of('\ud800'), of('\ud801'), of('\ufffd'), of('')]).size, 4)
  })

  test('stand no other object in for each other, whatever it looks like', () => {
    const places = [['data', 'a', 40_000]]
    const posing = [{ data: { a: null } }, places] as const
    const honest = fingerprint({ object: { data: { a: long('x') } } })
    for (const object of [
      { 0: posing[0], 1: places },
      { data: { a: null }, places },
    ]) {
      assert.notEqual(fingerprint({ object }), honest)
    }
  })

  test('are one object in another state of what the server keeps', () => {
    const object = configMap({ note: long('z') }, { a: long('x') })
    const moved = withMetadata(object, { resourceVersion: '9', managedFields: [] })
    assert.equal(fingerprint({ object }), fingerprint({ object: moved }))
  })
})

describe('what could be guessed', () => {
  const hidden: readonly (readonly [title: string, changes: Partial<AdmissionRequest>])[] = [
    ['a Secret', { resource: secrets, object: secret }],
    [
      'the arguments of an exec',
      {
        operation: 'CONNECT',
        resource: pods,
        subresource: 'exec',
        object: { kind: 'PodExecOptions', command: ['mysql', '-phunter2'] },
      },
    ],
  ]
  for (const [title, changes] of hidden) {
    test(`is hidden by the key: ${title}`, () => {
      const one = digestRequest(request(changes), key)
      const other = digestRequest(request(changes), otherKey)
      assert.match(one.post ?? '', /^hmac-sha256:[0-9a-f]{64}$/)
      assert.notEqual(one.post, other.post)
      assert.notEqual(one.fingerprint, other.fingerprint)
    })
  }

  test('is nothing else: without a shared key replicas agree about the rest', () => {
    const changes = { ...update, oldObject: configMap({}, { a: '2' }) }
    const one = digestRequest(request(changes), key)
    assert.deepEqual(one, digestRequest(request(changes), otherKey))
    assert.match(one.pre ?? '', /^sha256:/)
    assert.notEqual(one.pre, one.post)
  })
})

test('the digest after a write is the digest before the next one', () => {
  const written = withMetadata(configMap(), { resourceVersion: '8', generation: 2 })
  const first = digestRequest(request({ ...update }), key)
  const second = digestRequest(request({ ...update, oldObject: written }), key)
  assert.equal(first.post, second.pre)
})

test('nesting that no stack can hold is a malformed review', () => {
  let object: Json = {}
  for (let i = 0; i < 200_000; i += 1) object = [object]
  assert.throws(
    () => fingerprint({ object: { object } }),
    (error) => error instanceof GuardError && error.code === 'ReviewMalformed',
  )
})

describe('decision ids', () => {
  const noon = Date.UTC(2026, 7, 23, 12)
  const f = `sha256:${'f0'.repeat(32)}`
  const g = `sha256:${'f1'.repeat(32)}`

  test('are the same for a re-run within the minute, on every replica', () => {
    assert.equal(decisionId('c', f, noon), decisionId('c', f, noon + 59_999))
  })

  for (const [title, other] of [
    ['minute', decisionId('c', f, noon + 60_000)],
    ['cluster', decisionId('d', f, noon)],
    ['fingerprint', decisionId('c', g, noon)],
  ] as const) {
    test(`differ with the ${title}`, () => {
      assert.notEqual(decisionId('c', f, noon), other)
    })
  }

  test('are ULIDs of their minute', () => {
    const id = decisionId('c', f, noon + 1)
    assert.match(id, /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/)
    assert.equal(id.slice(0, 10), ulid(noon, new Uint8Array(10)).slice(0, 10))
  })
})

describe('a ULID', () => {
  test('is written as the specification shows it', () => {
    // https://github.com/ulid/spec: 01ARZ3NDEK TSV4RRFFQ69G5FAV, with its 80 bits in hexadecimal.
    const bits = Buffer.from('d6764c61efb99302bd5b', 'hex')
    assert.equal(ulid(1469922850259, bits), '01ARZ3NDEKTSV4RRFFQ69G5FAV')
  })

  test('sorts by time, and then by its bits', () => {
    const bits = fc.uint8Array({ minLength: 10, maxLength: 10 })
    const parts = fc.tuple(fc.nat({ max: 2 ** 48 - 1 }), bits)
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        const [one, other] = [a, b].map(([time, low]) => ulid(time, low))
        const order = a[0] - b[0] || Buffer.compare(a[1], b[1])
        assert.equal(Math.sign(order), one === other ? 0 : (one ?? '') < (other ?? '') ? -1 : 1)
      }),
    )
  })

  for (const [time, bytes] of [
    [-1, 10],
    [0.5, 10],
    [2 ** 48, 10],
    [0, 9],
  ] as const) {
    test(`is not made of time ${time} and ${bytes} bytes`, () => {
      assert.throws(() => ulid(time, new Uint8Array(bytes)), RangeError)
    })
  }

  test('takes no more than ten bytes of a hash', () => {
    const hash = createHash('sha256').update('x').digest()
    assert.equal(ulid(0, hash), ulid(0, hash.subarray(0, 10)))
  })
})
