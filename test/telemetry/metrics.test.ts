import assert from 'node:assert/strict'
import test from 'node:test'
import { register } from 'prom-client'
import { createMetrics } from '../../src/telemetry/metrics.ts'

test('two instances share nothing, and nothing is in the global registry', async () => {
  const first = createMetrics()
  const second = createMetrics()
  first.rejected('overload')
  assert.match(await first.exposition(), /solewriter_rejected_total\{reason="overload"\} 1/)
  assert.doesNotMatch(await second.exposition(), /overload/)
  assert.equal(await register.metrics(), '\n')
})

test('decisions are counted by class, decision and reason', async () => {
  const metrics = createMetrics()
  metrics.decided({ class: 'human', decision: 'would-deny', reason: 'HumanWrite' })
  assert.match(
    await metrics.exposition(),
    /solewriter_decisions_total\{class="human",decision="would-deny",reason="HumanWrite"\} 1/,
  )
})

test('durations are a histogram in seconds', async () => {
  const metrics = createMetrics()
  metrics.reviewed('allowed', 0.003)
  const text = await metrics.exposition()
  assert.match(text, /review_duration_seconds_bucket\{le="0.002",outcome="allowed"\} 0/)
  assert.match(text, /review_duration_seconds_bucket\{le="0.005",outcome="allowed"\} 1/)
})

test('load and mirrors are asked at each scrape', async () => {
  const metrics = createMetrics()
  let inFlight = 3
  let ageSeconds: number | undefined = 60
  metrics.setLoadSource(() => ({ inFlight, queued: 1 }))
  metrics.setMirrorSource(() => [{ repository: 'fleet', ageSeconds, isStale: false }])
  assert.match(
    await metrics.exposition(),
    /reviews_in_flight 3[\s\S]*mirror_age_seconds\{repository="fleet"\} 60/,
  )
  inFlight = 4
  ageSeconds = undefined
  const text = await metrics.exposition()
  assert.match(text, /reviews_in_flight 4/)
  assert.doesNotMatch(text, /mirror_age_seconds\{/)
  assert.match(text, /mirror_stale\{repository="fleet"\} 0/)
})

test('only the policy in force is shown', async () => {
  const metrics = createMetrics()
  metrics.setPolicy({ hash: 'old', mode: 'audit' })
  metrics.setPolicy({ hash: 'new', mode: 'enforce' })
  const text = await metrics.exposition()
  assert.match(text, /policy_info\{hash="new",mode="enforce"\} 1/)
  assert.doesNotMatch(text, /hash="old"/)
})

test('the end of a certificate is in seconds since the epoch', async () => {
  const metrics = createMetrics()
  metrics.setCertificateExpiry('serving', 1_893_456_000_000)
  assert.match(
    await metrics.exposition(),
    /certificate_expiry_timestamp_seconds\{certificate="serving"\} 1893456000\n/,
  )
})

test('the way callers are authenticated is one of two', async () => {
  const metrics = createMetrics()
  metrics.setCallerAuthentication('none')
  assert.match(
    await metrics.exposition(),
    /caller_authentication\{mode="mtls"\} 0[\s\S]*caller_authentication\{mode="none"\} 1/,
  )
})

test('the usage of the process is shown under the usual names', async () => {
  const metrics = createMetrics({ usage: () => ({ residentBytes: 5, cpuSeconds: 7 }) })
  assert.match(
    await metrics.exposition(),
    /process_resident_memory_bytes 5[\s\S]*process_cpu_seconds_total 7/,
  )
})
