import assert from 'node:assert/strict'
import test from 'node:test'
import { parseJson } from '../../../src/core/admission/parse-json.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'

const numbers: readonly (readonly [text: string, value: number | bigint])[] = [
  ['0', 0],
  ['-1', -1],
  ['1.5', 1.5],
  ['9007199254740991', 9007199254740991],
  ['9007199254740992', 9007199254740992n],
  ['9007199254740993', 9007199254740993n],
  ['-9007199254740993', -9007199254740993n],
  ['9223372036854775807', 9223372036854775807n],
  ['12345678901234567.5', Number('12345678901234567.5')],
  ['0.12345678901234567', Number('0.12345678901234567')],
  ['1e21', 1e21],
]
const places: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => `[${text}]`,
  (text) => `[1,${text},1]`,
  (text) => `{"a":${text}}`,
  (text) => `{"a": ${text} }`,
  (text) => `{"a":\n\t${text}\r\n}`,
]

for (const [text, value] of numbers) {
  test(`${text} is read exactly, wherever it stands`, () => {
    // Every offset, since the scan looks at one byte of sixteen only.
    for (let pad = 0; pad < 17; pad += 1) {
      for (const place of places) {
        const json = `["${'x'.repeat(pad)}",${place(text)}]`
        const [, found] = parse(json) as unknown as readonly [string, unknown]
        assert.deepEqual(leafOf(found), value, json)
      }
    }
  })
}

test('digits in a string stay a string', () => {
  assert.deepEqual(parse('["9007199254740993","a:9007199254740993,b"]'), [
    '9007199254740993',
    'a:9007199254740993,b',
  ])
})

test('an object with a __proto__ key is built without a prototype', () => {
  const value = parse('{"a":{"__proto__":{"polluted":true}}}') as JsonObject
  const inner = value['a'] as JsonObject
  assert.deepEqual(Object.keys(inner), ['__proto__'])
  assert.equal(Object.getPrototypeOf(inner), null)
  assert.equal('polluted' in inner, false)
})

test('a __proto__ key in escapes, which no API server writes, is an own key like any other', () => {
  const value = parse('{"\\u005f_proto__":{"polluted":true}}') as JsonObject
  assert.deepEqual(Object.keys(value), ['__proto__'])
  assert.equal('polluted' in value, false)
})

const malformed: readonly (readonly [title: string, body: Buffer])[] = [
  ['nothing', Buffer.alloc(0)],
  ['half an object', Buffer.from('{"a":')],
  ['a byte order mark', Buffer.from('\ufeff{}')],
  [
    'bytes that are not UTF-8',
    Buffer.concat([Buffer.from('"'), Buffer.from([0xc3, 0x28]), Buffer.from('"')]),
  ],
  ['a cut-off character', Buffer.from([0x22, 0xe2, 0x82])],
  ['UTF-16', Buffer.from('{}', 'utf16le')],
  ['NaN', Buffer.from('NaN')],
  ['a comment', Buffer.from('{} // x')],
]

for (const [title, body] of malformed) {
  test(`${title} is ReviewMalformed, without a word of the body`, () => {
    assert.throws(() => parseJson(body), {
      code: 'ReviewMalformed',
      message: 'the body is not JSON',
    })
  })
}

test('a number out of range is refused where numbers are read exactly', () => {
  assert.throws(() => parse('[9007199254740993,1e400]'), { code: 'ReviewMalformed' })
})

test('nesting too deep for the exact reader is refused, not a crash', () => {
  const deep = `${'['.repeat(100_000)}9007199254740993${']'.repeat(100_000)}`
  assert.throws(() => parse(deep), { code: 'ReviewMalformed' })
})

test('of duplicate keys the last one counts, in both readers', () => {
  assert.deepEqual(parse('{"a":1,"a":2}'), { a: 2 })
  const exact = parse('{"a":9007199254740993,"a":9007199254740995}') as JsonObject
  assert.equal(exact['a'], 9007199254740995n)
})

function parse(text: string) {
  return parseJson(Buffer.from(text))
}

function leafOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  return Object.values(value).find((inner) => inner !== 1)
}
