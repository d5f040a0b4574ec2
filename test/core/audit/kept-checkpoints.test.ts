import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readAnchors } from '../../../src/core/audit/anchors.ts'
import type { Checkpoint } from '../../../src/core/audit/checkpoint.ts'
import { checkpointUpdate } from '../../../src/core/audit/kept-checkpoints.ts'
import type { Json } from '../../../src/core/manifest/json.ts'

const boot = '01K3W7Q2000000000000000000'
const name = `chain-${boot.toLowerCase()}`
const path = `checkpoints/${name}.json`

function checkpoint(changes: Partial<Checkpoint> = {}): Checkpoint {
  return {
    closes: false,
    count: 10,
    head: `sha256:${'a'.repeat(64)}`,
    prevCheckpoint: `sha256:${'0'.repeat(64)}`,
    seq: 10,
    time: '2026-08-23T12:00:00.000Z',
    unrecorded: 0,
    writer: `pod-0/${boot}`,
    ...changes,
  }
}

function object(spec: Checkpoint, called = name): Json {
  return { metadata: { name: called, resourceVersion: '7', managedFields: [] }, spec }
}

const first = checkpointUpdate([object(checkpoint())], new Map())

describe('checkpoints in a repository', () => {
  test('are one file for each chain, as audit verify reads it', () => {
    assert.deepEqual([...first.files.keys()], [path])
    assert.deepEqual(first.doubts, [])
    const text = first.files.get(path) ?? ''
    assert.doesNotMatch(text, /resourceVersion|managedFields/)
    assert.deepEqual(readAnchors(text, 'f'), [{ file: 'f', item: 1, checkpoint: checkpoint() }])
  })

  test('are written when they are newer, and not again when nothing is', () => {
    const same = checkpointUpdate([object(checkpoint())], first.files)
    assert.equal(same.files.size, 0)
    assert.deepEqual(same.doubts, [])
    const newer = checkpointUpdate([object(checkpoint({ seq: 11 }))], first.files)
    assert.deepEqual([...newer.files.keys()], [path])
    const closed = checkpointUpdate([object(checkpoint({ closes: true }))], first.files)
    assert.equal(closed.files.size, 1)
  })

  test('are written over what nobody can read', () => {
    const update = checkpointUpdate([object(checkpoint())], new Map([[path, '<<<<']]))
    assert.equal(update.files.size, 1)
  })

  for (const [title, spec, why] of [
    ['shorter', checkpoint({ seq: 9 }), /is at record 9, and was at 10 before/],
    ['of another record', checkpoint({ head: `sha256:${'b'.repeat(64)}` }), /another record 10/],
  ] as const) {
    test(`are left as they are when the cluster has one that is ${title}`, () => {
      const update = checkpointUpdate([object(spec)], first.files)
      assert.equal(update.files.size, 0)
      assert.match(update.doubts.join(), why)
    })
  }

  for (const [title, one] of [
    ['of another chain', object(checkpoint(), `chain-${'0'.repeat(26)}`)],
    ['without a place', object(checkpoint({ writer: 'pod-0/../../x' }), 'chain-x')],
    ['that is none', { metadata: { name }, spec: {} }],
    ['without a name', {}],
  ] as const) {
    test(`are not made of an object ${title}`, () => {
      const update = checkpointUpdate([one, object(checkpoint())], new Map())
      assert.deepEqual([...update.files.keys()], [path])
      assert.equal(update.doubts.length, 1)
    })
  }
})
