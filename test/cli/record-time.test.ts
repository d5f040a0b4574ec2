import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { recordTime } from '../../src/cli/record-time.ts'

test('a time is written as Date writes it, whatever was written before', () => {
  const most = Date.UTC(9999, 11, 31)
  fc.assert(
    fc.property(fc.integer({ min: 0, max: most }), fc.nat({ max: 2000 }), (time, later) => {
      for (const each of [time, time + later, time]) {
        assert.equal(recordTime(each), new Date(each).toISOString())
      }
    }),
  )
})

test('of a part of a millisecond nothing is written', () => {
  assert.equal(recordTime(999.9), '1970-01-01T00:00:00.999Z')
})
