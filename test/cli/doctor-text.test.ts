import assert from 'node:assert/strict'
import { test } from 'node:test'
import { painter } from '../../src/cli/output.ts'
import { doctorText } from '../../src/cli/doctor/text.ts'
import type { CheckOutcome } from '../../src/core/lint/check.ts'
import { fakeEnv } from './fake-env.ts'

const finding = { severity: 'problem', kind: 'a', facts: {} } as const

function outcome(findings: CheckOutcome['findings']): CheckOutcome {
  return {
    check: 'holders',
    title: 'who',
    status: 'problem',
    summary: 'some',
    findings,
    unknown: [],
  }
}

function textOf(outcomes: readonly CheckOutcome[], isAll = false): string {
  const env = fakeEnv()
  return doctorText(outcomes, { isAll, paint: painter(env.stdout, env.vars) })
}

test('what is the same for those below each other is said once', () => {
  const same = { ...finding, fix: 'Mend it.', command: 'kubectl get a' }
  const two = [
    { ...same, what: 'one' },
    { ...same, what: 'two', command: 'kubectl get b' },
  ]
  assert.equal(
    textOf([outcome(two)]),
    [
      'problem  who: some',
      '         - one',
      '           $ kubectl get a',
      '         - two',
      '           Mend it.',
      '           $ kubectl get b',
      '',
    ].join('\n'),
  )
})

test('it is bounded, and notes are for --all', () => {
  const many = Array.from({ length: 40 }, (_, i) => ({ ...finding, what: `f${i}`, fix: '' }))
  const note = { ...finding, severity: 'note', what: 'as it should be', fix: '' } as const
  const text = textOf([outcome([...many, note])])
  assert.equal(text.split('\n').length, 1 + 5 + 1 + 1)
  assert.match(text, /and 35 findings more: --all shows them/)
  assert.doesNotMatch(text, /as it should be/)
  const all = textOf([outcome([...many, note])], true)
  assert.match(all, /f39\n.*· as it should be/)
})

test('what could not be looked at is named; nothing moves the cursor', () => {
  const unknown = [{ what: 'list roles', why: 'forbidden' }]
  const blind: CheckOutcome = { ...outcome([]), status: 'unknown', unknown }
  assert.match(textOf([blind]), /^unknown {2}who: some\n {9}list roles: forbidden\n$/)
  const hostile = textOf([outcome([{ ...finding, what: 'a\u001B[2Jb\u202E', fix: 'x\n' }])])
  assert.ok(!/[\u202E]/.test(hostile) && !hostile.includes('\u001B'))
})

test('colours are for terminals', () => {
  const env = fakeEnv({ columns: 80, vars: { TERM: 'xterm' } })
  const paint = painter(env.stdout, env.vars)
  assert.ok(doctorText([outcome([])], { isAll: false, paint }).includes('\u001B'))
  assert.ok(!textOf([outcome([])]).includes('\u001B'))
})
