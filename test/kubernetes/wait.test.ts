import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GuardError } from '../../src/core/errors.ts'
import { until } from '../../src/kubernetes/wait.ts'

test('whoever stops waiting is told why', async () => {
  const why = new GuardError('DeadlineExceeded', 'the caller has hung up')
  const stopping = new AbortController()
  const waiting = until(new Promise<never>(() => undefined), stopping.signal)
  stopping.abort(why)
  await assert.rejects(waiting, { code: 'ClusterUnreachable', cause: why })
})
