import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { bundleInto } from '../scripts/bundle.ts'
import type { ScanLine, ScanSummary } from '../src/core/scan/result.ts'
import { startCluster, type Cluster } from '../test/cluster/cluster.ts'
import { freePort } from '../test/cluster/ports.ts'
import { run } from '../test/cluster/run.ts'
import { requesterOf } from '../test/e2e/requester.ts'
import type { Bar } from './bars.ts'

// What it costs to compare a cluster with Git: objects made straight through the API server, half of
// them declared, with commits before the head, and `scan` as anybody runs it: without flags for the heap.
// Then the controller scans the same cluster.

export interface ScanCosts {
  readonly asked: number
  /** Of all kinds, those of the control plane included. */
  readonly objects: number
  readonly findings: number
  readonly command: Cost
  /** From its start, with the mirror that it makes. */
  readonly controller: Cost
}

interface Cost {
  readonly seconds: number
  readonly peakMib: number
}

interface Scan extends Cost {
  readonly summary: ScanSummary
}

const mostMib = 400
const perFile = 10
const commits = 11
const atOnce = 16
const namespaces = 20
const longestMs = 15 * 60_000

export async function measureScan(
  objects: number,
  say: (what: string) => void,
): Promise<ScanCosts> {
  const dir = await mkdtemp(path.join(tmpdir(), 'solewriter-bench-scan-'))
  const closing: (() => unknown)[] = [() => rm(dir, { recursive: true })]
  try {
    const all = Array.from({ length: objects }, (_, i) => objectNumber(i))
    const fleet = path.join(dir, 'fleet')
    say('a repository')
    await bundleInto(path.join(dir, 'dist'))
    await makeRepository(
      fleet,
      all.filter((_, i) => i % 2 === 0),
    )
    await writeFile(path.join(dir, 'policy.json'), JSON.stringify(policy))
    const cluster = await startCluster({ progress: say })
    closing.push(() => cluster.stop())
    await makeAll(cluster, all, say)
    say(`a scan of ${objects} objects`)
    const { summary, ...command } = await scan(cluster, dir)
    say('a scan of the controller')
    const { summary: _same, ...controller } = await scanByController(cluster, dir)
    const findings = Object.values(summary.findings).reduce((sum, count) => sum + count, 0)
    return { asked: objects, objects: summary.objects, findings, command, controller }
  } finally {
    for (const close of closing.toReversed()) await close()
  }
}

export function scanRows(costs: ScanCosts): readonly (readonly string[])[] {
  return [
    ['objects', `${costs.objects}, ${costs.asked} of them made for this`],
    ['findings', String(costs.findings)],
    ...rowsOf('solewriter scan', costs.command, costs),
    ...rowsOf('controller', costs.controller, costs),
  ]
}

function rowsOf(what: string, { seconds, peakMib }: Cost, { objects }: ScanCosts) {
  return [
    [`${what}, speed`, `${(objects / seconds).toFixed(0)} objects/s`],
    [`${what}, time`, `${seconds.toFixed(1)} s`],
    [`${what}, peak memory`, `${peakMib.toFixed(0)} MiB`],
  ]
}

export function scanBars({ command, controller }: ScanCosts): readonly Bar[] {
  const bar = (what: string, { peakMib }: Cost) => {
    return { name: `peak memory of ${what}`, value: peakMib, most: mostMib, unit: 'MiB' }
  }
  return [bar('a scan', command), bar('a controller that scans', controller)]
}

const policy = {
  apiVersion: 'solewriter.dev/v1alpha1',
  kind: 'Policy',
  metadata: { name: 'bench' },
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

type Made = ReturnType<typeof objectNumber>

/** A tenth are Deployments, which nobody rolls out. */
function objectNumber(i: number) {
  const namespace = `bench-${i % namespaces}`
  const name = `object-${String(i).padStart(6, '0')}`
  const metadata = { name, namespace, labels: { app: name, 'bench/part': String(i % 7) } }
  if (i % 20 >= 2) {
    const data = Object.fromEntries(
      ['host', 'level', 'limits'].map((key) => [key, `${key} ${i} `.repeat(12)]),
    )
    return { apiVersion: 'v1', kind: 'ConfigMap', resource: 'configmaps', metadata, data }
  }
  const labels = { app: name }
  const resources = { requests: { cpu: '10m', memory: '16Mi' } }
  const container = { name: 'app', image: 'registry.example.com/app:1.2.3', resources }
  const spec = {
    replicas: 0,
    paused: true,
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [container] } },
  }
  return { apiVersion: 'apps/v1', kind: 'Deployment', resource: 'deployments', metadata, spec }
}

function manifestOf({ resource: _resource, ...manifest }: Made): object {
  return manifest
}

async function makeRepository(directory: string, declared: readonly Made[]): Promise<void> {
  await mkdir(directory)
  const files = Math.ceil(declared.length / perFile)
  for (let i = 0; i < files; i += 1) {
    const part = declared.slice(i * perFile, (i + 1) * perFile)
    const text = part.map((one) => JSON.stringify(manifestOf(one))).join('\n---\n')
    await writeFile(path.join(directory, `part-${i}.yaml`), text)
  }
  const git = (...args: readonly string[]) =>
    run('git', [
      '-C',
      directory,
      '-c',
      'user.name=bench',
      '-c',
      'user.email=bench@example.com',
      ...args,
    ])
  const must = async (...args: readonly string[]) => {
    const { code, stderr } = await git(...args)
    if (code !== 0) throw new Error(`git ${args[0]}: ${stderr}`)
  }
  await must('init', '-q', '-b', 'main')
  for (let commit = 0; commit < commits; commit += 1) {
    // Each is another tree, so that each is another index.
    await writeFile(path.join(directory, 'notes.yaml'), `# ${commit}\n`)
    await must('add', '.')
    await must('commit', '-q', '-m', 'bench')
  }
}

async function makeAll(
  cluster: Cluster,
  objects: readonly Made[],
  say: (what: string) => void,
): Promise<void> {
  const admin = requesterOf(cluster.kubeconfigs['admin'] ?? '')
  try {
    for (let i = 0; i < namespaces; i += 1) {
      const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: `bench-${i}` } }
      await post('/api/v1/namespaces', body)
    }
    let next = 0
    await Promise.all(
      Array.from({ length: atOnce }, async () => {
        for (let i = next++; i < objects.length; i = next++) {
          const one = objects[i]
          if (one === undefined) return
          if (i % 5000 === 0) say(`${i} of ${objects.length} objects made`)
          const root = one.kind === 'ConfigMap' ? '/api/v1' : '/apis/apps/v1'
          const place = `${root}/namespaces/${one.metadata.namespace}/${one.resource}`
          await post(place, manifestOf(one))
        }
      }),
    )
  } finally {
    admin.close()
  }
  async function post(place: string, body: object): Promise<void> {
    const { status, text } = await admin({ method: 'POST', path: place, body })
    if (status !== 201) throw new Error(`${place}: ${status} ${text.slice(0, 200)}`)
  }
}

/** Where the cluster is, and Git. */
function groundOf(cluster: Cluster, dir: string): readonly string[] {
  const policyFile = path.join(dir, 'policy.json')
  const fleet = path.join(dir, 'fleet')
  const where = ['--kubeconfig', cluster.kubeconfigs['admin'] ?? '']
  return [...where, '--policy', policyFile, '--repo', `fleet=${fleet}`]
}

async function scan(cluster: Cluster, dir: string): Promise<Scan> {
  const args = ['scan', ...groundOf(cluster, dir), '-o', 'json']
  const startedAt = performance.now()
  const child = spawn(process.execPath, [mainIn(dir), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let last = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    last = (last + text).slice(-100_000)
  })
  const peak = watchPeak(child.pid ?? 0)
  const [code] = (await once(child, 'close')) as [number | null]
  const seconds = (performance.now() - startedAt) / 1000
  const peakMib = peak()
  if (code !== 1) throw new Error(`scan ended with ${code}`)
  const line = last.trimEnd().split('\n').at(-1) ?? ''
  return { summary: JSON.parse(line) as ScanSummary, seconds, peakMib }
}

async function scanByController(cluster: Cluster, dir: string): Promise<Scan> {
  const admin = requesterOf(cluster.kubeconfigs['admin'] ?? '')
  const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'solewriter-system' } }
  await admin({ method: 'POST', path: '/api/v1/namespaces', body })
  admin.close()
  const results = path.join(dir, 'scan.jsonl')
  const listening = ['--health-listen', `127.0.0.1:${await freePort()}`]
  const files = ['--mirror-dir', path.join(dir, 'mirrors'), '--scan-results', results]
  const args = ['controller', ...groundOf(cluster, dir), ...listening, ...files]
  const startedAt = performance.now()
  // It says that there is no webhook configuration, which is so.
  const child = spawn(process.execPath, [mainIn(dir), ...args], { stdio: 'ignore' })
  const peak = watchPeak(child.pid ?? 0)
  try {
    for (;;) {
      const summary = await summaryIn(results)
      if (summary !== undefined) {
        return { summary, seconds: (performance.now() - startedAt) / 1000, peakMib: peak() }
      }
      if (child.exitCode !== null) throw new Error(`the controller ended with ${child.exitCode}`)
      if (performance.now() - startedAt > longestMs) throw new Error('the controller scans nothing')
      await sleep(200)
    }
  } finally {
    peak()
    child.kill('SIGKILL')
  }
}

function mainIn(dir: string): string {
  return path.join(dir, 'dist', 'solewriter.js')
}

async function summaryIn(file: string): Promise<ScanSummary | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '')
  if (text === '') return undefined
  const line = JSON.parse(text.trimEnd().split('\n').at(-1) ?? '') as ScanLine
  return line.type === 'summary' ? line : undefined
}

/** The kernel keeps the highest; it is read for as long as there is a process. */
function watchPeak(pid: number): () => number {
  let kib = 0
  const look = async () => {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
    kib = Math.max(kib, Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? '0'))
  }
  const timer = setInterval(() => void look(), 100)
  return () => {
    clearInterval(timer)
    return kib / 1024
  }
}
