import assert from 'node:assert/strict'
import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { mock, test } from 'node:test'
import {
  counted,
  header,
  painter,
  print,
  printable,
  progress,
  table,
  type Paint,
} from '../../src/cli/output.ts'
import { fakeEnv } from './fake-env.ts'

const plain: Paint = (_style, text) => text
const marked: Paint = (style, text) => `<${String(style)} ${text}>`

test('columns are as wide as their widest cell, and the last one is open', () => {
  const rows = [header('A', 'LONGER', 'C'), ['wide cell', 'x', 'y'], ['', '', 'z']]
  assert.equal(
    table(rows, plain),
    ['A          LONGER  C', 'wide cell  x       y', '                   z', ''].join('\n'),
  )
})

test('colours take no room', () => {
  const rows = [
    [{ text: 'ab', style: 'red' } as const, 'c'],
    ['a', 'd'],
  ]
  assert.equal(table(rows, marked), '<red ab>  c\na   d\n')
})

test('a row of one cell leaves the columns alone, and an empty cell no trailing blanks', () => {
  assert.equal(table([['a sentence'], ['a', '']], plain), 'a sentence\na\n')
  assert.equal(table([], plain), '')
})

test('what a cell holds cannot move the cursor, forge a line or turn text around', () => {
  assert.equal(table([['a\u001B[2J\nb', '\u202Ec']], plain), 'a\\u{1b}[2J\\u{a}b  \\u{202e}c\n')
  assert.equal(printable('grün 漢字 🙂'), 'grün 漢字 🙂')
})

const coloured: readonly [title: string, columns: number | undefined, vars: object, is: boolean][] =
  [
    ['a terminal is coloured', 80, {}, true],
    ['a pipe is not', undefined, {}, false],
    ['NO_COLOR is respected', 80, { NO_COLOR: '1' }, false],
    ['an empty NO_COLOR says nothing', 80, { NO_COLOR: '' }, true],
    ['a dumb terminal has no colours', 80, { TERM: 'dumb' }, false],
  ]
for (const [title, columns, vars, is] of coloured) {
  test(title, () => {
    const env = fakeEnv({ ...(columns === undefined ? {} : { columns }), vars: { ...vars } })
    const text = painter(env.stdout, env.vars)('red', 'x')
    assert.equal(text, is ? '\u001B[31mx\u001B[39m' : 'x')
  })
}

test('print waits for a slow reader, and no longer than the signal', async () => {
  const controller = new AbortController()
  const stdout = new PassThrough({ highWaterMark: 4 })
  let isPrinted = false
  const printing = print({ stdout, signal: controller.signal }, 'longer').then(() => {
    isPrinted = true
  })
  await once(stdout, 'readable')
  assert.equal(isPrinted, false)
  stdout.resume()
  await printing
  stdout.pause()
  const stuck = print({ stdout, signal: controller.signal }, 'longer')
  controller.abort()
  await assert.rejects(stuck, { name: 'AbortError' })
})

test('one is singular', () => {
  assert.equal(counted(1, 'repositories'), '1 repository')
  assert.equal(counted(1, 'scopes'), '1 scope')
  assert.equal(counted(0, 'writers'), '0 writers')
})

test('progress shows after two seconds on a terminal, follows, and leaves nothing behind', () => {
  mock.timers.enable({ apis: ['setInterval', 'Date'] })
  try {
    const env = fakeEnv({ columns: 30, now: Date.now })
    {
      using shown = progress(env, 'reading')
      mock.timers.tick(1_999)
      assert.equal(env.err(), '')
      mock.timers.tick(1)
      assert.equal(env.err(), '\r\u001B[Kreading (2 s)')
      shown.update('reading a file with a very long name')
      mock.timers.tick(500)
      assert.ok(env.err().endsWith('\r\u001B[Kreading a file with a very lo'), env.err())
    }
    const shown = env.err()
    assert.ok(shown.endsWith('\r\u001B[K'))
    mock.timers.tick(5_000)
    assert.equal(env.err(), shown)
    assert.equal(env.out(), '')
  } finally {
    mock.timers.reset()
  }
})

test('progress says nothing where there is no terminal', () => {
  mock.timers.enable({ apis: ['setInterval', 'Date'] })
  try {
    const env = fakeEnv({ now: Date.now })
    using _shown = progress(env, 'reading')
    mock.timers.tick(10_000)
    assert.equal(env.err(), '')
  } finally {
    mock.timers.reset()
  }
})
