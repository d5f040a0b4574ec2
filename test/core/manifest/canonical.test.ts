import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { canonicalJson, digest } from '../../../src/core/manifest/canonical.ts'
import type { Json } from '../../../src/core/manifest/json.ts'

describe('canonical JSON', () => {
  const texts: readonly (readonly [string, Json, string])[] = [
    [
      'keys are sorted by UTF-16 code units',
      { '\u20ac': 1, '\ud83d\ude00': 2, '\ufb33': 3, '1': 4, '\r': 5 },
      '{"\\r":5,"1":4,"\u20ac":1,"\ud83d\ude00":2,"\ufb33":3}',
    ],
    [
      'numbers have one spelling',
      [1e30, 4.5, 2e-3, 0.000001, 1e21, 1e20],
      '[1e+30,4.5,0.002,0.000001,1e+21,100000000000000000000]',
    ],
    ['minus zero is zero', [-0], '[0]'],
    ['integers beyond 2^53 keep their digits', { a: 9007199254740993n }, '{"a":9007199254740993}'],
    ['a bigint and a number of the same value are the same', [10n, 10], '[10,10]'],
    [
      'text is escaped as little as can be',
      '\u0000\b\t\n\u000f"\\/\u007f\u2028',
      '"\\u0000\\b\\t\\n\\u000f\\"\\\\/\u007f\u2028"',
    ],
    [
      'empty containers stay',
      { b: [], a: {}, c: null, d: [true, false] },
      '{"a":{},"b":[],"c":null,"d":[true,false]}',
    ],
    [
      '__proto__ is a key like others',
      JSON.parse('{"__proto__":{"x":1},"a":1}') as Json,
      '{"__proto__":{"x":1},"a":1}',
    ],
  ]
  for (const [title, value, text] of texts) {
    test(title, () => assert.equal(canonicalJson(value), text))
  }

  const refused: readonly (readonly [string, Json])[] = [
    ['infinity', [Infinity]],
    ['not a number', { a: NaN }],
    ['half a surrogate pair', '\ud800'],
    ['half a surrogate pair as a key', { '\udc00': 1 }],
    ['102 levels', nested(102)],
    ['100,000 levels', nested(100_000)],
  ]
  for (const [title, value] of refused) {
    test(`${title} is refused`, () => {
      assert.throws(() => canonicalJson(value), { code: 'ManifestInvalid' })
    })
  }

  test('a hundred levels are fine', () => {
    assert.equal(canonicalJson(nested(100)), `${'['.repeat(100)}${']'.repeat(100)}`)
  })

  test('reading it back gives the value, and the order of keys does not matter', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const text = canonicalJson(value as Json)
        assert.equal(canonicalJson(JSON.parse(text) as Json), text)
        assert.equal(digest(value as Json), digest(reversed(value as Json)))
      }),
      { numRuns: 500 },
    )
  })

  test('the digest is the SHA-256 of the text', () => {
    const expected = 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a'
    assert.equal(digest({}), expected)
  })
})

function nested(levels: number): Json {
  let value: Json = []
  for (let i = 1; i < levels; i += 1) value = [value]
  return value
}

function reversed(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(reversed)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).toReversed()
  return Object.fromEntries(entries.map(([key, inner]) => [key, reversed(inner as Json)]))
}
