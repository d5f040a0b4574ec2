import assert from 'node:assert/strict'
import path from 'node:path'
import { test } from 'node:test'
import { policyFile } from '../../../src/config/policy-file.ts'
import { followPolicy } from '../../../src/cli/estate/policy.ts'
import { createMetrics } from '../../../src/telemetry/metrics.ts'
import { quiet } from '../../journal/reading.ts'
import { scratch } from '../scratch.ts'
import { policyWith } from '../serve/policies.ts'

test('whoever ends it waits for mirrors that are being opened, which would outlive the end', async (t) => {
  const file = path.join(scratch({ 'policy.yaml': policyWith() }), 'policy.yaml')
  const policy = policyFile({ file, now: Date.now })
  await policy.start()
  t.after(() => policy.stop())
  let isOpening = true
  const opened = Promise.withResolvers<undefined>()
  const estate = {
    adopt: () => undefined,
    async follow() {
      await opened.promise
      isOpening = false
    },
  }
  const end = followPolicy({ policy, estate, metrics: createMetrics(), log: quiet })
  const ended = Promise.resolve(end()).then(() => isOpening)
  setImmediate(() => opened.resolve(undefined))
  assert.equal(await ended, false)
})
