import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { canonicalJson } from '../../../src/core/manifest/canonical.ts'
import type { Json, JsonObject } from '../../../src/core/manifest/json.ts'
import { parseManifests } from '../../../src/core/manifest/parse.ts'
import { yamlText } from '../../../src/core/manifest/yaml-text.ts'

const odd = [
  '',
  ' ',
  '-',
  '---',
  '~',
  'yes',
  'No',
  '0x1',
  '1e3',
  'a: b',
  '# a',
  '|',
  '{',
  '<<',
  '2026-01-01',
]
const texts = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom(...odd),
  fc
    .array(fc.constantFrom('a', ' a', 'b: c', '', '---', '#'), { minLength: 2 })
    .map((lines) => lines.join('\n')),
)
const { value } = fc.letrec<{ value: Json; map: JsonObject }>((tie) => ({
  map: fc.dictionary(
    texts.filter((key) => key !== '<<'),
    tie('value'),
    { maxKeys: 4 },
  ),
  value: fc.oneof(
    { depthSize: 'small' },
    texts,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    tie('map'),
  ),
}))

test('what is printed is read as what it was', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom('a', 'b', 'c'), value, { minKeys: 1 }), (object) => {
      const text = yamlText(object)
      const { documents, problems } = parseManifests(text)
      assert.deepEqual(problems, [], text)
      assert.equal(canonicalJson(documents[0]?.object ?? null), canonicalJson(object), text)
    }),
    { numRuns: 2000 },
  )
})
