import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Delay } from '../../src/kubernetes/watch-delay.ts'

const limits = { firstMs: 100, longestMs: 1_000 }

test('each failure in a row waits twice as long, up to a limit', () => {
  const delay = new Delay(limits, () => 1)
  const waits = Array.from({ length: 6 }, () => delay.next())
  assert.deepEqual(waits, [100, 200, 400, 800, 1_000, 1_000])
  assert.equal(delay.failures, 6)
  delay.reset()
  assert.equal(delay.next(), 100)
})

test('replicas that failed together do not come back together', () => {
  const waits = [0, 0.5, 1].map((random) => new Delay(limits, () => random).next())
  assert.deepEqual(waits, [50, 75, 100])
})

test('a very long outage is no reason for a very short wait', () => {
  const delay = new Delay(limits, () => 1)
  for (let failure = 0; failure < 5_000; failure += 1) delay.next()
  assert.equal(delay.next(), 1_000)
})
