import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { canonicalJson } from '../../src/core/manifest/canonical.ts'
import { at, stringAt, type Json } from '../../src/core/manifest/json.ts'
import { parseManifests } from '../../src/core/manifest/parse.ts'
import { ensureBinaries } from '../cluster/binaries.ts'
import { manifestWith, readWithKubectl } from './kubectl-reading.ts'

// What we accept, kubectl reads the same, or refuses. What we refuse needs no comparison.

const { kubectl } = await ensureBinaries(['kubectl'], (line) => process.stderr.write(`${line}\n`))

function words(text: string): readonly string[] {
  return text.split(' ')
}

const scalars = [
  ...words('yes No ON off y N true True TRUE tRUE false FALSE ~ null Null NULL nULL 0 -0 +1 -1'),
  ...words('007 0644 0o644 0O7 08 0x1F -0x1f 0X1F 0xG 0b11 0b-11 0B1 0b12 1_000 1_ _1 -_1 1:30'),
  ...words('1:30:00 12:30x 190:20:30 1.5 .5 5. -.5 +.5e3 1e3 1E-3 1e400 -1e400 1e-400 . .. .inf'),
  ...words('-.Inf .nan .e5 1.0 -0.0 1e21 9007199254740993 9223372036854775807'),
  ...words('9223372036854775808 18446744073709551616 -9223372036854775808 9007199254740993.0 0.1'),
  ...words('123456789.123456789 2001-12-14 2001-12-14T21:59:43.10-05:00 2001-13-45 << = !x *a'),
  ...words('a:b a#c :x ?x -x http://x:80/?a=b#c @x `x` %x | > [,] {?a} ["a":b] {"a":b} {a:b}'),
  ...words('[[[]]] é 0x 1e 07e1b2c3-0000 01.02.03 00.x 012e 01e5x 01e5 01.e5 01.'),
  '2001-1-1 1:1:1',
  '!!str 5',
  '!!binary aGk=',
  '! x',
  '&a x',
  'a: b',
  'a #c',
  '- x',
  '"\\x41\\u00e9\\U0001F600\\e\\_\\N"',
  '"\\/"',
  '"\\ud83d\\ude00"',
  '"\\q"',
  "'it''s'",
  '"a\\\n   b"',
  "'a\n\n   b'",
  'a\n   b\n\n   c',
  'a\tb',
  '"\t"',
  '\ta',
  'a\t',
  '[a, b,]',
  '{a, b: }',
  '{a: b,}',
  '[a: b]',
  '\u00a0',
  '\u2028',
  '\u0085',
  '\ufeff',
  '\u0001',
]

const bodies = [
  "'a ''\n# b'",
  '"a \\"\n# b"',
  '"a\\\n\n  b"',
  '{\\:, }',
  '{a:, b}',
  '{"a":, b}',
  '|\n  x\n',
  '|-\n  x\n\n',
  '|+\n  x\n\n',
  '>\n  a\n  b\n\n   c\n  d\n',
  '>-\n  a\n\n\n  b\n',
  '|1\n  x\n  \n',
  '|2\n   x\n \n',
  '|\n  x\n    \n',
  '|\n    \n  x\n',
  '|\n  \tx\n',
  '| # c\n  x\n',
  '|',
  '|+\n\n',
  '>\n\n  x',
  '|\n  x\n # c\n',
  '|9\n  x\n',
  '|-2\n   x\n',
  '|2-\n   x\n',
  '>+\n  x\n\n',
  '\n- a\n- b',
  '\n  - a\n  -\n    - b\n  - - c',
  '\n  ? a\n  : b',
  '\n  ? [a]\n  : b',
  '\n  a: 1\n  a: 2',
  '\n  1: a',
  '\n  true: a',
  '\n  on: a',
  '\n  ~: a',
  '\n  : a',
  '\n  "a b": c',
  '\n  2001-12-14: a',
  '\n  a: &x {b: 1}\n  c: *x',
  '\n  a: &x {b: 1}\n  c: {<<: *x}',
  '\n  a: &x\n    b: *x',
  '\n  "<<": {a: b}',
  '\n  __proto__: a\n  constructor: b',
  '\n\ta: b',
  '\n  a:\tb',
  '\n  a: b\t# c',
  '\n...\ny: z',
  '\n# c\n',
  '\n  a: "b\n  c"',
  '\n  a: b\n   c: d',
  '\n  a:\n  - b\n  c: d',
  '\n  a:\n- b',
  '\n  {a: b}: c',
  '\r\n  a: b\r\n',
]

const files = [
  'apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: NAME}}\n',
  '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"NAME"},"x":[1e3,-0,"\\ud83d\\ude00\\/"]}',
  '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"NAME"},"x":9223372036854775807}',
  '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"NAME"},"x":18446744073709551615}',
  '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"NAME"},"x":1,"x":2}',
  '{apiVersion: v1, kind: Pod, metadata: {name: NAME}}\n---\n{"apiVersion":"v1","kind":"Pod","metadata":{"name":"NAME.2"}}',
  '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"NAME"}}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: NAME.2}',
  '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"NAME"}}{"apiVersion":"v1","kind":"Pod","metadata":{"name":"NAME.2"}}',
  '\ufeffapiVersion: v1\nkind: Pod\nmetadata: {name: NAME}',
  '\ufeff{"apiVersion":"v1","kind":"Pod","metadata":{"name":"NAME"}}',
  '%YAML 1.1\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: NAME}',
  '# c\n---\n---\n# d\n--- # e\napiVersion: v1\nkind: Pod\nmetadata: {name: NAME}\n---\n',
  '--- \napiVersion: v1\nkind: Pod\nmetadata: {name: NAME}\n---#x\napiVersion: v1\nkind: Pod\nmetadata: {name: NAME.2}\n',
  'apiVersion: v1\nkind: Pod\nmetadata: {name: NAME}\n--- {apiVersion: v1, kind: Pod, metadata: {name: NAME.2}}\n',
  'apiVersion: v1\nkind: Pod\nmetadata: {name: NAME}\nx: |+\n  a\n\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: NAME.2}\nx: |+\n  a',
  'apiVersion: v1\r\nkind: Pod\r\nmetadata: {name: NAME}\r\nx: |\r\n  a\r\n  b\r\n',
]

describe('what we read, kubectl reads the same', () => {
  test('every known form of a value', async () => {
    await compare([...scalars, ...bodies].map((body) => (name) => manifestWith(name, `x: ${body}`)))
  })

  test('every known form of a file', async () => {
    await compare(files.map((file) => (name) => file.replaceAll('NAME', name)))
  })

  test('forms nobody thought of', async () => {
    const many = fc.array(documentBody, { minLength: 40, maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(many, (bodies) =>
        compare(bodies.map((body) => (name) => manifestWith(name, `x:${body}\n`))),
      ),
      { numRuns: 50, endOnFailure: true },
    )
  })
})

const piece = fc.constantFrom(
  'a',
  '1',
  '-',
  '- ',
  ' ',
  '\n',
  '\n  ',
  '\n    ',
  ': ',
  ':',
  '? ',
  '{',
  '}',
  '[',
  ']',
  ', ',
  '"',
  "'",
  '|',
  '>',
  '|-',
  '|+',
  '|1',
  '#',
  ' #',
  '&x ',
  '*x',
  '!',
  '%',
  '\\',
  '~',
  '_',
  '.',
  'x: ',
  'y: ',
  '""',
  'é',
  '\t',
  '\r\n',
  '\u00a0',
  '\\x41',
  '\\u00e9',
  'k: |\n   ',
  '0',
  'e',
  '\\\n',
  '\n\n',
)
const soup = fc.array(piece, { maxLength: 12 }).map((pieces) => ` ${pieces.join('')}`)
const value = fc.constantFrom(...scalars.filter((scalar) => !scalar.includes('\n')), ...bodies)
const key = fc.constantFrom('a', 'b', '"c"', "'d e'", '? f\n  ')
const mapping = fc
  .uniqueArray(fc.tuple(key, value), { minLength: 1, maxLength: 3, selector: ([name]) => name })
  .map((pairs) => pairs.map(([name, text]) => `\n  ${name}: ${indent(text)}`).join(''))
const documentBody = fc.oneof(
  soup,
  mapping,
  value.map((text) => ` ${text}`),
)

function indent(text: string): string {
  return text.replaceAll('\n', '\n  ')
}

type Template = (name: string) => string

async function compare(templates: readonly Template[]): Promise<void> {
  const texts = templates.map((template, position) => template(`n${position}`))
  const theirs = await readWithKubectl(kubectl.path, texts)
  let compared = 0
  for (const [position, text] of texts.entries()) {
    const read = new Map((theirs[position] ?? []).map((object) => [nameOf(object), object]))
    for (const object of objectsIn(text)) {
      // kubectl stops at the first document that it refuses; later ones are never applied.
      const their = read.get(nameOf(object))
      if (their === undefined) continue
      assert.equal(canonicalJson(object), canonicalJson(their), JSON.stringify(text))
      compared += 1
    }
  }
  assert.ok(compared > 0, 'nothing was compared')
}

function objectsIn(text: string): readonly Json[] {
  return parseManifests(text).documents.flatMap(({ object }) => {
    const items = at(object, 'items')
    return Array.isArray(items) ? (items as readonly Json[]) : [object]
  })
}

function nameOf(object: Json): string | undefined {
  return stringAt(object, 'metadata', 'name')
}
