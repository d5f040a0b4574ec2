import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readAnchors, type Anchor } from '../../../src/core/audit/anchors.ts'
import { chainLine, type ChainHead } from '../../../src/core/audit/chain.ts'
import {
  mostUnvouched,
  signerWith,
  whyNotSigned,
  type Checkpoint,
} from '../../../src/core/audit/checkpoint.ts'
import type { VerifyOptions } from '../../../src/core/audit/verify.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { ChainWriter, newKeys, signed, toLines, verifyLines } from './chains.ts'

const writer = 'pod-0/01K3W7Q2000000000000000000'
const other = 'pod-1/01K3W7Q3000000000000000000'
const keys = newKeys()
const foreign = newKeys()
const withKeys: VerifyOptions = { keys: keys.published }

function chain(): ChainWriter {
  return new ChainWriter(writer, keys)
}

/** Three records, a checkpoint about two of them, two more, and the end. */
function ended(): ChainWriter {
  const one = chain().addMany(2)
  const stated = one.statement()
  return one.add().checkpoint(stated).addMany(2).close()
}

function problemsIn(lines: readonly string[], options = withKeys): readonly string[] {
  return verifyLines(toLines(lines), options).problems.map(({ problem }) => problem)
}

/** As somebody who has no key makes the chain fit again behind a line. */
function rechained(lines: readonly string[]): readonly string[] {
  const texts: string[] = []
  let head: ChainHead = { writer, seq: 0, hash: `sha256:${'0'.repeat(64)}` }
  for (const line of lines) {
    const {
      prev: _prev,
      seq: _seq,
      v: _v,
      writer: _writer,
      ...body
    } = JSON.parse(line) as JsonObject
    const next = chainLine(body, head)
    texts.push(next.line)
    head = next.head
  }
  return texts
}

function edited(lines: readonly string[], at: number): readonly string[] {
  return lines.with(at, lines[at]!.replace('"decision":"deny"', '"decision":"allow"'))
}

/** A line with another checkpoint in it. */
function withCheckpoint(line: string, change: (one: Checkpoint) => object): string {
  const record = JSON.parse(line) as JsonObject & { readonly checkpoint: Checkpoint }
  return JSON.stringify({ ...record, checkpoint: change(record.checkpoint) })
}

test('what is signed in the background is what is verified', async () => {
  const statement = chain().add().statement()
  const signature = await signerWith(keys.kid, keys.secret)(statement)
  assert.equal(whyNotSigned({ ...statement, ...signature }, keys.published), undefined)
  assert.match(
    whyNotSigned({ ...statement, ...signature }, foreign.published) ?? '',
    /none of the keys/,
  )
  assert.equal(whyNotSigned(statement, keys.published), 'is not signed')
  assert.equal(
    whyNotSigned({ ...statement, ...signature, count: 2 }, keys.published),
    'has a bad signature',
  )
})

test('a chain with checkpoints is intact, closed, and vouched for to its end', () => {
  const one = ended()
  const found = verifyLines(one.recordLines(), withKeys)
  assert.deepEqual(found.problems, [])
  assert.deepEqual(found.chains, [
    { ...one.head, from: 1, end: 'closed', checkpoints: 2, vouchedFor: 6 },
  ])
})

test('a chain without its end is intact, open, and vouched for up to its last checkpoint', () => {
  const one = chain().addMany(3).checkpoint().addMany(4)
  const found = verifyLines(one.recordLines(), withKeys)
  assert.deepEqual(found.problems, [])
  assert.deepEqual(found.chains, [
    { ...one.head, from: 1, end: 'open', checkpoints: 1, vouchedFor: 3 },
  ])
})

test('a chain whose successor found its end died', () => {
  const one = chain().addMany(3)
  const next = new ChainWriter('pod-0/01K3W7Q9000000000000000000', keys)
  next.add({ predecessor: { ...one.head } })
  const found = verifyLines([...one.recordLines(), ...next.recordLines('b.jsonl')], withKeys)
  assert.deepEqual(found.problems, [])
  assert.deepEqual(
    found.chains.map(({ end }) => end),
    ['died', 'open'],
  )
})

describe('somebody without the key', () => {
  test('who changes a record, and the chain behind it, is told by the next checkpoint', () => {
    assert.deepEqual(problemsIn(rechained(edited(ended().lines, 0))), [
      'the checkpoint knows another record 2',
    ])
    assert.deepEqual(problemsIn(rechained(edited(ended().lines, 4))), [
      'the checkpoint knows another record 6',
    ])
  })

  test('who leaves checkpoints out breaks the next one', () => {
    const { lines } = ended()
    assert.deepEqual(problemsIn(rechained(lines.toSpliced(3, 1))), [
      'the checkpoint closes its chain, and is not about record 5',
    ])
    const three = chain().add().checkpoint().add().checkpoint().add().checkpoint()
    assert.match(problemsIn(rechained(three.lines.toSpliced(3, 1)))[0] ?? '', /does not follow/)
  })

  test('who signs with a key of his own is not believed', () => {
    const one = new ChainWriter(writer, foreign).addMany(3).close()
    assert.match(
      problemsIn(one.lines)[0] ?? '',
      /^the checkpoint is signed with .* none of the keys$/,
    )
    const borrowed = new ChainWriter(writer, { ...foreign, kid: keys.kid }).addMany(3).close()
    assert.deepEqual(problemsIn(borrowed.lines), ['the checkpoint has a bad signature'])
  })

  test('who signs nothing is not believed', () => {
    const one = new ChainWriter(writer).addMany(3).close()
    assert.deepEqual(problemsIn(one.lines), ['the checkpoint is not signed'])
    assert.deepEqual(problemsIn(one.lines, {}), [])
  })

  test('who writes no checkpoint at all is not believed for long', () => {
    const one = new ChainWriter(writer).addMany(mostUnvouched + 1)
    assert.deepEqual(problemsIn(one.lines), ['no checkpoint vouches for anything behind record 0'])
    assert.deepEqual(problemsIn(one.lines, {}), [])
  })

  test('takes no checkpoint of another chain', () => {
    const theirs = new ChainWriter(other, keys).addMany(2)
    const one = chain().addMany(2).checkpoint(theirs.statement())
    assert.deepEqual(problemsIn(one.lines), [`the checkpoint is about ${other}`])
  })

  test('adds nothing behind the end', () => {
    assert.deepEqual(problemsIn(ended().add().lines), [
      'record 8 stands behind the checkpoint that closes its chain',
    ])
  })

  test('changes nothing in the last line', () => {
    const { lines } = ended()
    const last = lines.length - 1
    for (const [change, problem] of [
      [(one: Checkpoint) => ({ ...one, unrecorded: 1 }), /bad signature/],
      [(one: Checkpoint) => ({ ...one, time: 'x' }), /bad signature/],
      [(one: Checkpoint) => ({ ...one, closes: false }), /bad signature/],
      [(one: Checkpoint) => ({ ...one, more: 1 }), /no checkpoint|no record/],
      [({ count: _count, ...one }: Checkpoint) => one, /no checkpoint/],
    ] as const) {
      assert.match(
        problemsIn(lines.with(last, withCheckpoint(lines[last]!, change)))[0] ?? '',
        problem,
      )
    }
    const more = JSON.stringify({ a: 1, ...(JSON.parse(lines[last]!) as object) })
    assert.deepEqual(problemsIn(lines.with(last, more)), ['the line is no checkpoint'])
  })
})

describe('a checkpoint', () => {
  const wrong: readonly (readonly [title: string, one: ChainWriter, problem: RegExp])[] = [
    ['counts the records', chainWith({ count: 2 }), /counts 2 records, where there are 3/],
    ['is about a record before it', chainWith({ seq: 4 }), /is about record 4/],
    ['is about a record', chainWith({ seq: 0 }), /is about record 0/],
    ['names the hash', chainWith({ head: `sha256:${'1'.repeat(64)}` }), /knows another record 3/],
    [
      'names the one before it',
      chainWith({ prevCheckpoint: `sha256:${'1'.repeat(64)}` }),
      /follow/,
    ],
  ]
  for (const [title, one, problem] of wrong) {
    test(`${title}, whoever signed it`, () => {
      assert.match(problemsIn(one.lines)[0] ?? '', problem)
    })
  }

  test('never goes back', () => {
    const one = chain().addMany(3)
    const early = one.statement()
    one
      .add()
      .checkpoint()
      .checkpoint({ ...early, prevCheckpoint: one.statement().prevCheckpoint })
    assert.match(problemsIn(one.lines)[0] ?? '', /is about record 3, which is none of those/)
  })

  function chainWith(changes: Partial<Checkpoint>): ChainWriter {
    const one = chain().addMany(3)
    return one.checkpoint(one.statement(changes))
  }
})

describe('anchors', () => {
  const one = ended()
  const anchor = (checkpoint: Checkpoint): Anchor => ({ file: 'anchors', item: 1, checkpoint })
  const [first, last] = one.checkpoints as [Checkpoint, Checkpoint]
  const against = (lines: readonly string[], ...checkpoints: readonly Checkpoint[]) =>
    problemsIn(lines, { ...withKeys, anchors: checkpoints.map(anchor) })

  test('that are in the chain say nothing', () => {
    assert.deepEqual(against(one.lines, first, last), [])
    assert.deepEqual(against(one.lines.slice(0, 4), first), [])
  })

  test('name what was cut off', () => {
    assert.deepEqual(against(one.lines.slice(0, 1), first), [
      `record 2 is missing at the end of ${writer}`,
    ])
    assert.deepEqual(against(one.lines.slice(0, 4), last), [
      `records 5 to 7 are missing at the end of ${writer}`,
    ])
  })

  test('name a closing checkpoint that was cut off', () => {
    assert.deepEqual(against(one.lines.slice(0, 6), last), [
      `record 7 is missing at the end of ${writer}`,
    ])
  })

  test('tell a chain that was made anew without any checkpoint', () => {
    const anew = rechained(edited(one.lines.slice(0, 3), 0))
    assert.deepEqual(against(anew, first), ['the anchor knows another record 2'])
  })

  test('are signed too', () => {
    assert.deepEqual(against(one.lines, { ...first, seq: 3 }), ['the anchor has a bad signature'])
    assert.deepEqual(against(one.lines, { ...first, count: 9 }), ['the anchor has a bad signature'])
    const theirs = signed(first, foreign)
    assert.match(against(one.lines, theirs)[0] ?? '', /^the anchor is signed with/)
  })

  test('of chains that are not here are told', () => {
    const found = verifyLines(new ChainWriter(other, keys).add().recordLines(), {
      ...withKeys,
      anchors: [anchor(first), anchor(last)],
    })
    assert.deepEqual(found.problems, [])
    assert.deepEqual(found.absent, [{ writer, seq: 6, hash: last.head }])
  })

  test('are read as kubectl prints them', () => {
    const item = { kind: 'AuditCheckpoint', metadata: {}, spec: first }
    const list = JSON.stringify({ kind: 'List', items: [item] })
    assert.deepEqual(readAnchors(list, 'anchors'), [anchor(first)])
    assert.deepEqual(readAnchors(JSON.stringify(item), 'anchors'), [anchor(first)])
    assert.deepEqual(readAnchors('{"items":[]}', 'anchors'), [])
    assert.equal(readAnchors('x', 'anchors'), 'is not JSON')
    for (const bad of [
      { ...item, kind: 'Pod' },
      { ...item, spec: { ...first, seq: -1 } },
    ]) {
      const text = JSON.stringify({ items: [item, bad] })
      assert.equal(readAnchors(text, 'f'), 'holds something that is no AuditCheckpoint: item 2')
    }
  })
})
