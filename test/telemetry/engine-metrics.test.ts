import assert from 'node:assert/strict'
import test from 'node:test'
import { createMetrics } from '../../src/telemetry/metrics.ts'

const kind = 'Application.argoproj.io'

test('watches of engine objects are asked at each scrape', async () => {
  const metrics = createMetrics()
  assert.doesNotMatch(await metrics.exposition(), /engine_watch_objects\{/)
  metrics.setEngineWatchSource(() => [
    { kind, objects: 3, silentSeconds: 7, blindSeconds: 0 },
    { kind: 'AppProject.argoproj.io', objects: 0, silentSeconds: undefined, blindSeconds: 9 },
  ])
  const text = await metrics.exposition()
  assert.match(text, /solewriter_engine_watch_objects\{kind="Application.argoproj.io"\} 3\n/)
  assert.match(text, /solewriter_engine_watch_silent_seconds\{kind="Application.argoproj.io"\} 7\n/)
  assert.match(text, /solewriter_engine_watch_blind_seconds\{kind="Application.argoproj.io"\} 0\n/)
  assert.match(text, /solewriter_engine_watch_blind_seconds\{kind="AppProject.argoproj.io"\} 9\n/)
  assert.doesNotMatch(text, /silent_seconds\{kind="AppProject/)
  metrics.setEngineWatchSource(() => [])
  assert.doesNotMatch(await metrics.exposition(), /engine_watch_\w+\{/)
})
