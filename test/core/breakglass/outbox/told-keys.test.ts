import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { eventTypeNames } from '../../../../src/core/breakglass/outbox/event-types.ts'
import { foldKeys, unfoldKeys } from '../../../../src/core/breakglass/outbox/told-keys.ts'

const part = fc.oneof(
  fc.integer({ min: 1, max: 100 }).map(String),
  fc.constantFrom('draft', 'review', '0123456789ab', 'fedcba987654'),
)
const key = fc
  .tuple(fc.constantFrom(...eventTypeNames), fc.option(part, { nil: undefined }))
  .map(([type, one]) => (one === undefined ? type : `${type}/${one}`))

test('what is folded is unfolded again', () => {
  fc.assert(
    fc.property(fc.uniqueArray(key, { maxLength: 250 }), (keys) => {
      // A type has parts or has none.
      const types = new Map(keys.map((one) => [one.split('/')[0], one.includes('/')]))
      const own = new Set(keys.filter((one) => types.get(one.split('/')[0]) === one.includes('/')))
      assert.deepEqual(unfoldKeys(foldKeys(own)), own)
    }),
  )
})

test('a hundred uses are a few words', () => {
  const keys = Array.from({ length: 100 }, (_, i) => `breakglass.use.admitted/${i + 1}`)
  assert.deepEqual(foldKeys(new Set(keys)), ['breakglass.use.admitted/1-100'])
  keys.splice(40, 1)
  assert.deepEqual(foldKeys(new Set(keys)), ['breakglass.use.admitted/1-40,42-100'])
})

test('nonsense is neither believed nor endless', () => {
  assert.ok(unfoldKeys(['breakglass.use.admitted/1-999']).size <= 100)
  assert.equal(unfoldKeys(['breakglass.use.admitted/9-3']).size, 0)
  assert.ok(!unfoldKeys(['breakglass.use.admitted/1-99999999']).has('breakglass.use.admitted/2'))
})
