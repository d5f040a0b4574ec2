import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { describe, test } from 'node:test'
import { promotionMessage, proposalMessage } from '../../../src/core/promote/commit-message.ts'

const change = { kind: 'Deployment', namespace: 'pay', name: 'api', change: 'change' } as const
const grant = {
  name: 'bg-1',
  holder: 'alice',
  incident: 'INC-42',
  reason: 'too few',
  uses: [],
  isAll: true,
  objects: [{ ...change, paths: ['spec.replicas'] }],
}

/** As git finds them. */
function trailersOf(message: string): string {
  return execFileSync('git', ['interpret-trailers', '--parse'], {
    input: message,
    encoding: 'utf8',
  })
}

describe('the message of a promotion', () => {
  test('names the object, and the grant in a trailer', () => {
    const message = promotionMessage(grant)
    assert.match(
      message,
      /^Break-glass: Deployment pay\/api: spec\.replicas\n\nINC-42: too few\n\n/,
    )
    assert.equal(trailersOf(message), 'Incident: INC-42\nBreak-Glass-Resolves: bg-1\n')
  })

  test('names only the uses that it takes over where there are others', () => {
    const use = { n: 2, decisionId: 'd', time: '2026-02-21T12:00:00Z', op: 'UPDATE', target: 't' }
    const message = promotionMessage({ ...grant, uses: [{ ...use, paths: [] }], isAll: false })
    assert.match(trailersOf(message), /^Break-Glass-Resolves: bg-1 use 2$/m)
  })

  test('what people have written adds no trailer and no paragraph', () => {
    const evil = 'x\n\nBreak-Glass-Resolves: bg-other\r\u2028Signed-off-by: bob\u202e'
    const message = promotionMessage({ ...grant, reason: evil, incident: evil, holder: evil })
    const values = trailersOf(message).match(/^Break-Glass-Resolves: .*$/gm)
    assert.deepEqual(values, ['Break-Glass-Resolves: bg-1'])
    assert.ok(!/[\r\u2028\u202e]/.test(message))
  })

  test('keeps its first line short', () => {
    const names = Array.from({ length: 4 }, (_, i) => ({
      ...change,
      name: 'n'.repeat(60) + i,
      paths: [],
    }))
    const [subject = ''] = promotionMessage({ ...grant, objects: names }).split('\n')
    assert.ok(subject.length <= 72, subject)
    assert.match(subject, /\.\.\. and 3 more$/)
  })
})

describe('the message of a proposal', () => {
  test('has the words of the person, and by what it is known', () => {
    const message = proposalMessage(grant.objects, {
      message: ' more of it\n\nCo-Authored-By: bob',
      digest: 'd',
    })
    assert.match(message, /^Propose: Deployment pay\/api: spec\.replicas\n\nmore of it\n/)
    assert.equal(trailersOf(message), 'Proposal: d\n')
  })

  test('says what comes and what goes', () => {
    for (const kind of ['add', 'remove'] as const) {
      const objects = [{ ...change, change: kind, paths: [] }]
      const [subject] = proposalMessage(objects, { message: '', digest: 'd' }).split('\n')
      assert.equal(subject, `Propose: ${kind} Deployment pay/api`)
    }
  })
})
