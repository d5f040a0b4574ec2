import assert from 'node:assert/strict'
import test from 'node:test'
import { Turns } from '../../src/server/turns.ts'

const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

test('one step is taken in each turn, and whoever has begun goes before the rest', async () => {
  const turns = new Turns()
  const steps: string[] = []
  const work = async (name: string) => {
    await turns.next()
    steps.push(`${name} begins`)
    await turns.again()
    steps.push(`${name} ends`)
  }
  const all = Promise.all([work('a'), work('b')])
  for (let turn = 1; turn <= 4; turn += 1) {
    await nextTurn()
    assert.equal(steps.length, turn)
  }
  await all
  await work('c')
  assert.deepEqual(steps, ['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends'])
})
