import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { digestAt, keptPaths } from '../../../src/core/breakglass/field-values.ts'
import { changedPaths } from '../../../src/core/manifest/changes.ts'
import type { Json, JsonObject } from '../../../src/core/manifest/json.ts'

describe('a use that changes much', () => {
  const object = (n: number, resourceVersion: string): JsonObject => ({
    metadata: { name: 'big', resourceVersion, labels: { n: String(n) } },
    data: Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`key-${i}`, String(n)])),
  })

  test('is known again once it is stored, under another resourceVersion', () => {
    const paths = keptPaths(changedPaths(object(1, '1'), object(2, '1')))
    assert.deepEqual(paths, ['metadata.labels', 'data'])
    assert.equal(digestAt(object(2, '1'), paths), digestAt(object(2, '8'), paths))
    assert.notEqual(digestAt(object(1, '1'), paths), digestAt(object(2, '1'), paths))
  })
})

describe('any change of any object', () => {
  const key = fc.oneof(
    fc.string({ maxLength: 4 }),
    fc.constantFrom('__proto__', 'name', 'a.b', ']'),
  )
  const { tree } = fc.letrec<{ tree: Json }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom<Json>(null, true, 0, 1, '', 'x'),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(key, tie('tree'), { maxKeys: 3 }),
    ),
  }))
  const objects = fc.dictionary(key, tree, { maxKeys: 3 }).map((spec) => ({ spec }) as JsonObject)

  test('is seen in the digests of a use', () => {
    fc.assert(
      fc.property(objects, objects, (before, after) => {
        const paths = keptPaths(changedPaths(before, after))
        fc.pre(paths.length > 0)
        assert.notEqual(digestAt(before, paths), digestAt(after, paths))
      }),
      { numRuns: 2000 },
    )
  })
})
