import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { approvalName, scopeDigest } from '../../src/core/breakglass/approval.ts'
import type { JsonObject } from '../../src/core/manifest/json.ts'
import type { Report } from '../../src/core/report/report.ts'
import { solewriter, type Ended } from '../cli/process.ts'
import { checkpointJwks } from '../cluster/checkpoint-key.ts'
import { layoutOf } from '../cluster/layout.ts'
import { rowsOf } from '../core/report/read-csv.ts'
import { fromFiles, fromRecords } from '../core/report/recompute.ts'
import { grants, patch } from './break-glass-ground.ts'
import { eventually } from './eventually.ts'
import {
  configMap,
  everything,
  Followed,
  maps,
  startPostMortems,
  type PostMortemGround,
} from './post-mortem-ground.ts'
import { changesIn, isTold } from './log-changes.ts'
import { recordLinesOf } from './records.ts'
import { assertRefused, assertTaken } from './refusals.ts'
import type { Requester } from './requester.ts'

// A writer, a person who is refused, one who is let through by somebody else's consent, and a write
// past the gate: then the report of it, in all formats, from a live cluster and from exported objects.

const webhooks = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations'
const dir = mkdtempSync(path.join(tmpdir(), 'solewriter-report-e2e-'))
const times = { from: new Date().toISOString(), ready: '', away: '', to: '' }

let on: PostMortemGround
let admin: Requester
let grant: string
let decision: string

before(async () => {
  on = await startPostMortems()
  times.ready = new Date().toISOString()
  admin = on.ground.as('admin')
  const refused = await on.alice(create('by-hand'))
  decision = assertRefused(refused, 'HumanWrite').decision
  grant = await breakGlass()
  times.away = new Date().toISOString()
  await writePastTheGate()
  await eventually('the denial is recorded', () =>
    rawRecords().some((one) => one.includes(decision)),
  )
  times.to = new Date().toISOString()
  const anchors = await on.ground.cluster.kubectl('admin', [
    'get',
    'auditcheckpoints',
    '-o',
    'json',
  ])
  writeFileSync(path.join(dir, 'anchors.json'), anchors.stdout)
})

after(async () => {
  await on.end()
  rmSync(dir, { recursive: true })
})

function create(name: string) {
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { value: 'x' } }
  return { method: 'POST', path: maps, body }
}

/** Bob asks, alice consents, bob writes, Git follows, alice reviews. */
async function breakGlass(): Promise<string> {
  const { ground, alice, bob, fleet } = on
  const token = ground.token({ details: everything, user: 'bob' })
  assertTaken(await ground.create(token, bob), 201)
  const name = token.grant
  await eventually('it waits', async () => (await ground.grant(name)).status?.phase === 'Pending')
  const scope = scopeDigest((await ground.grant(name)) as unknown as JsonObject)
  assertTaken(
    await alice({
      method: 'POST',
      path: '/apis/solewriter.dev/v1alpha1/breakglassapprovals',
      body: {
        apiVersion: 'solewriter.dev/v1alpha1',
        kind: 'BreakGlassApproval',
        metadata: { name: approvalName(name, 'alice') },
        spec: { grant: name, by: 'alice', group: 'sre-oncall', scope },
      },
    }),
    201,
  )
  assertTaken(await bob(patch(`${maps}/settings`, { data: { value: 'two' } })))
  await fleet.commit({ 'settings.yaml': configMap('settings', 'two') })
  const followed = new Followed(name, on)
  await followed.resolvesTo('Promoted')
  assertTaken(await bob(patch(`${grants}/${name}`, { spec: { ended: true } })))
  await followed.comesTo('Resolved')
  const review = {
    by: 'alice',
    verdict: 'justified',
    text: 'was needed',
    at: new Date().toISOString(),
  }
  assertTaken(await alice(patch(followed.path, { spec: { review } })))
  await followed.comesTo('Closed')
  return name
}

async function writePastTheGate(): Promise<void> {
  const { json } = await admin({ method: 'GET', path: `${webhooks}/solewriter` })
  await admin({ method: 'DELETE', path: `${webhooks}/solewriter` })
  await eventually('nobody is asked', async () => {
    const { status } = await admin({ ...create('past'), path: `${maps}?dryRun=All` })
    return status === 201
  })
  assertTaken(await admin(create('past')), 201)
  const body = { ...json, metadata: { name: 'solewriter' } }
  assertTaken(await admin({ method: 'POST', path: webhooks, body }), 201)
}

const rawRecords = () => recordLinesOf(on.ground.cluster)

function report(...args: readonly string[]): Ended {
  const { cluster } = on.ground
  const evidence = [
    '--apiserver-log',
    cluster.auditLog,
    '--policy',
    path.join(on.ground.dir, 'policy.yaml'),
    '--jwks',
    checkpointJwks(layoutOf(cluster.dir)),
    '--anchors',
    path.join(dir, 'anchors.json'),
    '--repo',
    `fleet=${on.fleet.directory}`,
  ]
  const all = ['audit', 'report', cluster.webhook?.records ?? '', ...evidence, ...args]
  return solewriter(all, { maxBuffer: 256 * 1024 * 1024 })
}

const live = () => ['--kubeconfig', on.ground.cluster.kubeconfigs['admin'] ?? '']
const whole = () => ['--from', times.from, '--to', times.to]

describe('audit report', () => {
  let found: Report

  test('as JSON tells of everything, and ends with 1 since a write was unseen', () => {
    const ended = report(...live(), ...whole(), '--format', 'json')
    assert.equal(ended.status, 1, ended.stderr)
    found = JSON.parse(ended.stdout) as Report
    const { numbers, groups } = found.summary
    assert.equal(numbers.changes_under_break_glass, 1)
    assert.equal(numbers.uses, 1)
    assert.equal(numbers.uses_without_record, 0)
    assert.equal(numbers.records_without_use, 0)
    assert.equal(numbers.approvals, 1)
    assert.equal(numbers.approvals_by_holder, 0)
    assert.equal(numbers.post_mortems_closed, 1)
    assert.equal(numbers.chain_problems, 0)
    assert.ok((numbers.changes_from_git ?? 0) >= 4)
    assert.ok((groups.denials_by_reason ?? []).some(({ key }) => key === 'HumanWrite'))
    assert.deepEqual(
      groups.changes_by_author?.map(({ key }) => key),
      ['a <a@example.com>'],
    )
    assert.ok(
      found.population?.unseen.list.some(
        ({ name, user }) => name === 'past' && user === 'admin',
      ) === true,
    )
    assert.equal(found.completeness.population.standing, 'contradicted')
    assert.notEqual(found.completeness.records.standing, 'contradicted')
  })

  test('tells of the grant who asked, who consented, what was written, and what became of it', () => {
    const all = found.breakGlass?.grants ?? []
    assert.deepEqual(
      all.map(({ grant: name, holder, phase, review }) => [name, holder, phase, review?.by]),
      [[grant, 'bob', 'Closed', 'alice']],
    )
    assert.deepEqual(
      all.flatMap(({ approvals }) =>
        approvals.map(({ by, group, counted, byHolder }) => [by, group, counted, byHolder]),
      ),
      [['alice', 'sre-oncall', true, false]],
    )
    const uses = all.flatMap((one) => one.uses)
    assert.deepEqual(
      uses.map(({ hasRecord, paths, resolution }) => [hasRecord, paths, resolution?.kind]),
      [[true, ['data.value'], 'Promoted']],
    )
    assert.ok((uses[0]?.secondsOpen ?? -1) >= 0)
  })

  test('of the time before the gap has a population that is shown', () => {
    const ended = report(...live(), '--from', times.ready, '--to', times.away, '--format', 'json')
    const before = JSON.parse(ended.stdout) as Report
    assert.deepEqual(before.completeness.population, { standing: 'shown', doubts: [] })
    // Counted once more from the log alone.
    const changes = changesIn(on.ground.cluster.auditLog, [times.ready, times.away])
    const { numbers } = before.summary
    assert.ok(changes.length > 5 && changes.every(isTold))
    assert.deepEqual(
      [numbers.unseen, numbers.writes_stored, numbers.writes_decided],
      [0, changes.length, changes.length],
    )
    assert.equal(ended.status, 0, ended.stderr)
  })

  test('has the counts and lists of audit reconcile', () => {
    const { cluster } = on.ground
    const policy = path.join(on.ground.dir, 'policy.yaml')
    const log = ['--apiserver-log', cluster.auditLog, '--policy', policy, '-o', 'json']
    const all = ['audit', 'reconcile', cluster.webhook?.records ?? '', ...log, ...whole()]
    const told = JSON.parse(
      solewriter(all, { maxBuffer: 256 * 1024 * 1024 }).stdout,
    ) as Report['population']
    for (const part of ['counts', 'reasons', 'unseen', 'exempt', 'changes'] as const) {
      assert.deepEqual(found.population?.[part], told?.[part], part)
    }
  })

  test('as CSV can be made anew, from its files and from the records', () => {
    const out = path.join(dir, 'csv')
    assert.equal(report(...live(), ...whole(), '--format', 'csv', '--out', out).status, 1)
    const files = new Map(
      readdirSync(out).map((name) => [name, readFileSync(path.join(out, name), 'utf8')]),
    )
    const period = { from: Date.parse(times.from), to: Date.parse(times.to) }
    const anew = fromFiles(files, period)
    const rows = rowsOf(files.get('summary.csv') ?? '').filter(({ value = '' }) =>
      /^\d+$/.test(value),
    )
    const told = new Map(
      rows.map(({ number = '', key = '', value = '' }) => [
        key === '' ? number : `${number}/${key}`,
        value,
      ]),
    )
    for (const [name, value] of anew)
      if (value > 0) assert.equal(told.get(name), String(value), name)
    const lines = rawRecords().filter((line) => line.includes('"decisionId"'))
    const records = lines.map((line) => JSON.parse(line) as JsonObject)
    for (const [name, value] of fromRecords(records, period)) {
      assert.equal(told.get(name) ?? '0', String(value), name)
    }
    assert.equal(found.summary.numbers.changes, anew.get('changes'))
  })

  test('as a page has the grant, the diff of its use, and the unseen write', () => {
    const out = path.join(dir, 'report.html')
    const ended = report(...live(), ...whole(), '--out', out)
    assert.equal(ended.status, 1, ended.stderr)
    assert.match(ended.stdout, /population\s+contradicted/)
    const page = readFileSync(out, 'utf8')
    for (const part of [
      grant,
      '>data.value</code>',
      'web/past',
      'was needed',
      'Content-Security-Policy',
    ]) {
      assert.ok(page.includes(part), part)
    }
  })

  test('of exported objects is the same', async () => {
    const state = path.join(dir, 'state')
    mkdirSync(state)
    for (const kind of ['breakglassgrants', 'postmortems', 'breakglassapprovals']) {
      const { stdout } = await on.ground.cluster.kubectl('admin', ['get', kind, '-o', 'yaml'])
      writeFileSync(path.join(state, `${kind}.yaml`), stdout)
    }
    const ended = report('--state', state, ...whole(), '--format', 'json')
    assert.equal(ended.status, 1, ended.stderr)
    const other = JSON.parse(ended.stdout) as Report
    assert.deepEqual(other.breakGlass, found.breakGlass)
    assert.deepEqual(other.summary, found.summary)
  })

  test('of a cluster that is not there is no report', () => {
    const nowhere = path.join(dir, 'nowhere')
    writeFileSync(
      nowhere,
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [{ name: 'x', cluster: { server: 'https://127.0.0.1:1' } }],
        users: [{ name: 'x', user: {} }],
        contexts: [{ name: 'x', context: { cluster: 'x', user: 'x' } }],
        'current-context': 'x',
      }),
    )
    const ended = report('--kubeconfig', nowhere, ...whole(), '--format', 'json')
    assert.equal(ended.status, 3, ended.stderr)
    assert.equal(ended.stdout, '')
  })
})
