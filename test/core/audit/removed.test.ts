import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { lineHash } from '../../../src/core/audit/chain.ts'
import { ChainWriter, newKeys, toLines, verifyLines } from './chains.ts'

const writer = 'pod-0/01K3W7Q2000000000000000000'
const keys = newKeys()
const withKeys = { keys: keys.published }

function chain(): ChainWriter {
  return new ChainWriter(writer, keys)
}

describe('a chain whose beginning is gone', () => {
  const one = chain().addMany(2).checkpoint().addMany(2)
  const cut = { writer, seq: 2, hash: lineHash(one.lines[1]!) }
  const rest = one.lines.slice(2)

  test('is broken when nothing tells why', () => {
    const found = verifyLines(toLines(rest), withKeys)
    assert.deepEqual(
      found.problems.map(({ seq, problem }) => [seq, problem]),
      [[3, 'records 1 to 2 are missing']],
    )
  })

  test('is intact when a later record says that it was removed', () => {
    const later = new ChainWriter('pod-0/01K3W7Q9000000000000000000', keys)
    later
      .add()
      .add({ removed: [cut] })
      .checkpoint()
    const found = verifyLines([...toLines(rest), ...later.recordLines('b.jsonl')], withKeys)
    assert.deepEqual(found.problems, [])
    assert.deepEqual(found.removed, [cut])
    assert.equal(found.chains[0]?.from, 3)
  })

  test('is broken when it is another beginning that was removed', () => {
    const later = new ChainWriter('pod-0/01K3W7Q9000000000000000000', keys)
    later
      .add({
        removed: [
          { ...cut, seq: 1 },
          { ...cut, hash: 'sha256:' },
        ],
      })
      .checkpoint()
    const found = verifyLines([...toLines(rest), ...later.recordLines('b.jsonl')], withKeys)
    assert.equal(found.problemCount, 1)
  })

  test('is broken when nobody vouches for what says so', () => {
    const later = new ChainWriter('pod-0/01K3W7Q9000000000000000000', keys)
    later
      .add()
      .checkpoint()
      .add({ removed: [cut] })
    const found = verifyLines([...toLines(rest), ...later.recordLines('b.jsonl')], withKeys)
    assert.equal(found.problemCount, 1)
  })

  test('goes on to count, from the first checkpoint that tells', () => {
    const long = chain().addMany(4).checkpoint().addMany(2).checkpoint().add().close()
    for (let from = 1; from < long.lines.length; from += 1) {
      const found = verifyLines(toLines(long.lines.slice(from)), withKeys)
      assert.deepEqual(
        found.problems.map(({ problem }) =>
          /^records? 1( to \d+)? (is|are) missing$/.test(problem),
        ),
        [true],
        `from ${from}`,
      )
    }
  })
})
