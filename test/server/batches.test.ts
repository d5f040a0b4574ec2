import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Batches } from '../../src/server/batches.ts'

test('who comes in one turn of the event loop goes on together, in order, behind its input', async () => {
  const batches = new Batches()
  const seen: string[] = []
  const come = (name: string) => batches.next().then(() => seen.push(name))
  const first = Promise.all([come('a'), come('b')])
  await Promise.resolve()
  assert.deepEqual(seen, [])
  await first
  assert.deepEqual(seen, ['a', 'b'])
  const second = come('c')
  assert.deepEqual(seen, ['a', 'b'])
  await second
  assert.deepEqual(seen, ['a', 'b', 'c'])
})
