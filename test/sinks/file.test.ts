import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import { createAppend, fileSink } from '../../src/sinks/file.ts'
import { messages } from './messages.ts'

const dir = mkdtempSync(path.join(tmpdir(), 'solewriter-file-sink-'))
after(() => rmSync(dir, { recursive: true }))
const { signal } = new AbortController()

function sinkOf(name: string) {
  return fileSink({ name: 'a', mandatory: true, path: path.join(dir, name) }, createAppend())
}

function linesOf(name: string): readonly string[] {
  const lines = readFileSync(path.join(dir, name), 'utf8').split('\n')
  assert.equal(lines.pop(), '')
  return lines
}

test('events are lines, in order, however many come at once', async () => {
  const sink = sinkOf('all')
  const outcomes = await Promise.all(messages.map((one) => sink.deliver(one, signal)))
  assert.deepEqual(
    outcomes,
    messages.map(() => ({ kind: 'delivered' })),
  )
  assert.deepEqual(
    linesOf('all').map((line) => JSON.parse(line) as unknown),
    messages.map(({ event }) => event),
  )
})

test('what a crash has cut off spoils no other line', async () => {
  appendFileSync(path.join(dir, 'torn'), '{"specversion":"1.0","id":"4')
  const [first, second] = messages
  const sink = sinkOf('torn')
  for (const one of [first, second]) await sink.deliver(one ?? assert.fail(), signal)
  const [, ...rest] = linesOf('torn')
  assert.deepEqual(
    rest.map((line) => JSON.parse(line) as unknown),
    [first?.event, second?.event],
  )
})

test('a file that somebody has shipped is begun anew', async () => {
  const sink = sinkOf('moved')
  const [one] = messages
  await sink.deliver(one ?? assert.fail(), signal)
  renameSync(path.join(dir, 'moved'), path.join(dir, 'shipped'))
  await sink.deliver(one ?? assert.fail(), signal)
  assert.equal(linesOf('moved').length, 1)
})

test('one that cannot be written is tried again, and holds up no other', async () => {
  const append = createAppend()
  const sink = fileSink({ name: 'a', mandatory: true, path: path.join(dir, 'no', 'x') }, append)
  const [one] = messages
  const outcome = await sink.deliver(one ?? assert.fail(), signal)
  assert.deepEqual(outcome, { kind: 'later', why: 'cannot be written: ENOENT' })
  const again = await sink.deliver(one ?? assert.fail(), signal)
  assert.equal(again.kind, 'later')
  const other = fileSink({ name: 'b', mandatory: true, path: path.join(dir, 'other') }, append)
  assert.equal((await other.deliver(one ?? assert.fail(), signal)).kind, 'delivered')
})
