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
