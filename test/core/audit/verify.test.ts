import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { chainLine, emptyChain, lineHash, type ChainHead } from '../../../src/core/audit/chain.ts'
import {
  chainVerifier,
  type RecordLine,
  type Verification,
} from '../../../src/core/audit/verify.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { record } from './decisions.ts'

const writer = 'pod-0/01K3W7Q2000000000000000000'

function chain(length: number, name = writer, first: JsonObject = {}): readonly string[] {
  const lines: string[] = []
  let head = emptyChain(name)
  for (let i = 0; i < length; i += 1) {
    const body = { ...record({ name: `n${i}` }), ...(i === 0 ? first : {}) }
    const next = chainLine(body, head)
    lines.push(next.line)
    head = next.head
  }
  return lines
}

function toLines(texts: readonly string[], file = 'a.jsonl'): readonly RecordLine[] {
  return texts.map((text, i) => ({ file, line: i + 1, text, isWhole: true }))
}

function verify(...files: readonly (readonly RecordLine[])[]): Verification {
  const verifier = chainVerifier()
  for (const line of files.flat()) verifier.add(line)
  return verifier.result()
}

/** Without any checkpoint, and with nothing that tells how it ended. */
function reportOf(lines: readonly string[], name = writer) {
  return { ...headOf(lines, name), from: 1, end: 'open', checkpoints: 0, vouchedFor: 0 }
}

function headOf(lines: readonly string[], name = writer): ChainHead {
  return { writer: name, seq: lines.length, hash: lineHash(lines.at(-1) ?? '') }
}

function firstProblem(texts: readonly string[]) {
  const { problems } = verify(toLines(texts))
  const [first] = problems
  return first === undefined ? undefined : [first.line, first.seq, first.problem]
}

const five = chain(5)

test('a chain as it was written is intact', () => {
  assert.deepEqual(verify(toLines(five)), {
    chains: [reportOf(five)],
    records: 5,
    problems: [],
    problemCount: 0,
    absent: [],
    removed: [],
    halfWritten: [],
  })
})

test('the hash of a record is that of its line, and the next one names it', () => {
  const [first = '', second = ''] = five
  assert.equal((JSON.parse(second) as { prev: string }).prev, lineHash(first))
})

const broken: readonly (readonly [
  title: string,
  texts: readonly string[],
  line: number,
  seq: number | undefined,
  problem: RegExp,
])[] = [
  [
    'a changed record',
    five.with(1, five[1]!.replace('deny', 'allow')),
    3,
    3,
    /^record 2 is not the one/,
  ],
  ['a changed first record', five.with(0, five[0]!.replace('n0', 'n9')), 2, 2, /^record 1 is not/],
  ['a record left out', five.toSpliced(2, 1), 3, 4, /^record 3 is missing/],
  ['records left out', five.toSpliced(1, 3), 2, 5, /^records 2 to 4 are missing/],
  ['the first record left out', five.slice(1), 1, 2, /^record 1 is missing/],
  [
    'a record put in twice',
    five.toSpliced(2, 0, five[1]!),
    3,
    2,
    /^record 2 stands behind record 2/,
  ],
  ['records that changed places', [five[0]!, five[2]!, five[1]!, five[3]!], 2, 3, /missing/],
  [
    'a first record with something before it',
    [five[1]!.replace('"seq":2', '"seq":1')],
    1,
    1,
    /before it/,
  ],
  ['another spelling', five.with(1, five[1]!.replace(':', ': ')), 2, undefined, /no record/],
  [
    'a key that is there twice',
    five.with(1, five[1]!.replace('{', '{"v":1,')),
    2,
    undefined,
    /no record/,
  ],
  ['an empty line', five.toSpliced(1, 0, ''), 2, undefined, /no record/],
  ['half a line in the middle', five.with(1, five[1]!.slice(0, 50)), 2, undefined, /no record/],
  ['JSON that is no record', five.toSpliced(1, 0, '{}'), 2, undefined, /version/],
  [
    'a version that we do not know',
    five.with(0, five[0]!.replace('"v":1', '"v":2')),
    1,
    undefined,
    /version/,
  ],
  ['a record without a place', ['{"v":1}'], 1, undefined, /no place/],
  [
    'a place that no record has',
    ['{"prev":"","seq":0,"v":1,"writer":"w"}'],
    1,
    undefined,
    /no place/,
  ],
]
for (const [title, texts, line, seq, problem] of broken) {
  test(`${title} is found, and named first`, () => {
    const found = firstProblem(texts)
    assert.deepEqual(found?.slice(0, 2), [line, seq])
    assert.match(String(found?.[2]), problem)
  })
}

test('any change of any character but those of the last line is found', () => {
  const texts = five.slice(0, 4)
  const place = fc.tuple(fc.nat({ max: 3 }), fc.nat(), fc.constantFrom('0', 'x', '"', ' ', ''))
  fc.assert(
    fc.property(place, ([line, at, put]) => {
      const text = texts[line] ?? ''
      const i = at % text.length
      const changed = text.slice(0, i) + put + text.slice(i + 1)
      fc.pre(changed !== text)
      assert.ok(verify(toLines([...texts.with(line, changed), five[4]!])).problemCount > 0)
    }),
  )
})

test('chains of several processes may alternate in the files', () => {
  const other = chain(5, 'pod-1/01K3W7Q3000000000000000000')
  const mixed = five.flatMap((text, i) => [text, other[i]!])
  assert.equal(verify(toLines(mixed)).problemCount, 0)
  assert.equal(verify(toLines(mixed)).chains.length, 2)
})

test('a chain goes on in the next file', () => {
  const found = verify(toLines(five.slice(0, 2)), toLines(five.slice(2), 'b.jsonl'))
  assert.equal(found.problemCount, 0)
})

test('one chain that is broken leaves the others intact, and is reported once', () => {
  const other = chain(3, 'pod-1/01K3W7Q3000000000000000000')
  const found = verify(toLines(five.toSpliced(1, 1)), toLines(other, 'b.jsonl'))
  assert.equal(found.problemCount, 1)
  assert.deepEqual(found.chains, [
    { ...reportOf(five.slice(0, 1)), end: 'broken' },
    reportOf(other, 'pod-1/01K3W7Q3000000000000000000'),
  ])
})

test('half a line at the end of a file is noted, and no break', () => {
  const half = { file: 'a.jsonl', line: 6, text: five[0]!.slice(0, 40), isWhole: false }
  const found = verify(toLines(five), [half])
  assert.equal(found.problemCount, 0)
  assert.deepEqual(found.halfWritten, [{ file: 'a.jsonl', line: 6 }])
})

describe('the end of a chain', () => {
  const later = 'pod-0/01K3W7Q9000000000000000000'
  const successor = (predecessor: ChainHead) =>
    toLines(chain(2, later, { predecessor: { ...predecessor } }), 'b.jsonl')

  test('is what its successor found', () => {
    assert.equal(verify(toLines(five), successor(headOf(five))).problemCount, 0)
  })

  test('that was cut off is missed by its successor', () => {
    const { problems } = verify(toLines(five.slice(0, 3)), successor(headOf(five)))
    assert.equal(problems.length, 1)
    assert.match(problems[0]?.problem ?? '', /^records 4 to 5 are missing at the end of pod-0/)
    assert.equal(problems[0]?.file, 'b.jsonl')
  })

  test('that was changed is not what its successor found', () => {
    const texts = five.with(4, five[4]!.replace('deny', 'allow'))
    const { problems } = verify(toLines(texts), successor(headOf(five)))
    assert.match(problems[0]?.problem ?? '', /^the last record of pod-0/)
  })

  test('may stand in files that are not here, which is noted', () => {
    const found = verify(successor(headOf(five)))
    assert.equal(found.problemCount, 0)
    assert.deepEqual(found.absent, [headOf(five)])
  })
})

test('a file of something else is not reported line by line without end', () => {
  const found = verify(toLines(Array.from({ length: 1000 }, () => 'x')))
  assert.equal(found.problemCount, 1000)
  assert.equal(found.problems.length, 100)
})
