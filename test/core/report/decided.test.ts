import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { authorIn, authorText } from '../../../src/core/report/author.ts'
import { toDecided } from '../../../src/core/report/decided.ts'
import { boundaryOf, isWithin } from '../../../src/core/report/period.ts'
import { readRecorded, type Recorded } from '../../../src/core/report/recorded.ts'
import { beyond, tallyOf } from '../../../src/core/report/tally.ts'
import { slotWidth, timelineOf } from '../../../src/core/report/timeline.ts'

function recorded(changes: Partial<Recorded> = {}): Recorded {
  const line = {
    decisionId: '01K',
    time: '2026-08-23T12:00:00.000Z',
    decision: 'allow',
    reason: 'VerifiedCommit',
    gvr: 'apps/v1/deployments',
    writer: 'w',
    seq: 1,
  }
  return { ...readRecorded(line)!, ...changes }
}

test('a decision is told by the first record that allows, else by the first', () => {
  const denied = recorded({ isAllow: false, reason: 'MirrorStale', ms: 1 })
  const allowed = recorded({ ms: 2 })
  const again = recorded({ ms: 3, reason: 'NoDesiredStateChange' })
  const one = toDecided([again, allowed, denied])
  assert.equal(one.outcome, 'admitted')
  assert.equal(one.ground, 'git')
  assert.equal(one.records, 3)
  assert.equal(one.ms, 1)
  assert.equal(toDecided([denied]).outcome, 'denied')
  assert.equal(toDecided([denied]).ground, null)
})

test('a dry run never becomes a change, nor hides one', () => {
  const dry = recorded({ dryRun: true, ms: 1 })
  assert.equal(toDecided([dry]).outcome, 'dry-run')
  const both = toDecided([dry, recorded({ ms: 5 })])
  assert.equal(both.outcome, 'admitted')
  assert.equal(both.ms, 5)
  assert.equal(both.records, 1)
})

test('what only the mode allows, and what nobody knows, is not enforced', () => {
  assert.equal(toDecided([recorded({ wouldDeny: true })]).ground, 'not-enforced')
  assert.equal(toDecided([recorded({ reason: 'toString' })]).ground, 'not-enforced')
  assert.equal(toDecided([recorded({ reason: 'HumanWrite' })]).ground, 'not-enforced')
})

test('records of equal times are in the order of their chains', () => {
  const [a, b] = [
    recorded({ writer: 'a', seq: 9, rule: 'x' }),
    recorded({ writer: 'b', rule: 'y' }),
  ]
  assert.equal(toDecided([b, a]).told.rule, 'x')
  const later = recorded({ writer: 'a', seq: 10, rule: 'z' })
  assert.equal(toDecided([later, a]).told.rule, 'x')
})

test('a line without an id, a time or an answer is no decision', () => {
  const line = { decisionId: '01K', time: '2026-08-23T12:00:00Z', decision: 'deny' }
  assert.notEqual(readRecorded(line), undefined)
  for (const key of Object.keys(line)) assert.equal(readRecorded({ ...line, [key]: 7 }), undefined)
  assert.equal(readRecorded({ ...line, decision: 'allowed' }), undefined)
  assert.equal(readRecorded({ checkpoint: {} }), undefined)
})

test('the author is what the header of the commit says, never its message', () => {
  const head = 'tree a\nparent b\n'
  const cases = [
    [
      `${head}author Ann A. <ann@x.example> 1 +0000\ncommitter C <c@x> 1 +0000\n\nm`,
      'Ann A. <ann@x.example>',
    ],
    [`${head}author  <ann@x.example> 1 +0000\n\nm`, ' <ann@x.example>'],
    [`${head}author Ann <> 1 +0000\n\nm`, 'Ann'],
    [`${head}\n\nauthor Eve <eve@x> 1 +0000\n`, 'unknown: commit unreadable'],
    [`${head}gpgsig x\n author Eve <e@x> 1 +0000\nauthor Ann <a@x> 1 +0000\n\n`, 'Ann <a@x>'],
    ['', 'unknown: commit unreadable'],
  ] as const
  for (const [commit, expected] of cases) assert.equal(authorText(authorIn(commit)), expected)
})

test('a period takes its first moment and not its last', () => {
  const period = { from: boundaryOf('2026-08-01')!, to: boundaryOf('2026-09-01T02:00:00+02:00')! }
  assert.equal(new Date(period.to).toISOString(), '2026-09-01T00:00:00.000Z')
  assert.ok(isWithin(period.from, period))
  assert.ok(isWithin(period.to - 1, period))
  assert.ok(!isWithin(period.to, period))
  assert.ok(!isWithin(period.from - 1, period))
  assert.ok(!isWithin(undefined, period))
  for (const text of ['', 'yesterday', '2026-8-1', '2026-13-01', '2026-08-01T00:00:00']) {
    assert.equal(boundaryOf(text), undefined, text)
  }
})

test('names beyond what is kept are counted together', () => {
  const tally = tallyOf(2)
  for (const key of ['a', 'b', 'c', 'd', 'a']) tally.add(key)
  assert.deepEqual(tally.counts(), [
    { key: beyond, count: 2 },
    { key: 'a', count: 2 },
    { key: 'b', count: 1 },
  ])
})

test('every moment of a period is in one slot of its timeline, and no other moment', () => {
  const length = fc.integer({ min: 1, max: 400 * 86_400_000 })
  fc.assert(
    fc.property(
      length,
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (ms, part) => {
        const period = { from: 1_000_000, to: 1_000_000 + ms }
        const timeline = timelineOf(period)
        timeline.add(period.from + Math.floor(part * ms), 'git')
        const slots = timeline.slots()
        assert.equal(
          slots.reduce((sum, { counts }) => sum + counts.git, 0),
          1,
        )
        assert.ok(slots.length <= 48)
        assert.ok(slotWidth(period) * slots.length >= ms)
      },
    ),
  )
})
