import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import type { Reconciliation } from '../../src/core/audit/reconcile/result.ts'
import { solewriter } from '../cli/process.ts'
import { startCluster, type Cluster } from '../cluster/cluster.ts'
import { readAuditLog } from '../e2e/audit-log.ts'
import { configMaps, create, manifest } from '../e2e/config-maps.ts'
import { makeFleet, type Fleet } from '../e2e/fleet.ts'
import { assertRefused, assertTaken } from '../e2e/refusals.ts'
import { requesterOf } from '../e2e/requester.ts'

// The audit policy of docs/audit-reconcile.md in a real API server: it logs what is compared.

const root = path.join(import.meta.dirname, '..', '..')
const page = readFileSync(path.join(root, 'docs', 'audit-reconcile.md'), 'utf8')
const fixtures = path.join(root, 'test', 'e2e', 'fixtures')

let directory = ''
let fleet: Fleet
let cluster: Cluster

before(async () => {
  const [, policy] = /^```yaml\n([^]*?)^```$/m.exec(page) ?? []
  assert.ok(policy !== undefined)
  directory = mkdtempSync(path.join(tmpdir(), 'solewriter-audit-policy-'))
  const file = path.join(directory, 'policy.yaml')
  writeFileSync(file, policy)
  fleet = await makeFleet({ 'a.yaml': manifest('a') })
  cluster = await startCluster({
    with: ['webhook'],
    setup: [path.join(fixtures, 'writers.yaml')],
    policy: path.join(fixtures, 'declared-policy.yaml'),
    repositories: { fleet: fleet.directory },
    apiServerFlags: [`--audit-policy-file=${file}`],
  })
})

after(async () => {
  await cluster.stop()
  fleet.remove()
  rmSync(directory, { recursive: true })
})

test('the audit policy of the page logs all that is compared, and no reads', async () => {
  const from = new Date().toISOString()
  const [alice, ci] = ['alice', 'ci'].map((user) => requesterOf(cluster.kubeconfigs[user] ?? ''))
  assert.ok(alice !== undefined && ci !== undefined)
  const commit = await fleet.git(['rev-parse', 'main'])
  assertTaken(await ci(create('a', { commit })), 201)
  assertRefused(await alice(create('b', {})), 'HumanWrite')
  assertTaken(await alice({ method: 'GET', path: configMaps }))
  const exec = '/api/v1/namespaces/zoo/pods/none/exec?command=true'
  for (const method of ['GET', 'POST']) {
    assertRefused(await alice({ method, path: exec }), 'HumanWrite')
  }
  alice.close()
  ci.close()

  const events = readAuditLog(cluster.auditLog)
  const of = (username: string) => events.filter(({ user }) => user.username === username)
  assert.deepEqual(
    [...new Set(of('alice').map(({ verb, requestURI }) => `${verb} ${requestURI}`))].toSorted(),
    [`create ${configMaps}`, `create ${exec}`, `get ${exec}`],
  )
  assert.equal(events.filter(({ requestURI }) => /\/events\b|reviews\b/.test(requestURI)).length, 0)
  // A silence would be one: somebody renews a Lease all the time.
  assert.ok(events.some(({ requestURI }) => requestURI.includes('/leases/')))

  const records = cluster.webhook?.records ?? ''
  const log = ['--apiserver-log', cluster.auditLog, '--from', from]
  const ended = solewriter(['audit', 'reconcile', records, ...log, '-o', 'json'])
  assert.equal(ended.status, 0, ended.stdout)
  const { counts } = JSON.parse(ended.stdout) as Reconciliation
  assert.ok(counts.decided >= 1)
  assert.ok(counts.denied >= 3)
})
