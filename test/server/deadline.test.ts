import assert from 'node:assert/strict'
import test from 'node:test'
import { Deadline, deadlineOf } from '../../src/server/deadline.ts'

const deadlines: readonly (readonly [title: string, url: string, ms: number])[] = [
  ['what the API server sends', '/validate?timeout=5s', 4500],
  ['the shortest', '/validate?timeout=1s', 500],
  ['among others', '/validate?a=b&timeout=3s&c=d', 2500],
  ['no timeout', '/validate', 9500],
  ['zero', '/validate?timeout=0s', 9500],
  ['another unit', '/validate?timeout=5m', 9500],
  ['a negative one', '/validate?timeout=-5s', 9500],
  ['nonsense', '/validate?timeout=soon', 9500],
  ['something that ends alike', '/validate?xtimeout=5s', 9500],
  ['more than any webhook may have', '/validate?timeout=9999s', 29_500],
]

for (const [title, url, ms] of deadlines) {
  test(`the deadline keeps a margin: ${title}`, () => {
    assert.equal(deadlineOf(url), ms)
  })
}

test('a signal that is asked for after the end has aborted already', () => {
  const deadline = new Deadline(60_000, () => {})
  assert.equal(deadline.isPassed, false)
  deadline.abort('over')
  assert.equal(deadline.signal.aborted, true)
  assert.match(String(deadline.signal.reason), /over/)
})

test('only the first reason counts', () => {
  const deadline = new Deadline(60_000, () => {})
  const { signal } = deadline
  deadline.abort('first')
  deadline.abort('second')
  assert.match(String(signal.reason), /first/)
})

const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

test('a deadline passes when its time has come', async () => {
  const passed = Promise.withResolvers<undefined>()
  const deadline = new Deadline(1, () => {
    passed.resolve(undefined)
  })
  await passed.promise
  assert.equal(deadline.isPassed, true)
  assert.equal(deadline.signal.aborted, true)
})

test('what ends in the turn in which it began needs no timer', async () => {
  const before = timers()
  const short = new Deadline(60_000, () => {})
  short.clear()
  const long = new Deadline(60_000, () => {})
  await nextTurn()
  assert.equal(timers(), before + 1)
  long.clear()
  assert.equal(timers(), before)
})
