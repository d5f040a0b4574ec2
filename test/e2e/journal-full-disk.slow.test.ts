import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { stringify } from 'yaml'
import { anchorName } from '../../src/core/audit/anchors.ts'
import type { Verification } from '../../src/core/audit/verify.ts'
import { solewriter } from '../cli/process.ts'
import { checkpointJwks } from '../cluster/checkpoint-key.ts'
import { startCluster, type Cluster } from '../cluster/cluster.ts'
import { exchange } from '../cluster/http.ts'
import { layoutOf } from '../cluster/layout.ts'
import { readState } from '../cluster/state.ts'
import { iss, privateKey } from '../core/breakglass/issuing.ts'
import {
  creationOf,
  grants,
  postMortems,
  scaleTo,
  scaling,
  toJwk,
  toToken,
  type StoredGrant,
} from './break-glass-ground.ts'
import { eventually } from './eventually.ts'
import { readRecords } from './records.ts'
import { assertRefused, assertTaken } from './refusals.ts'
import { requesterOf, type ApiAnswer, type Requester } from './requester.ts'
import { logLines, metric } from './serve-state.ts'
import { openSmallDisk, whyNoDisk, type SmallDisk } from './small-disk.ts'

// A real API server and one real replica whose records are on a small disk: it fills up, turns read-only,
// and is as it was again; and a file that may not grow.

const mebibyte = 1024 * 1024
const reserve = 16 * mebibyte
const configMaps = '/api/v1/namespaces/web/configmaps'
const auditCheckpoints = '/apis/solewriter.dev/v1alpha1/auditcheckpoints'
const errors = 'solewriter_audit_wal_errors_total'
const held = 'solewriter_audit_reserve_bytes'
/** That nobody needs a grant or a commit for. */
const exception = {
  name: 'bob',
  subject: { user: 'bob' },
  allow: [
    { resources: ['configmaps'], operations: ['CREATE'], fields: ['*'], namespaces: ['web'] },
  ],
  reason: 'tests',
}

describe('the disk of the records', { skip: whyNoDisk }, () => {
  let dir: string
  let disk: SmallDisk
  let cluster: Cluster
  let alice: Requester
  let bob: Requester
  let admin: Requester
  let grant: string
  let asked = 0
  /** What bob was let create. */
  const created: string[] = []

  before(async () => {
    dir = mkdtempSync(path.join(tmpdir(), 'solewriter-disk-'))
    const jwksFile = path.join(dir, 'jwks.json')
    writeFileSync(jwksFile, JSON.stringify({ keys: [toJwk(privateKey)] }))
    const policy = path.join(dir, 'policy.yaml')
    writeFileSync(policy, stringify(policyOf(jwksFile)))
    const setup = [path.join(import.meta.dirname, 'fixtures', 'break-glass.yaml')]
    cluster = await startCluster({ with: ['webhook'], policy, setup })
    ;[alice, bob, admin] = ['alice', 'bob', 'admin'].map((user) =>
      requesterOf(cluster.kubeconfigs[user] ?? ''),
    ) as [Requester, Requester, Requester]
    disk = await openSmallDisk(24)
    await cluster.kill('serve-0', 'SIGTERM')
    const { records } = layoutOf(cluster.dir)
    for (const name of readdirSync(records).filter((one) => one.endsWith('.jsonl'))) {
      copyFileSync(path.join(records, name), path.join(disk.directory, name))
    }
    renameSync(records, `${records}-before`)
    symlinkSync(disk.directory, records)
    await cluster.start('serve-0')
    await eventually('a reserve', async () => (await metric(cluster, held)) === reserve)
  })

  after(async () => {
    for (const one of [alice, bob, admin]) one.close()
    await cluster.stop()
    disk.end()
    rmSync(dir, { recursive: true })
  })

  async function create(query = ''): Promise<ApiAnswer> {
    const name = `m${(asked += 1)}`
    const body = { metadata: { name }, data: { filling: 'x'.repeat(200) } }
    const answer = await bob({ method: 'POST', path: `${configMaps}${query}`, body })
    if (answer.status === 201 && query === '') created.push(name)
    return answer
  }

  /** Until the page that the last file has already is full too. */
  async function createUntilRefused(): Promise<void> {
    await eventually('nothing more is recorded', async () => {
      const answer = await create()
      if (answer.status === 201) return false
      assertRefused(answer, 'AuditFailed')
      return true
    })
  }

  function createUntilTaken(): Promise<void> {
    return eventually('records are written again', async () => (await create()).status === 201)
  }

  async function stored(): Promise<StoredGrant> {
    const answer = await admin({ method: 'GET', path: `${grants}/${grant}` })
    return answer.json as unknown as StoredGrant
  }

  async function records() {
    const { text } = await exchange({ url: cluster.webhook?.replicas[0]?.ready ?? '' })
    const { ready, checks } = JSON.parse(text) as {
      ready: boolean
      checks: readonly { name: string; ok: boolean; detail: string }[]
    }
    return { ready, ...checks.find(({ name }) => name === 'records') }
  }

  test('takes ordinary writes as long as there is room', async () => {
    assertTaken(await create(), 201)
    const { ready, ok } = await records()
    assert.deepEqual([ready, ok], [true, true])
  })

  test('when it is full, lets nothing through that would have to be recorded, and all else', async () => {
    disk.fill()
    await createUntilRefused()
    assertRefused(await create(), 'AuditFailed')
    assertRefused(await create('?dryRun=All'), 'AuditFailed')
    // A denial needs no record, and says what it always says.
    const other = { method: 'POST', path: configMaps, body: { metadata: { name: 'hers' } } }
    assertRefused(await alice(other), 'HumanWrite')
    const { status } = await bob({ method: 'GET', path: `${configMaps}/${created[0] ?? ''}` })
    assert.equal(status, 200)
  })

  test('is told by readiness, which stays, by metrics and by the log', async () => {
    const { ready, ok, detail } = await records()
    assert.deepEqual([ready, ok], [true, false])
    assert.match(detail ?? '', /^the last one was not written: ENOSPC$/)
    assert.ok(((await metric(cluster, errors)) ?? 0) >= 3)
    assert.equal(await metric(cluster, held), reserve)
    assert.ok(logLines(cluster, 'records_not_written').length > 0)
    assert.equal(logLines(cluster, 'reserve_spent').length, 0)
  })

  test('has room for break-glass, and for nobody else', async () => {
    const token = toToken({ details: [scaling] }, cluster.clusterUid)
    grant = token.grant
    assertTaken(await alice(creationOf(token.grant, token.text)), 201)
    const dry = scaleTo(3)
    assertRefused(await alice({ ...dry, path: `${dry.path}?dryRun=All` }), 'AuditFailed')
    assertTaken(await alice(scaleTo(3)))
    const { uses = [] } = (await stored()).status ?? {}
    assert.equal(uses.length, 1)
    assertRecorded(uses[0]?.decisionId)
    assert.equal(logLines(cluster, 'reserve_spent').length, 1)
    assertRefused(await create(), 'AuditFailed')
    const { ready, ok, detail } = await records()
    assert.deepEqual([ready, ok], [true, false])
    assert.equal(detail, 'the disk is full: what is left is for break-glass')
    assert.equal(await metric(cluster, held), 0)
  })

  test('is for break-glass still when the replica was killed and starts again', async () => {
    await cluster.kill('serve-0', 'SIGKILL')
    await cluster.start('serve-0')
    assertRefused(await create(), 'AuditFailed')
    assertTaken(await alice(scaleTo(4)))
    const { uses = [] } = (await stored()).status ?? {}
    assert.equal(uses.length, 2)
    assertRecorded(uses[1]?.decisionId)
    assert.ok(disk.free() > 15 * mebibyte)
  })

  test('that is read-only takes no use of a grant either, and says why', async () => {
    await disk.hide()
    const before = (await stored()).status?.uses ?? []
    // Its use has to be stored first: that is a write of ours, of which no record can be kept either.
    assertRefused(await alice(scaleTo(5)), 'RecordFailed')
    assertRefused(await create(), 'AuditFailed')
    await eventually('the reason is told', async () => /EROFS/.test((await records()).detail ?? ''))
    const { json } = await admin({ method: 'GET', path: scaleTo(0).path })
    assert.equal((json['spec'] as { replicas: number }).replicas, 4)
    await disk.show()
    await eventually('the next one goes through', async () => {
      return (await alice(scaleTo(6))).status === 200
    })
    const { uses = [] } = (await stored()).status ?? {}
    assert.ok(uses.length > before.length)
    assertRecorded(uses.at(-1)?.decisionId)
  })

  test('is as before once there is room again, with a new reserve, and the post-mortem is opened', async () => {
    disk.clear()
    await createUntilTaken()
    await eventually('a reserve', async () => (await metric(cluster, held)) === reserve)
    const { ready, ok } = await records()
    assert.deepEqual([ready, ok], [true, true])
    assert.ok(logLines(cluster, 'reserve_made').length > 0)
    await eventually('a post-mortem', async () => {
      return (await admin({ method: 'GET', path: postMortems })).text.includes(grant)
    })
  })

  test('of which one file may not grow costs one write, and the next one goes into another', async () => {
    const pid = String(readState(cluster.dir)?.pids['serve-0'] ?? assert.fail())
    const files = readdirSync(disk.directory).filter((name) => name.endsWith('.jsonl'))
    const newest = files.toSorted().at(-1) ?? ''
    const size = statSync(path.join(disk.directory, newest)).size
    const limit = (soft: number | string) =>
      spawnSync('prlimit', ['--pid', pid, `--fsize=${soft}:unlimited`], { encoding: 'utf8' })
    const { status, stderr } = limit(size + 4000)
    assert.equal(status, 0, stderr)
    await createUntilRefused()
    assertTaken(await create(), 201)
    assert.equal(limit('unlimited').status, 0)
    const more = readdirSync(disk.directory).filter((name) => name.endsWith('.jsonl'))
    assert.ok(more.length > files.length)
  })

  test('has the last checkpoint of a replica that was alone in the cluster once there is another one', async () => {
    const writer = readRecords(cluster).at(-1)?.writer ?? ''
    await cluster.kill('serve-0', 'SIGTERM')
    await cluster.start('serve-0')
    const chain = `${auditCheckpoints}/${anchorName(writer)}`
    await eventually('a chain that is closed', async () => {
      const { json } = await admin({ method: 'GET', path: chain })
      return (json['spec'] as { readonly closes?: boolean } | undefined)?.closes === true
    })
  })

  test('leaves records of all that was let through, in which `audit verify` finds nothing wrong', async () => {
    const allowed = readRecords(cluster).filter(({ decision }) => decision === 'allow')
    const names = new Set(allowed.filter(({ user }) => user === 'bob').map(({ name }) => name))
    assert.ok(created.length > 3)
    for (const name of created) assert.ok(names.has(name), `${name} has no record`)
    const { uses = [] } = (await stored()).status ?? {}
    for (const { decisionId } of uses) assertRecorded(decisionId)
    const { stdout } = await cluster.kubectl('admin', ['get', 'auditcheckpoints', '-o', 'json'])
    const jwks = checkpointJwks(layoutOf(cluster.dir))
    const args = ['--jwks', jwks, '--anchors', '-', '--complete', '-o', 'json']
    const found = solewriter(['audit', 'verify', disk.directory, ...args], { input: stdout })
    assert.equal(found.status, 0, found.stdout + found.stderr)
    assert.deepEqual((JSON.parse(found.stdout) as Verification).problems, [])
  })

  function assertRecorded(decisionId: string | undefined): void {
    const record = readRecords(cluster).find((one) => one.decisionId === decisionId)
    assert.equal(record?.reason, 'BreakGlass')
    assert.equal(record.decision, 'allow')
  }
})

function policyOf(jwksFile: string): object {
  return {
    apiVersion: 'solewriter.dev/v1alpha1',
    kind: 'Policy',
    metadata: { name: 'full-disk' },
    spec: {
      mode: 'enforce',
      exceptions: [exception],
      breakGlass: {
        issuers: [{ name: 'oncall', issuer: iss, jwksFile }],
        rules: [{ subjects: { groups: ['sre-oncall'] }, maxSession: '1h', maxUses: 100 }],
      },
    },
  }
}
