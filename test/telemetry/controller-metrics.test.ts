import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createControllerMetrics } from '../../src/telemetry/controller-metrics.ts'

test('what sinks still have to be told is there by sink, and gone with it', async () => {
  const metrics = createControllerMetrics()
  const pager = { pending: 0, oldestSeconds: 0 }
  metrics.setOutbox(
    new Map([
      ['pager', pager],
      ['chat', { pending: 3, oldestSeconds: 61.5 }],
    ]),
  )
  const text = await metrics.exposition()
  assert.match(text, /^solewriter_outbox_pending\{sink="pager"\} 0$/m)
  assert.match(text, /^solewriter_outbox_pending\{sink="chat"\} 3$/m)
  assert.match(text, /^solewriter_outbox_oldest_seconds\{sink="chat"\} 61.5$/m)
  metrics.setOutbox(new Map([['pager', pager]]))
  assert.doesNotMatch(await metrics.exposition(), /chat/)
})

test('events of the audit log are counted by what they are, and bypasses by why', async () => {
  const metrics = createControllerMetrics()
  for (const outcome of ['decided', 'decided', 'unseen']) metrics.auditEvent(outcome)
  metrics.bypassDetected('NotAsked')
  metrics.auditBatchRefused('overload')
  metrics.setAuditBatch({ at: 90_000, oldest: 87_500 })
  const text = await metrics.exposition()
  assert.match(text, /^solewriter_audit_events_total\{outcome="decided"\} 2$/m)
  assert.match(text, /^solewriter_bypass_detected_total\{why="NotAsked"\} 1$/m)
  assert.match(text, /^solewriter_audit_batches_refused_total\{reason="overload"\} 1$/m)
  assert.match(text, /^solewriter_audit_lag_seconds 2.5$/m)
  assert.match(text, /^solewriter_audit_last_batch_timestamp_seconds 90$/m)
})
