import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { isSameJson } from '../../../src/core/content/json-equality.ts'
import type { Json } from '../../../src/core/manifest/json.ts'

// Own properties of any name, as JSON.parse makes them.
const texts = [
  'null',
  'true',
  '0',
  '""',
  '"{}"',
  '[]',
  '[null]',
  '["a","b"]',
  '["b","a"]',
  '{}',
  '{"a":1}',
  '{"b":1}',
  '{"a":null}',
  '{"a":{}}',
  '{"a":[]}',
  '{"a":{"b":[{"c":"d"}]}}',
  '{"a":{"b":[{"c":"e"}]}}',
  '{"__proto__":{}}',
  '{"__proto__":null}',
  '{"__proto__":{"a":1}}',
  '{"constructor":{}}',
  '{"toString":{}}',
  '{"0":"a","1":"b"}',
]

function values(): readonly Json[] {
  return texts.map((text) => JSON.parse(text) as Json)
}

describe('JSON values', () => {
  test('are the same as themselves and as nothing else', () => {
    for (const [i, a] of values().entries()) {
      for (const [k, b] of values().entries()) {
        assert.equal(isSameJson(a, b), i === k, `${texts[i]} and ${texts[k]}`)
        assert.equal(isDeepStrictEqual(a, b), i === k)
      }
      assert.equal(isSameJson(a, undefined), false)
    }
  })

  test('hold nothing undefined: if one did, it would not be an absent key', () => {
    const holding = { a: undefined } as unknown as Json
    assert.equal(isSameJson(holding, { b: 1 }), false)
    assert.equal(isSameJson({ b: 1 }, holding), false)
  })

  test('are the same in any order of keys, whatever they inherit', () => {
    const a = JSON.parse('{"a":1,"b":{"c":[2],"d":null}}') as Json
    const b = Object.assign(
      Object.create(null),
      JSON.parse('{"b":{"d":null,"c":[2]},"a":1}'),
    ) as Json
    assert.equal(isSameJson(a, b), true)
    assert.equal(isSameJson(b, a), true)
  })
})
