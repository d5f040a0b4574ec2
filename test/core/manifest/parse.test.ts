import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { canonicalJson } from '../../../src/core/manifest/canonical.ts'
import { parseManifests } from '../../../src/core/manifest/parse.ts'

function textsOf(content: string | Uint8Array): readonly string[] {
  return parseManifests(content).documents.map(({ object }) => canonicalJson(object))
}

describe('documents that are read', () => {
  const files: readonly (readonly [string, string, readonly string[]])[] = [
    ['a YAML document', 'a: 1\nb: [x, {c: d}]\n', ['{"a":1,"b":["x",{"c":"d"}]}']],
    [
      'several documents',
      '---\na: 1\n---\n# nothing\n---\n\n--- # last\nb: 2',
      ['{"a":1}', '{"b":2}'],
    ],
    ['an empty file', '', []],
    ['only comments', '# a\n---\n# b\n', []],
    [
      'JSON',
      ' \n{"a": [1, -0, 1.50, "\\ud83d\\ude00"], "__proto__": {}}',
      ['{"__proto__":{},"a":[1,0,1.5,"😀"]}'],
    ],
    ['YAML in braces', '{a: 1, "b": c}\n---\nd: e', ['{"a":1,"b":"c"}', '{"d":"e"}']],
    ['a byte order mark', '\ufeffa: 1', ['{"a":1}']],
    ['CRLF', 'a: |\r\n  x\r\n  z\r\nb: 1\r\n', ['{"a":"x\\nz\\n","b":1}']],
    [
      'exact integers',
      'a: 9007199254740993\nb: -9223372036854775808',
      ['{"a":9007199254740993,"b":-9223372036854775808}'],
    ],
    [
      'dates as text',
      'a: 2001-12-14\nb: 2001-12-14T21:59:43Z',
      ['{"a":"2001-12-14","b":"2001-12-14T21:59:43Z"}'],
    ],
    [
      'nulls and booleans',
      'a: ~\nb:\nc: null\nd: True\ne: FALSE',
      ['{"a":null,"b":null,"c":null,"d":true,"e":false}'],
    ],
    [
      'quoted text as text',
      'a: "yes"\nb: \'0644\'\n"1": "null"',
      ['{"1":"null","a":"yes","b":"0644"}'],
    ],
    ['aliases', 'a: &x [1]\nb: *x\nc: *x', ['{"a":[1],"b":[1],"c":[1]}']],
    [
      '__proto__ as a key',
      '__proto__: {a: 1}\nconstructor: b',
      ['{"__proto__":{"a":1},"constructor":"b"}'],
    ],
    ['tabs inside text', 'a: |\n  x\ty\n  \tz\nb: "\tq"', ['{"a":"x\\ty\\n\\tz\\n","b":"\\tq"}']],
  ]
  for (const [title, text, expected] of files) {
    test(title, () => {
      assert.deepEqual(parseManifests(Buffer.from(text)).problems, [])
      assert.deepEqual(textsOf(Buffer.from(text)), expected)
      assert.deepEqual(textsOf(text), expected)
    })
  }

  test('each document knows its line', () => {
    const { documents } = parseManifests('# c\na: 1\n---\n\n# d\nb: 2\n--- \n{c: 3}\n')
    assert.deepEqual(
      documents.map(({ line }) => line),
      [2, 6, 8],
    )
  })
})

describe('documents that are refused, with their line', () => {
  const plain = [
    'y',
    'N',
    'yes',
    'No',
    'ON',
    'off',
    '0644',
    '-017',
    '0o644',
    '0x1F',
    '-0X1f',
    '0b11',
  ]
  plain.push(
    '0b-11',
    '1_000',
    '1:30',
    '1:30:00.5',
    '08',
    '01.5',
    '01.',
    '010e3',
    '1e400',
    '-1e999',
    '<<',
    '=',
    '.inf',
  )
  plain.push(
    '-.INF',
    '.NaN',
    '9223372036854775808',
    '-9223372036854775809',
    '1_0.5',
    '-0.0',
    '1e16',
  )
  for (const scalar of plain) {
    test(`the plain scalar ${scalar}`, () => {
      const { documents, problems } = parseManifests(`a: b\nc:\n- ${scalar}\n---\nd: e`)
      assert.equal(canonicalJson(documents.map(({ object }) => object)), '[{"d":"e"}]')
      assert.deepEqual(
        problems.map(({ line }) => line),
        [3],
      )
      // The value may be a Secret's.
      if (scalar.length > 3) assert.equal(problems[0]?.message.includes(scalar), false)
    })
  }

  for (const scalar of [
    '07e1b2c3-0000-4000-8000-000000000000',
    '01.02.03',
    '00.x',
    '012e',
    '01e5x',
  ]) {
    test(`but ${scalar} is text`, () => {
      const { documents, problems } = parseManifests(`a: ${scalar}`)
      assert.equal(canonicalJson(documents.map(({ object }) => object)), `[{"a":"${scalar}"}]`)
      assert.deepEqual(problems, [])
    })
  }

  const files: readonly (readonly [string, string | Uint8Array, number, RegExp])[] = [
    ['a duplicate key', 'a: 1\nb: 2\na: 3', 3, /"a" stands twice/],
    ['a duplicate key, written differently', 'a: 1\n"a": 3', 2, /twice/],
    ['a duplicate key in braces', 'x: {a: 1, a: 1}', 1, /twice/],
    ['a duplicate key in JSON', '{"a": 1,\n"b": {"c": 1, "\\u0063": 2}}', 2, /twice/],
    ['a merge key', 'a: &x {b: 1}\nc:\n  <<: *x', 3, /special key/],
    ['a quoted merge key', 'a: {"<<": {b: 1}}', 1, /key/],
    ['a number as a key', 'a:\n  1: b', 2, /not text/],
    ['a boolean as a key', 'true: b', 1, /not text/],
    ['on as a key', 'on: push', 1, /boolean/],
    ['null as a key', '~: b', 1, /not text/],
    ['an empty key', ': b', 1, /not text/],
    ['a map as a key', '{a: b}: c', 1, /not text/],
    ['a tag', 'a: !!str 5', 1, /tag/],
    ['a binary', 'a: !!binary aGk=', 1, /tag/],
    ['a tag of our own', 'a: !x {b: 1}', 1, /tag/],
    ['the tag that says nothing', 'a: ! x', 1, /tag/],
    ['an alias of nothing', 'a: *x', 1, /./],
    ['an alias of itself', 'a: &x\n  b: *x', 2, /alias/],
    ['an anchor set twice', 'a: &x 1\nb: &x 2', 2, /anchor/],
    ['101 aliases', `a: &x 1\nb: [${'*x, '.repeat(101)}]`, 2, /aliases/],
    ['a directive', '%YAML 1.1\na: 1', 1, /directive/],
    ['an end mark', 'a: 1\n...\nb: 2', 2, /end-of-document/],
    ['a tab as indentation', 'a:\n\tb: 1', 2, /tab/],
    ['a tab between values', 'a:\tb', 1, /tab/],
    ['a control character', 'a: b\nc: \u0007', 2, /control/],
    ['a line break of YAML 1.1', 'a: b\u2028c: d', 1, /line break/],
    ['a lone carriage return', 'a: b\rc: d', 1, /control/],
    ['a second byte order mark', 'a: \ufeffb', 1, /control/],
    ['half a surrogate pair', 'a: "\\ud83d"', 1, /surrogate/],
    ['half a surrogate pair in JSON', '{"a": "\\ud83d"}', 1, /surrogate/],
    ['a number out of range in JSON', '{"a": 1e400}', 1, /number/],
    ['JSON of 101 levels', `{"a": ${'['.repeat(101)}${']'.repeat(101)}}`, 1, /deeper/],
    ['two JSON values in a file', '{"a": 1}\n{"b": 2}', 2, /./],
    ['a file that is a list', '- a: 1', 1, /not an object/],
    ['a file that is text', 'hello', 1, /not an object/],
    ['a separator with content', 'a: 1\n--- b: 2\n', 2, /separator/],
    ['a separator with a tail', 'a: 1\n---foo\nb: 2', 2, /separator/],
    ['broken YAML', 'a: 1\nb: ]', 2, /not well-formed/],
    ['an open quote', 'a: "b', 1, /not well-formed/],
    ['a value that begins with a question mark', 'a: {?b}', 1, /\?/],
    ['a block that ends in spaces', 'a: |1\n  x\n  \nb: 1', 1, /spaces/],
    ['bytes that are not UTF-8', Buffer.from('a: b\nc: \xe9\n', 'latin1'), 2, /UTF-8/],
    ['UTF-16', Buffer.from('\ufeffa: 1', 'utf16le'), 1, /UTF-8/],
  ]
  for (const [title, content, line, message] of files) {
    test(title, () => {
      const { documents, problems } = parseManifests(content)
      assert.deepEqual(documents, [])
      assert.match(problems[0]?.message ?? '', message)
      assert.equal(problems[0]?.line, line)
    })
  }

  test('the text of a broken document is never in the message', () => {
    for (const secret of [
      '"hunter2',
      '[hunter2',
      'hunter2: hunter2: x',
      '!hunter2 x',
      '*hunter2',
    ]) {
      const { problems } = parseManifests(`password: ${secret}`)
      assert.equal(problems.length, 1)
      assert.ok(!JSON.stringify(problems).includes('hunter2'))
    }
  })
})
