import assert from 'node:assert/strict'
import { describe, test, type TestContext } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { ApiAnswer } from '../../src/kubernetes/api.ts'
import { WriteTurns } from '../../src/kubernetes/write-turns.ts'

const name = 'bg-1'
const objectOf = (resourceVersion: string) => ({ metadata: { resourceVersion } })

const stored = (version: string): Promise<ApiAnswer> => {
  return Promise.resolve({ status: 200, headers: {}, body: objectOf(version) })
}
const refused = (): Promise<ApiAnswer> => Promise.resolve({ status: 409, headers: {}, body: {} })

/** Time stands still: whoever rests at all does so for good. */
async function isResting(t: TestContext, turns: WriteTurns): Promise<boolean> {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  let isOver = false
  void turns.rest(name).then(() => (isOver = true))
  for (let i = 0; i < 5; i += 1) await turn()
  const isStill = !isOver
  t.mock.timers.runAll()
  t.mock.timers.reset()
  return isStill
}

describe('whoever has written', () => {
  test('does not rest where nobody else has', async (t) => {
    const turns = new WriteTurns()
    turns.read(name, objectOf('1'))
    await turns.write(name, () => stored('2'))
    turns.read(name, objectOf('2'))
    await turns.write(name, () => stored('3'))
    assert.equal(await isResting(t, turns), false)
  })

  test('rests once another one was faster', async (t) => {
    const turns = new WriteTurns()
    await turns.write(name, refused)
    await turns.write(name, () => stored('3'))
    assert.equal(await isResting(t, turns), true)
  })

  test('rests where another one has written since, though never at the same time', async (t) => {
    const turns = new WriteTurns()
    await turns.write(name, () => stored('2'))
    turns.read(name, objectOf('7'))
    await turns.write(name, () => stored('8'))
    assert.equal(await isResting(t, turns), true)
  })

  test('does not rest for others of another object', async (t) => {
    const turns = new WriteTurns()
    await turns.write('bg-2', refused)
    await turns.write(name, () => stored('2'))
    assert.equal(await isResting(t, turns), false)
  })
})
