import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import { test } from 'node:test'
import { createPace } from '../../src/sinks/pace.ts'

test('one at a time, so far apart, and whoever waits no more makes no way for itself', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_000_000 })
  const pace = createPace(1_000, () => Date.now())
  const { signal } = new AbortController()
  const ending = new AbortController()
  const through: string[] = []
  const pass = (name: string, until = signal) =>
    pace(until).then(
      () => through.push(name),
      () => through.push(`${name} left`),
    )
  const all = [pass('a'), pass('b'), pass('c', ending.signal), pass('d')]
  const at = async (ms: number) => {
    t.mock.timers.tick(ms)
    await turn()
    return through.join()
  }
  assert.equal(await at(0), 'a')
  assert.equal(await at(999), 'a')
  assert.equal(await at(1), 'a,b')
  ending.abort()
  assert.equal(await at(0), 'a,b,c left')
  assert.equal(await at(1_999), 'a,b,c left')
  assert.equal(await at(1), 'a,b,c left,d')
  await Promise.all(all)
})
