import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GuardError } from '../../src/core/errors.ts'
import { toFailure } from '../../src/server/refusal.ts'

const late = new GuardError('DeadlineExceeded', 'the caller has hung up')

test('what ended for lack of time failed for that, whatever was waited for', () => {
  const aborted = new DOMException('aborted', { name: 'AbortError', cause: late })
  const cause = new Error('aborted', { cause: late })
  for (const error of [
    late,
    cause,
    aborted,
    new GuardError('ClusterUnreachable', 'no answer', { cause }),
  ]) {
    assert.equal(toFailure(error, 'e1').reason, 'DeadlineExceeded')
  }
})

test('anything else is an internal error, and says nothing of it', () => {
  const cause = new Error('10.0.0.1 says no')
  const unreachable = new GuardError('ClusterUnreachable', 'no answer from 10.0.0.1', { cause })
  for (const error of [unreachable, cause, 'text', undefined]) {
    const { reason, message } = toFailure(error, 'e1')
    assert.equal(reason, 'InternalError')
    assert.doesNotMatch(message, /10\.0\.0\.1/)
  }
})
