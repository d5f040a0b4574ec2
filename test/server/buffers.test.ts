import assert from 'node:assert/strict'
import test from 'node:test'
import { Buffers } from '../../src/server/buffers.ts'

const mebibyte = 1024 * 1024

test('memory that was given back serves the next one that it is large enough for', () => {
  const buffers = new Buffers(8 * mebibyte)
  const first = buffers.take(mebibyte)
  buffers.giveBack(first)
  const larger = buffers.take(3 * mebibyte)
  assert.notEqual(larger.buffer, first.buffer)
  const second = buffers.take(mebibyte - 7)
  assert.equal(second.buffer, first.buffer)
  assert.equal(second.length, mebibyte - 7)
})

test('nobody shares memory with somebody else', () => {
  const buffers = new Buffers(8 * mebibyte)
  const first = buffers.take(mebibyte)
  assert.notEqual(buffers.take(mebibyte).buffer, first.buffer)
  buffers.giveBack(first)
  buffers.giveBack(first)
  assert.notEqual(buffers.take(mebibyte).buffer, buffers.take(mebibyte).buffer)
})

test('memory from elsewhere is left alone', () => {
  const buffers = new Buffers(8 * mebibyte)
  const foreign = Buffer.allocUnsafeSlow(mebibyte)
  buffers.giveBack(foreign)
  assert.notEqual(buffers.take(mebibyte).buffer, foreign.buffer)
})

test('no more is kept than was said', () => {
  const buffers = new Buffers(2 * mebibyte)
  const taken = Array.from({ length: 4 }, () => buffers.take(mebibyte))
  for (const each of taken) buffers.giveBack(each)
  const again = Array.from({ length: 4 }, () => buffers.take(mebibyte).buffer)
  const kept = taken.filter(({ buffer }) => again.includes(buffer))
  assert.equal(kept.length, 2)
})
