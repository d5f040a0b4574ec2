import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { checksOf } from '../../../src/core/console/checks.ts'
import {
  comparePositions,
  decisionFacts,
  parsePosition,
  positionText,
} from '../../../src/core/console/decision-facts.ts'
import {
  decisionsAddress,
  everything,
  matches,
  needleOf,
  readFilter,
  type DecisionFilter,
} from '../../../src/core/console/decision-filter.ts'
import { reasonWords, wordsOf } from '../../../src/core/console/reason-words.ts'
import { denyReasons } from '../../../src/core/decision/reasons.ts'
import { record } from '../../cli/console/samples.ts'

const facts = decisionFacts(record(60)) ?? assert.fail('it is a record')

function filterOf(query: string): DecisionFilter {
  const read = readFilter(new URLSearchParams(query))
  return read.kind === 'good' ? read.filter : assert.fail(read.problems.join())
}

describe('a filter of decisions', () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['nothing finds all', '', true],
    ['a part of the user', 'user=KUSTOMIZE', true],
    ['another user', 'user=alice', false],
    ['a part of the object', 'object=pay/api', true],
    ['another object', 'object=pay/web', false],
    ['the reason', 'reason=VerifiedCommit', true],
    ['another reason', 'reason=HumanWrite', false],
    ['the beginning of a commit', 'commit=9C1F2AB3', true],
    ['the middle of a commit', 'commit=2ab3', false],
    ['the answer', 'answer=allow', true],
    ['another answer', 'answer=would-deny', false],
    ['something newer', `before=${encodeURIComponent('2099-01-01T00:00:00Z~1~x')}`, true],
    ['itself', `before=${encodeURIComponent(positionText(facts))}`, false],
  ]
  for (const [title, query, expected] of cases) {
    test(title, () => assert.equal(matches(filterOf(query), facts), expected))
  }

  const bad: readonly (readonly [string, string, RegExp])[] = [
    ['a filter that there is not', 'usr=alice', /no filter called usr/],
    ['a filter twice', 'user=a&user=b', /user is given twice/],
    ['a reason that there is not', 'reason=Because', /no such reason/],
    ['a commit that is none', 'commit=main', /4 to 64 hex digits/],
    ['an answer that there is not', 'answer=maybe', /allow, deny, would-deny/],
    ['a place that is none', 'before=yesterday', /no place among/],
    ['a text without end', `user=${'a'.repeat(300)}`, /longer than 256/],
  ]
  for (const [title, query, message] of bad) {
    test(`refuses ${title}`, () => {
      const read = readFilter(new URLSearchParams(query))
      assert.match(read.kind === 'bad' ? read.problems.join('; ') : 'taken', message)
    })
  }

  test('has one address, which means the same filter again', () => {
    const text = fc.option(
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }).map((one) => one.trim()),
      { nil: undefined },
    )
    fc.assert(
      fc.property(text, text, fc.boolean(), (user, object, isDeep) => {
        const filter = {
          ...everything,
          user: user === '' ? undefined : user,
          object: object === '' ? undefined : object,
          isDeep,
        }
        const address = decisionsAddress({ ...filter, before: facts })
        const { searchParams } = new URL(address, 'http://console')
        const again = readFilter(searchParams)
        const { time, writer, seq } = facts
        const filterAgain = { ...filter, before: { time, writer, seq } }
        assert.deepEqual(again, { kind: 'good', filter: filterAgain })
      }),
    )
  })

  test('tells by one text which lines cannot match', () => {
    const line = JSON.stringify(record(60))
    assert.ok(line.includes(needleOf(filterOf('reason=VerifiedCommit'))))
    assert.ok(line.includes(needleOf(filterOf('commit=9c1f2ab3'))))
    assert.ok(!line.includes(needleOf(filterOf('reason=HumanWrite'))))
  })
})

describe('a position', () => {
  test('is read as it is written', () => {
    const { time, writer, seq } = facts
    assert.deepEqual(parsePosition(positionText(facts)), { time, writer, seq })
    for (const text of ['', '~~', '2026-01-01T00:00:00Z~1~a~b', '2026-01-01~1~a']) {
      assert.equal(parsePosition(text), undefined, text)
    }
  })

  test('is before by time, then by chain, then by number', () => {
    const at = (time: string, writer: string, seq: number) => ({ time, writer, seq })
    const sorted = [at('1', 'b', 9), at('2', 'a', 2), at('2', 'a', 10), at('2', 'b', 1)]
    assert.deepEqual(sorted.toReversed().toSorted(comparePositions), sorted)
  })
})

describe('a record', () => {
  for (const broken of [null, [], 'text', {}, { decisionId: 'x' }, { time: 'x' }]) {
    test(`is none: ${JSON.stringify(broken)}`, () => {
      assert.equal(decisionFacts(broken), undefined)
    })
  }

  test('of another shape still has every key', () => {
    const other = decisionFacts({ decisionId: 'x', time: 'y', groups: 'z', git: [], paths: {} })
    assert.deepEqual([other?.groups, other?.git, other?.paths], [[], undefined, []])
    // What nobody understands was no allow.
    assert.equal(other?.verdict, 'deny')
  })
})

describe('the words of reasons', () => {
  const page = readFileSync(new URL('../../../docs/reasons.md', import.meta.url), 'utf8')
  const plain = page.replaceAll(/\[([^\]]+)\]\([^)]*\)/g, '$1').replaceAll('`', '')

  for (const [reason, words] of Object.entries(reasonWords)) {
    test(`${reason} begins as its section in docs/reasons.md does`, () => {
      const begin = plain.indexOf(`### ${reason}\n\n`) + `### ${reason}\n\n`.length
      assert.equal(plain.slice(begin, begin + words.length), words)
    })
  }

  test('are not made up for what is unknown', () => {
    for (const name of ['toString', '__proto__', 'Nothing']) assert.equal(wordsOf(name), undefined)
  })
})

describe('the checks of a claim', () => {
  test('end with the one that failed, and say only what surely held before', () => {
    assert.deepEqual(checksOf('CommitNotOnBranch')?.passed.length, 2)
    assert.deepEqual(checksOf('CommitSuperseded')?.passed.length, 1)
    assert.equal(checksOf('HumanWrite'), undefined)
    assert.equal(checksOf('constructor'), undefined)
    for (const reason of denyReasons) {
      const checks = checksOf(reason)
      if (checks !== undefined) assert.ok(!checks.passed.includes(checks.failed), reason)
    }
  })
})
