import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { recordText } from '../../../src/core/audit/record-text.ts'
import { chainLine, emptyChain } from '../../../src/core/audit/chain.ts'
import { canonicalJson } from '../../../src/core/manifest/canonical.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { proven, record } from './decisions.ts'

test('is the canonical text, whatever the keys and values', () => {
  const key = fc.oneof(fc.string(), fc.constantFrom('10', '9', '__proto__', 'a', 'b\nc', 'toJSON'))
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 3 },
      fc.string({ unit: 'binary' }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.constantFrom(null, true, -0, 9007199254740993n),
      fc.array(tie('tree'), { maxLength: 4 }),
      fc.dictionary(key, tie('tree'), { maxKeys: 4, noNullPrototype: false }),
    ),
  }))
  fc.assert(
    fc.property(fc.dictionary(key, tree, { noNullPrototype: false }), (value) => {
      const record = value as JsonObject
      assert.equal(recordText(record), canonicalJson(record))
    }),
    { numRuns: 2000 },
  )
})

test('refuses what has no canonical text', () => {
  for (const value of [NaN, Infinity, '\ud800', { deep: ['\udc00'] }]) {
    assert.throws(() => recordText({ value } as JsonObject), { code: 'ManifestInvalid' })
  }
  assert.throws(() => recordText({ ['\ud800']: 1 }), { code: 'ManifestInvalid' })
})

test('a record comes in canonical order, with room for its place: its text is made at once', () => {
  const keys = Object.keys(record())
  assert.deepEqual(keys, keys.toSorted())
  const verified = {
    kind: 'allow',
    reason: 'VerifiedCommit',
    rule: 'ci',
    provenance: proven,
  } as const
  const git = Object.keys(record({}, { verdict: verified }).git ?? {})
  assert.ok(git.length > 0)
  assert.deepEqual(git, git.toSorted())
  const { line } = chainLine({ ...record(), unrecorded: 2 }, emptyChain('pod-0/boot'))
  const told = JSON.parse(line) as object
  assert.deepEqual(Object.keys(told), Object.keys(told).toSorted())
  assert.deepEqual(
    Object.keys(told).filter((key) => !keys.includes(key)),
    [],
  )
})
