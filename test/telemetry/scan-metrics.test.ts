import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'prom-client'
import { scanMetrics } from '../../src/telemetry/scan-metrics.ts'

const facts = {
  findings: { undeclared: 3, different: 0 },
  objects: 10,
  unknown: 0,
  seconds: 2,
  endedAt: 5000,
  isWhole: true,
}

async function shown(registry: Registry) {
  const text = await registry.metrics()
  const value = (name: string) => text.split('\n').find((line) => line.startsWith(`${name} `))
  return {
    undeclared: value('solewriter_scan_findings{kind="undeclared"}'),
    different: value('solewriter_scan_findings{kind="different"}'),
    endedAt: value('solewriter_scan_last_success_timestamp_seconds'),
    unknown: value('solewriter_scan_unknown'),
  }
}

test('a scan that could not look at everything takes nothing back', async () => {
  const registry = new Registry()
  const metrics = scanMetrics([registry])
  metrics.setScan(facts)
  const findings = { undeclared: 0, different: 1 }
  metrics.setScan({ ...facts, findings, unknown: 9, endedAt: 9000, isWhole: false })
  assert.deepEqual(await shown(registry), {
    undeclared: 'solewriter_scan_findings{kind="undeclared"} 3',
    different: 'solewriter_scan_findings{kind="different"} 1',
    endedAt: 'solewriter_scan_last_success_timestamp_seconds 5',
    unknown: 'solewriter_scan_unknown 9',
  })
  metrics.setScan({ ...facts, findings, endedAt: 12_000 })
  assert.deepEqual(await shown(registry), {
    undeclared: 'solewriter_scan_findings{kind="undeclared"} 0',
    different: 'solewriter_scan_findings{kind="different"} 1',
    endedAt: 'solewriter_scan_last_success_timestamp_seconds 12',
    unknown: 'solewriter_scan_unknown 0',
  })
})

test('who does not lead any more knows nothing', async () => {
  const registry = new Registry()
  const metrics = scanMetrics([registry])
  metrics.setScan(facts)
  metrics.setScan(undefined)
  assert.deepEqual(new Set(Object.values(await shown(registry))), new Set([undefined]))
})
