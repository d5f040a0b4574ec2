import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Gaps } from '../../../src/cli/controller/scan-gaps.ts'

function gaps() {
  let ended = 0
  const watching = new Gaps(() => {
    ended += 1
  })
  return { look: watching.look, ended: () => ended }
}

const absent = { fault: 'absent' } as const
const changed = { fault: 'changed' } as const

test('a configuration that was good all the time ends no gap', () => {
  const { look, ended } = gaps()
  look([], 'u1')
  look([], 'u1')
  assert.equal(ended(), 0)
})

test('a gap has ended when what was wrong is not wrong any more', () => {
  const { look, ended } = gaps()
  look([absent], undefined)
  assert.equal(ended(), 0)
  look([changed], 'u2')
  assert.equal(ended(), 1)
  look([changed], 'u2')
  assert.equal(ended(), 1)
  look([], 'u2')
  assert.equal(ended(), 2)
})

test('another configuration of the name was put there in a moment that nobody saw', () => {
  const { look, ended } = gaps()
  look([], 'u1')
  look([], 'u2')
  assert.equal(ended(), 1)
})

const openings = [
  'absent',
  'failure-policy-ignore',
  'selector',
  'rules-narrow',
  'condition-foreign',
  'ca-bundle-missing',
  'changed',
] as const
for (const fault of openings) {
  test(`while there is ${fault}, writes may pass that nobody judges: its end ends a gap`, () => {
    const { look, ended } = gaps()
    look([{ fault }], 'u1')
    assert.equal(ended(), 0)
    look([], 'u1')
    assert.equal(ended(), 1)
  })
}
