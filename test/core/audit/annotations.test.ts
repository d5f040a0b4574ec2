import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { auditAnnotations } from '../../../src/core/audit/annotations.ts'
import { proven, record } from './decisions.ts'

describe('audit annotations', () => {
  const allow = { kind: 'allow', reason: 'VerifiedCommit', rule: 'ci', provenance: proven } as const
  const made = record({}, { verdict: allow, allowed: true })
  const appended = {
    prev: 'sha256:p',
    head: { writer: 'w', seq: 2, hash: 'sha256:h' },
  }

  test('name the decision, its ground and its record', () => {
    assert.deepEqual(auditAnnotations(made, appended), {
      decision: 'allow',
      'decision-id': made.decisionId,
      'reason-code': 'VerifiedCommit',
      rule: 'ci',
      repo: 'fleet',
      commit: proven.commit,
      evidence: 'annotation',
      'record-hash': 'sha256:h',
      'prev-hash': 'sha256:p',
    })
  })

  test('mark an allow that only the mode gave, and promise no record that is still to come', () => {
    const { decisionId } = record()
    assert.deepEqual(auditAnnotations(record({}, { allowed: true, mode: 'audit' })), {
      decision: 'allow',
      'decision-id': decisionId,
      'reason-code': 'HumanWrite',
      'would-deny': 'true',
    })
  })

  test('are what the API server keeps: qualified names without a slash, and short values', () => {
    const would = record({}, { allowed: true })
    const all = { ...auditAnnotations(made, appended), ...auditAnnotations(would) }
    for (const [key, value] of Object.entries(all)) {
      assert.match(key, /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/)
      assert.ok(value.length > 0 && value.length <= 512)
    }
  })
})
