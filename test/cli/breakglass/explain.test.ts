import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toRecord } from '../../../src/core/audit/record.ts'
import type { Decision } from '../../../src/core/decision/decision.ts'
import { stringAt, type Json } from '../../../src/core/manifest/json.ts'
import { request } from '../../fakes/requests.ts'
import { signed } from '../../core/breakglass/issuing.ts'
import { fakeGrants, grantName, replica, scaling } from '../../core/decision/granting.ts'
import { scratch } from '../scratch.ts'
import { call, callJson } from './calling.ts'
import { startCluster } from './fake-cluster.ts'

const begins = await startCluster()
const nobody = '0'.repeat(26)

function recordOf(decision: Decision): string {
  const record = toRecord({
    request: request(scaling()),
    decision,
    digests: decision,
    time: '2026-08-23T02:15:20.000Z',
    cluster: 'c',
    latencyMs: 1,
    config: 'sha256:c',
    peer: undefined,
  })
  return `${JSON.stringify(record)}\n`
}

test('a denial is explained by the records, and no cluster is asked', async () => {
  const cluster = begins()
  const decision = await replica({ grants: fakeGrants() })(scaling())
  const dir = scratch({ 'records/a.jsonl': `half a li\n${recordOf(decision)}` })
  const args = ['explain', decision.id.toLowerCase(), '--records', 'records']
  const { code, out, err } = await call(cluster, args, { cwd: dir })
  assert.deepEqual([code, err], [0, ''])
  assert.equal(
    out,
    `decision  ${decision.id}
time      2026-08-23T02:15:20.000Z
answer    deny, HumanWrite: see docs/reasons.md
who       alice@acme.example (human)
what      UPDATE apps/v1/deployments payments/api
changed   spec.replicas
policy    sha256:p
`,
  )
  assert.equal(cluster.requests.length, 0)
  const shown = await callJson(cluster, args, { cwd: dir })
  assert.deepEqual(Object.keys(shown), ['decision', 'records', 'uses'])
  assert.equal((shown['records'] as unknown[]).length, 1)
})

test('what only the mode allowed is said to be', async () => {
  const decision = await replica({ grants: fakeGrants() })(scaling())
  const dir = scratch({
    'a.jsonl': recordOf({ ...decision, mode: 'audit', allowed: true }),
  })
  const { out } = await call(begins(), ['explain', decision.id, '--records', 'a.jsonl'], {
    cwd: dir,
  })
  assert.match(out, /^answer {4}allow, which only mode audit gave, HumanWrite/m)
})

test('a use is explained by the grants of the cluster', async () => {
  const cluster = begins()
  await call(cluster, ['activate'], { input: signed() })
  await replica({ grants: cluster.grants, now: () => cluster.now })(scaling())
  const [use] = cluster.grants.usesOf(grantName)
  const id = stringAt(use as Json, 'decisionId') ?? ''
  const { code, out } = await call(cluster, ['explain', id])
  assert.equal(code, 0)
  assert.equal(
    out,
    `decision  ${id}
time      2026-08-23T02:14:20Z
answer    allow, BreakGlass: see docs/reasons.md
what      UPDATE deployments.apps payments/api
changed   spec.replicas
grant     ${grantName}, use 1
state     Admitted
`,
  )
})

test('what nobody knows is no answer, and what is no id is usage', async () => {
  const dir = scratch({ 'a.jsonl': '{}\n' })
  const unknown = await call(begins(), ['explain', nobody, '--records', 'a.jsonl'], { cwd: dir })
  assert.deepEqual([unknown.code, unknown.out], [3, ''])
  assert.match(unknown.err, /^nobody here knows decision 0+: give the records of all replicas/)
  assert.deepEqual(await callJson(begins(), ['explain', nobody]), {
    decision: nobody,
    records: [],
    uses: [],
  })
  assert.equal((await call(begins(), ['explain', 'x'])).code, 2)
  assert.equal(
    (await call(begins(), ['explain', nobody, '--records', 'none'], { cwd: dir })).code,
    2,
  )
})
