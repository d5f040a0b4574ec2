import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { stringify } from 'yaml'
import { kindsOf, openEngines } from '../../../src/cli/estate/engines.ts'
import type { PolicyChange, PolicySnapshot, PolicySource } from '../../../src/config/policy-file.ts'
import { GuardError } from '../../../src/core/errors.ts'
import { parsePolicy } from '../../../src/core/policy/parse.ts'
import { createLogTo } from '../../../src/telemetry/log.ts'
import { createMetrics } from '../../../src/telemetry/metrics.ts'
import { eventually } from '../../e2e/eventually.ts'
import { json, startApiServer } from '../../kubernetes/api-server.ts'
import { repository } from '../serve/policies.ts'

function snapshot(evidence: string): PolicySnapshot {
  const writer = {
    name: 'w',
    subject: { user: 'w' },
    evidence: [evidence],
    repositories: ['fleet'],
  }
  const parsed = parsePolicy(
    stringify({
      apiVersion: 'solewriter.dev/v1alpha1',
      kind: 'Policy',
      metadata: { name: 'test' },
      spec: { repositories: [repository('fleet')], writers: [writer] },
    }),
    'policy.yaml',
  )
  assert.ok('policy' in parsed, JSON.stringify(parsed))
  return { policy: parsed.policy, hash: evidence, loadedAt: 0, warnings: [] }
}

function changingPolicy(first: PolicySnapshot) {
  let current = first
  const listeners = new Set<(change: PolicyChange) => void>()
  const source: PolicySource = {
    current: () => current,
    start: () => Promise.resolve(),
    stop: () => Promise.resolve(),
    lastError: () => undefined,
    onChange: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  const tell = (change: PolicyChange) => {
    if (change.kind === 'loaded') current = change.snapshot
    for (const listener of listeners) listener(change)
  }
  return { source, tell, listeners }
}

async function open(t: TestContext, evidence: string) {
  const { api, requests } = await startApiServer(t, (_, response) => {
    json(response, 200, { kind: 'APIGroupDiscoveryList', items: [] })
  })
  const { source, tell, listeners } = changingPolicy(snapshot(evidence))
  const metrics = createMetrics()
  const log = createLogTo({ write: () => {} }, { level: 'error', now: Date.now })
  const engines = openEngines({ api, policy: source, metrics, now: Date.now, log })
  t.after(() => engines.stop())
  return { engines, metrics, tell, listeners, requests }
}

test('only the kinds of engines that writers are verified by are watched', () => {
  const kinds = (evidence: string) => kindsOf(snapshot(evidence).policy).map(({ kind }) => kind)
  assert.deepEqual(kinds('annotation'), [])
  assert.deepEqual(kinds('oidc'), [])
  assert.deepEqual(kinds('flux'), [
    'Kustomization',
    'HelmRelease',
    'GitRepository',
    'OCIRepository',
    'HelmChart',
  ])
  assert.deepEqual(kinds('argo-cd'), ['Application', 'AppProject', 'ApplicationSet'])
})

test('without such writers nothing is asked', async (t) => {
  const { engines, requests } = await open(t, 'annotation')
  await engines.stop()
  assert.deepEqual(engines.checks(), [])
  assert.equal(engines.objects.isSynced(), true)
  assert.equal(requests.length, 0)
})

test('a policy that is loaded later changes what is watched; a bad one does not', async (t) => {
  const { engines, metrics, tell } = await open(t, 'annotation')
  const names = () => engines.checks().map(({ name }) => name)
  tell({ kind: 'loaded', snapshot: snapshot('argo-cd') })
  await eventually('it is watched', () => names().length === 3)
  await eventually('it is synced', () => engines.objects.isSynced())
  assert.deepEqual(engines.checks()[0], {
    name: 'watch Application.argoproj.io',
    ok: true,
    detail: 'is not served',
  })
  assert.match(
    await metrics.exposition(),
    /solewriter_engine_watch_objects\{kind="Application.argoproj.io"\} 0/,
  )
  tell({ kind: 'failed', error: new GuardError('PolicyInvalid', 'no') })
  assert.equal(names().length, 3)
  tell({ kind: 'loaded', snapshot: snapshot('flux') })
  await eventually('others are watched', () => names().length === 5)
  assert.ok(names().every((name) => name.endsWith('.toolkit.fluxcd.io')))
})

test('nothing follows the policy after the end', async (t) => {
  const { engines, listeners } = await open(t, 'flux')
  await engines.stop()
  assert.equal(listeners.size, 0)
})
