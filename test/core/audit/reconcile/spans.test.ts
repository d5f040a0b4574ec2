import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { holesIn, spansOf } from '../../../../src/core/audit/reconcile/spans.ts'

test('times are one stretch when none is further from the next than allowed', () => {
  const times = fc.array(fc.nat(500), { maxLength: 60 })
  fc.assert(
    fc.property(times, fc.nat(20), (all, tolerance) => {
      const spans = spansOf(tolerance)
      for (const time of all) spans.add(time)
      const expected: { from: number; to: number; count: number }[] = []
      for (const time of all.toSorted((a, b) => a - b)) {
        const last = expected.at(-1)
        if (last !== undefined && time <= last.to + tolerance) {
          last.to = time
          last.count += 1
        } else expected.push({ from: time, to: time, count: 1 })
      }
      assert.deepEqual(spans.all(), expected)
    }),
  )
})

test('however many there are, memory is bounded and nothing is lost', () => {
  const spans = spansOf(1)
  for (let i = 0; i < 50_000; i += 1) spans.add(i * 100)
  const all = spans.all()
  assert.ok(all.length <= 4096)
  assert.equal(all[0]?.from, 0)
  assert.equal(all.at(-1)?.to, 4_999_900)
  assert.equal(
    all.reduce((sum, { count }) => sum + count, 0),
    50_000,
  )
})

test('holes are what is left, where it is long', () => {
  const spans = [
    { from: 10, to: 20, count: 1 },
    { from: 50, to: 60, count: 1 },
  ]
  assert.deepEqual(holesIn(spans, [0, 100], 15), [
    [20, 50],
    [60, 100],
  ])
  assert.deepEqual(holesIn(spans, [15, 55], 5), [[20, 50]])
  assert.deepEqual(holesIn(spans, [30, 40], 5), [[30, 40]])
  assert.deepEqual(holesIn([], [0, 10], 5), [[0, 10]])
})
