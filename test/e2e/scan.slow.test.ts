import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { stringify } from 'yaml'
import type { Finding, ScanLine, ScanSummary } from '../../src/core/scan/result.ts'
import { startCluster, type Cluster } from '../cluster/cluster.ts'
import { exchange } from '../cluster/http.ts'
import { eventually } from './eventually.ts'

const main = path.join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts')
const reports = path.join(import.meta.dirname, 'fixtures', 'policy-reports.yaml')
const canary = 'canary-5d1f'

const dir = mkdtempSync(path.join(tmpdir(), 'solewriter-scan-test-'))
const fleet = path.join(dir, 'fleet')
let cluster: Cluster

function git(...args: readonly string[]): string {
  const who = ['-c', 'user.name=t', '-c', 'user.email=t@example.com']
  return execFileSync('git', ['-C', fleet, ...who, ...args], { encoding: 'utf8' }).trim()
}

function commit(objects: readonly object[]): string {
  writeFileSync(path.join(fleet, 'all.yaml'), objects.map((one) => stringify(one)).join('---\n'))
  git('add', '.')
  git('commit', '-q', '-m', 'state')
  return git('rev-parse', 'HEAD')
}

const labels = { app: 'api' }
const settings = (value: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'settings', namespace: 'pay' },
  data: { a: value },
})
const workloads = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'pay' } },
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'api', namespace: 'pay' },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: 'app', image: 'registry.example.com/app:1' }] },
      },
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'api', namespace: 'pay' },
    spec: { selector: labels, ports: [{ port: 80 }] },
  },
  {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'key', namespace: 'pay', labels: { tier: 'gold' } },
    stringData: { password: canary },
  },
]
/** What the harness itself has made, as people who take a cluster over declare it. */
const harness = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ci' } },
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'deployer', namespace: 'ci' } },
]

async function kubectl(input: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await cluster.kubectl('admin', args, { input })
  assert.equal(code, 0, stderr)
  return stdout
}

interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

async function scan(...args: readonly string[]): Promise<Ran> {
  const policy = cluster.webhook?.policy ?? ''
  const given = ['--kubeconfig', cluster.kubeconfigs['admin'] ?? '', '--policy', policy]
  const child = spawn(process.execPath, [
    main,
    'scan',
    ...given,
    '--repo',
    `fleet=${fleet}`,
    ...args,
  ])
  const out = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => (out[name] += text))
  }
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, ...out }
}

function linesOf(text: string): readonly ScanLine[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as ScanLine)
}

function found(lines: readonly ScanLine[]): readonly string[] {
  return lines
    .filter((line): line is Finding => line.type === 'finding')
    .map(({ kind, object, paths }) =>
      `${kind} ${object.kind}/${object.name} ${paths.join(' ')}`.trim(),
    )
    .toSorted()
}

function summaryOf(lines: readonly ScanLine[]): ScanSummary {
  const last = lines.at(-1)
  assert.ok(last?.type === 'summary')
  return last
}

before(async () => {
  mkdirSync(fleet)
  copyFileSync(reports, path.join(fleet, 'reports.yaml'))
  git('init', '-q', '-b', 'main')
  commit([...harness, ...workloads, settings('0')])
  commit([...harness, ...workloads, settings('1')])
  cluster = await startCluster({
    with: ['webhook'],
    repositories: { fleet },
    setup: [reports, path.join(fleet, 'all.yaml')],
  })
  await eventually('the controllers have made what is theirs', async () =>
    /api-/.test(await kubectl('', '-n', 'pay', 'get', 'pods,endpointslices')),
  )
})

after(async () => {
  await cluster.stop()
  rmSync(dir, { recursive: true })
})

/** What makes the people of the harness administrators, and what it gives our accounts more than we ask. */
const local = /Binding\/local-|Role(?:Binding)?\/solewriter-local-/

describe('scan', () => {
  test('finds nothing in a cluster that is as Git declares it', async () => {
    const { code, stdout } = await scan('-o', 'json')
    const lines = linesOf(stdout)
    assert.deepEqual(
      found(lines).filter((line) => !local.test(line)),
      [],
    )
    const { objects, asDeclared, ignored, unknown, kinds } = summaryOf(lines)
    assert.equal(unknown, 0)
    assert.ok(kinds > 40 && objects > 200, `${objects} objects of ${kinds} kinds`)
    assert.equal(asDeclared, harness.length + workloads.length + 1 + 2)
    assert.ok(ignored.exception > 150)
    // Those bindings are drift, and nothing else is.
    assert.equal(code, 1)
    const inPay = await scan('-n', 'pay', '-o', 'json')
    assert.equal(inPay.code, 0, inPay.stdout)
  })

  test('finds exactly what was made by hand while nobody was asked', async () => {
    const configuration = await kubectl(
      '',
      'get',
      'validatingwebhookconfiguration',
      'solewriter',
      '-o',
      'json',
    )
    await kubectl('', 'delete', 'validatingwebhookconfiguration', 'solewriter')
    const pay = ['-n', 'pay'] as const
    await kubectl('', ...pay, 'patch', 'cm', 'settings', '-p', `{"data":{"a":"0"}}`)
    await kubectl('', ...pay, 'create', 'deployment', 'rogue', '--image=registry.example.com/x:1')
    await kubectl('', ...pay, 'scale', 'deployment', 'api', '--replicas=3')
    await kubectl('', ...pay, 'set', 'env', 'deployment/api', `PASSWORD=${canary}`)
    await kubectl('', ...pay, 'delete', 'service', 'api')
    await kubectl('', ...pay, 'label', '--overwrite', 'secret', 'key', 'tier=lead')
    await kubectl('', 'label', 'namespace', 'default', 'owner=me')
    await kubectl('', '-n', 'kube-system', 'annotate', 'cm', 'kube-root-ca.crt', 'note=mine')
    const expected = [
      'different Deployment/api spec.replicas spec.template.spec.containers[name=app].env[name=PASSWORD]',
      'different Secret/key metadata.labels.tier',
      'missing Service/api',
      'superseded ConfigMap/settings data.a',
      'undeclared ConfigMap/kube-root-ca.crt metadata.annotations.note',
      'undeclared Deployment/rogue',
      'undeclared Namespace/default metadata.labels.owner',
    ]
    const { code, stdout } = await scan('-o', 'json')
    assert.equal(code, 1)
    const lines = linesOf(stdout)
    assert.deepEqual(
      found(lines).filter((line) => !local.test(line)),
      expected,
    )
    assert.doesNotMatch(stdout, new RegExp(canary))
    const denied = summaryOf(lines).wouldDeny.map(({ as, reason }) => `${as} ${reason}`)
    assert.deepEqual(denied.toSorted(), [
      'human HumanWrite',
      // The roles of the harness that are called like ours.
      'human Protected',
      'writer CommitSuperseded',
      'writer ContentMismatch',
      'writer NotDeclared',
      'writer StillDeclared',
    ])
    const api = lines.find((line) => line.type === 'finding' && line.object.name === 'api')
    assert.equal(api?.type === 'finding' && api.who?.manager.startsWith('kubectl'), true)
    await restore(configuration)
  })

  test('tells people the same, and what would have been denied by which rule', async () => {
    const { stdout } = await scan()
    assert.match(stdout, /^namespace pay\nFINDING +OBJECT +FIELDS +GIT +LAST WRITER \(A HINT\)$/m)
    assert.match(stdout, /^superseded +ConfigMap\/settings +data\.a +fleet:all\.yaml:\d+ \(as of /m)
    assert.match(stdout, /^a person +HumanWrite +10: people write to Git +\d+$/m)
    assert.match(stdout, /^drift: \d+ findings/m)
    assert.doesNotMatch(stdout, new RegExp(canary))
    const short = await scan('-o', 'summary')
    assert.doesNotMatch(short.stdout, /^namespace pay$/m)
  })

  test('compares values of Secrets where it is told to, and never shows them', async () => {
    await kubectl('', '-n', 'kube-system', 'get', 'cm')
    const { stdout } = await scan('--read-secrets', '-n', 'pay', '-o', 'json')
    assert.match(stdout, /"metadata\.labels\.tier"/)
    assert.doesNotMatch(stdout, new RegExp(canary))
  })

  test('names what it may not list, and says that it does not know', async () => {
    const account = { namespace: 'solewriter-system', name: 'solewriter', isPodBound: false }
    const own = await cluster.kubeconfig({ kind: 'service-account', ...account })
    const { code, stdout } = await scan('--kubeconfig', own, '-n', 'ci', '-o', 'json')
    const lines = linesOf(stdout)
    const unknown = lines.flatMap((line) => (line.type === 'unknown' ? [line.what] : []))
    assert.ok(unknown.includes('secrets'), stdout)
    assert.equal(summaryOf(lines).verdict, 'unknown')
    assert.equal(code, 3)
  })
})

/** As it was, with another uid. */
async function restore(configuration: string): Promise<void> {
  const { metadata, ...rest } = JSON.parse(configuration) as {
    metadata: { name: string; labels?: object }
  }
  const { name, labels: kept = {} } = metadata
  await kubectl(JSON.stringify({ ...rest, metadata: { name, labels: kept } }), 'create', '-f', '-')
}

describe('the controller', () => {
  const results = () => {
    const file = path.join(cluster.dir, 'replicas', 'controller', 'scan.jsonl')
    return existsSync(file) ? linesOf(readFileSync(file, 'utf8')) : []
  }

  test('scans when a gap has ended', async () => {
    await eventually('it has followed the gap', () => {
      const lines = results()
      const last = lines.at(-1)
      return last?.type === 'summary' && last.trigger === 'gap' && found(lines).length >= 6
    })
    const lines = results()
    assert.ok(found(lines).includes('undeclared Deployment/rogue'))
    // It may not list Secrets, and says so.
    assert.ok(lines.some((line) => line.type === 'unknown' && line.what === 'secrets'))
    assert.equal(summaryOf(lines).findings.missing, 1)
  })

  test('reports it in one object for each namespace and one for the cluster', async () => {
    const listed = async () =>
      (await kubectl('', 'get', 'policyreports,clusterpolicyreports', '-A', '--no-headers'))
        .trimEnd()
        .split('\n')
        .map((line) => line.split(/ +/)[0])
    await eventually('reports are there', async () => (await listed()).includes('pay'))
    const text = await kubectl(
      '',
      '-n',
      'pay',
      'get',
      'policyreport',
      'solewriter-scan',
      '-o',
      'json',
    )
    const report = JSON.parse(text) as { results: { rule: string }[]; summary: { fail: number } }
    assert.equal(report.results.length, report.summary.fail)
    assert.ok(report.results.some(({ rule }) => rule === 'superseded'))
    assert.doesNotMatch(text, new RegExp(canary))
  })

  test('counts it', async () => {
    const log = readFileSync(path.join(cluster.dir, 'logs', 'controller.log'), 'utf8')
    assert.match(log, /"event":"scan_done"/)
    assert.doesNotMatch(log, new RegExp(canary))
    const { text } = await exchange({ url: cluster.webhook?.metrics ?? '' })
    assert.doesNotMatch(text, new RegExp(canary))
  })
})
