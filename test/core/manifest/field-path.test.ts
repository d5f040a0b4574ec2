import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { formatFieldPath, parseFieldPattern } from '../../../src/core/manifest/field-path.ts'

const keys = (...all: readonly string[]) => all.map((key) => ({ kind: 'key', key }))

describe('a field pattern', () => {
  test('is written as fields are shown', () => {
    const property = fc.property(fc.array(fc.string({ unit: 'binary' })), (all) => {
      const path = keys('spec', ...all)
      assert.deepEqual(parseFieldPattern(formatFieldPath(path as never)), path)
    })
    fc.assert(property)
  })

  for (const text of [
    '',
    '.a',
    'a.',
    'a..b',
    'a[',
    'a[b]',
    'a["b]',
    String.raw`a["\x"]`,
    String.raw`a["\u12"]`,
    'a["\n"]',
    '[*].a',
    '["a"]["b',
  ]) {
    test(`is not ${JSON.stringify(text)}`, () => {
      assert.throws(() => parseFieldPattern(text), { code: 'PolicyInvalid' })
    })
  }

  test('says where it cannot be read', () => {
    const text = String.raw`spec.a["\x"].b`
    assert.throws(() => parseFieldPattern(text), /cannot be read from character 7: write dotted/)
  })
})
