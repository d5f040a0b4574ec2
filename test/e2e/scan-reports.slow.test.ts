import assert from 'node:assert/strict'
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { stringify } from 'yaml'
import type { ScanLine, ScanSummary } from '../../src/core/scan/result.ts'
import { main } from '../cli/process.ts'
import { startCluster, type Cluster } from '../cluster/cluster.ts'
import { isOk } from '../cluster/http.ts'
import { freePort } from '../cluster/ports.ts'
import { apply, build } from './installation.ts'
import { openReports, policyReports } from './report-definitions.ts'
import { requesterOf, type Requester } from './requester.ts'

// The controller with the rights, and in the flow control, of an installation: it scans every minute,
// while nobody asks a webhook.

const dir = mkdtempSync(path.join(tmpdir(), 'solewriter-scan-reports-'))
const fleet = path.join(dir, 'fleet')
const results = path.join(dir, 'scan.jsonl')
const namespace = 'solewriter-system'
/** Nobody serves it: the Service is not there. */
const deadGroup = 'nowhere.example'

let cluster: Cluster
let admin: Requester
let controller: ChildProcess
let ready: string

const namespaces = ['pay', 'shop'].map((name) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name },
}))

const deadApi = {
  apiVersion: 'apiregistration.k8s.io/v1',
  kind: 'APIService',
  metadata: { name: `v1.${deadGroup}` },
  spec: {
    group: deadGroup,
    version: 'v1',
    service: { name: 'nobody', namespace: 'default' },
    groupPriorityMinimum: 1000,
    versionPriority: 10,
  },
}

const policy = {
  apiVersion: 'solewriter.dev/v1alpha1',
  kind: 'Policy',
  metadata: { name: 'scanned' },
  spec: {
    mode: 'audit',
    repositories: [
      {
        name: 'fleet',
        url: 'https://git.example.com/fleet.git',
        branches: ['main'],
        sources: [{ path: '.', renderer: 'plain' }],
      },
    ],
  },
}

function git(...args: readonly string[]): void {
  const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.com']
  execFileSync('git', ['-C', fleet, ...who, ...args])
}

async function kubectl(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await cluster.kubectl('admin', args)
  assert.equal(code, 0, stderr)
  return stdout
}

async function install(objects: readonly object[]): Promise<void> {
  const input = objects.map((one) => JSON.stringify(one)).join('\n---\n')
  const { code, stderr } = await cluster.kubectl('admin', ['create', '-f', '-'], { input })
  assert.equal(code, 0, stderr)
}

function summaryNow(): ScanSummary | undefined {
  if (!existsSync(results)) return undefined
  const lines = readFileSync(results, 'utf8').trimEnd().split('\n')
  const last = JSON.parse(lines.at(-1) ?? '') as ScanLine
  return last.type === 'summary' ? last : undefined
}

/** Waits for a scan after the one that is known, and for what has to come of it. */
async function untilScanned(
  what: string,
  holds: () => Promise<boolean>,
  known?: ScanSummary,
): Promise<ScanSummary> {
  const began = Date.now()
  for (;;) {
    const summary = summaryNow()
    const isLater = summary !== undefined && summary.startedAt !== known?.startedAt
    if (isLater && (await holds())) return summary
    assert.equal(controller.exitCode, null, 'the controller ended')
    assert.ok(Date.now() - began < 240_000, `in vain: ${what}`)
    await sleep(500)
  }
}

/** Places of reports; the cluster is `-`. */
async function reportsOf(namespaced: string, clusterWide: string): Promise<readonly string[]> {
  const each = '{range .items[*]}{.metadata.namespace}{"/"}{.metadata.name}{"\\n"}{end}'
  const all = await kubectl('get', `${namespaced},${clusterWide}`, '-A', '-o', `jsonpath=${each}`)
  return all
    .trimEnd()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => (line.startsWith('/') ? '-' : (line.split('/')[0] ?? '')))
    .toSorted()
}

const inPolicyReports = () =>
  reportsOf('policyreports.wgpolicyk8s.io', 'clusterpolicyreports.wgpolicyk8s.io')
const inOpenReports = () => reportsOf('reports.openreports.io', 'clusterreports.openreports.io')

interface Report {
  readonly summary: Readonly<Record<string, number>>
  readonly results: readonly Readonly<Record<string, unknown>>[]
}

async function reportIn(resource: string): Promise<Report> {
  return JSON.parse(
    await kubectl('-n', 'pay', 'get', resource, 'solewriter-scan', '-o', 'json'),
  ) as Report
}

before(async () => {
  mkdirSync(fleet)
  git('init', '-q', '-b', 'main')
  writeFileSync(path.join(fleet, 'all.yaml'), namespaces.map((one) => stringify(one)).join('---\n'))
  git('add', '.')
  git('commit', '-q', '-m', 'state')
  writeFileSync(path.join(dir, 'policy.json'), JSON.stringify(policy))
  cluster = await startCluster()
  admin = requesterOf(cluster.kubeconfigs['admin'] ?? '')
  const ours = ['Namespace', 'CustomResourceDefinition', 'ServiceAccount', 'FlowSchema']
  const rights = ['PriorityLevelConfiguration', 'Role', 'ClusterRole']
  const bindings = ['RoleBinding', 'ClusterRoleBinding']
  const wanted = [...ours, ...rights, ...bindings]
  const manifests = await build(cluster, 'manifests/base')
  await apply(
    cluster,
    'admin',
    manifests.filter(({ kind }) => wanted.includes(kind)),
  )
  await install([...namespaces, ...policyReports, deadApi])
  for (const { metadata } of namespaces) {
    await kubectl('-n', metadata.name, 'create', 'configmap', 'rogue', '--from-literal=a=b')
  }
  await startController()
})

after(async () => {
  if (controller.exitCode === null) {
    controller.kill('SIGKILL')
    await once(controller, 'exit')
  }
  admin.close()
  await cluster.stop()
  rmSync(dir, { recursive: true })
})

async function startController(): Promise<void> {
  const account = { kind: 'service-account', namespace, name: 'solewriter-controller' } as const
  const kubeconfig = await cluster.kubeconfig({ ...account, isPodBound: false })
  const health = await freePort()
  const args = [
    ['--kubeconfig', kubeconfig, '--policy', path.join(dir, 'policy.json')],
    ['--health-listen', `127.0.0.1:${health}`, '--mirror-dir', path.join(dir, 'mirrors')],
    ['--repo', `fleet=${fleet}`, '--scan-every', '1m', '--scan-results', results],
  ]
  controller = spawn(process.execPath, [main, 'controller', ...args.flat()], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  ready = `http://127.0.0.1:${health}`
}

/** Requests that the API server has carried out in a level, as a flow schema put them there. */
async function dispatched(level: string, schema: string): Promise<number> {
  const { text } = await admin({ method: 'GET', path: '/metrics' })
  const name = 'apiserver_flowcontrol_dispatched_requests_total'
  const line = text
    .split('\n')
    .find(
      (one) =>
        one.startsWith(name) &&
        one.includes(`flow_schema="${schema}"`) &&
        one.includes(`priority_level="${level}"`),
    )
  return Number(line?.split(' ').at(-1) ?? '0')
}

describe('the scan of an installation', () => {
  test('writes PolicyReports in which the API server knows every field', async () => {
    const summary = await untilScanned('reports are there', async () => {
      return (await inPolicyReports()).includes('-')
    })
    const places = await inPolicyReports()
    assert.ok(places.includes('pay') && places.includes('shop'), places.join())
    const { summary: counts, results: found } = await reportIn('policyreports.wgpolicyk8s.io')
    assert.deepEqual(counts, { pass: 0, fail: 1, warn: 0, error: 0, skip: 0 })
    const [{ timestamp, resources, properties, ...result } = {}] = found
    assert.deepEqual(result, {
      source: 'solewriter',
      policy: 'HumanWrite',
      rule: 'undeclared',
      category: 'Drift from Git',
      severity: 'medium',
      result: 'fail',
      scored: true,
      message: 'no head declares it',
    })
    const [{ uid, ...resource } = {}] = resources as Record<string, string>[]
    assert.deepEqual(resource, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      namespace: 'pay',
      name: 'rogue',
    })
    assert.match(uid ?? '', /^[0-9a-f-]{36}$/)
    assert.deepEqual(properties, { managerHint: 'kubectl-create' })
    const seconds = Date.parse(summary.endedAt) / 1000
    assert.deepEqual(timestamp, { seconds, nanos: 0 })
  })

  test('names an API that points at nothing, and looks at all others', () => {
    const summary = summaryNow()
    assert.ok(summary !== undefined)
    assert.ok(summary.notSeen.includes(deadGroup), JSON.stringify(summary.notSeen))
    const lines = readFileSync(results, 'utf8').trimEnd().split('\n')
    const unknown = lines
      .map((line) => JSON.parse(line) as ScanLine)
      .flatMap((line) => (line.type === 'unknown' ? [line] : []))
    assert.ok(unknown.some(({ what }) => what === 'secrets'))
    assert.deepEqual(
      unknown.filter(({ lacksRight }) => lacksRight !== true),
      [],
    )
  })

  test('lists in a priority level of its own', async () => {
    const kinds = summaryNow()?.kinds ?? 0
    assert.ok(kinds > 30, String(kinds))
    assert.ok((await dispatched('solewriter-scan', 'solewriter-scan')) >= kinds)
    // Single objects, and what people wait for, are not behind them.
    assert.ok((await dispatched('solewriter', 'solewriter')) > 0)
    assert.ok((await dispatched('solewriter', 'solewriter-own')) > 0)
  })

  test('scans again by the clock, in the newer format once it is served', async () => {
    const known = summaryNow()
    await install(openReports)
    await kubectl('-n', 'shop', 'delete', 'configmap', 'rogue')
    const summary = await untilScanned(
      'reports in the newer format',
      async () => {
        return (await inOpenReports()).includes('-') && (await inPolicyReports()).length === 0
      },
      known,
    )
    assert.equal(summary.trigger, 'schedule')
    const places = await inOpenReports()
    assert.ok(places.includes('pay') && !places.includes('shop'), places.join())
    const { results: found } = await reportIn('reports.openreports.io')
    assert.deepEqual(
      found.map(({ rule, message }) => [rule, message]),
      [['undeclared', 'no head declares it']],
    )
  })

  test('takes the report of a namespace away that is clean again', async () => {
    const known = summaryNow()
    await kubectl('-n', 'pay', 'delete', 'configmap', 'rogue')
    const summary = await untilScanned(
      'the report is gone',
      async () => {
        return !(await inOpenReports()).includes('pay')
      },
      known,
    )
    assert.equal(summary.trigger, 'schedule')
    assert.ok((await inOpenReports()).includes('-'))
    assert.ok(await isOk(`${ready}/readyz`))
  })
})
