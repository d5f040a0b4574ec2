import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { bundleInto } from '../scripts/bundle.ts'
import type { ScanSummary } from '../src/core/scan/result.ts'
import { startCluster, type Cluster } from '../test/cluster/cluster.ts'
import { run } from '../test/cluster/run.ts'
import { requesterOf } from '../test/e2e/requester.ts'
import type { Bar } from './bars.ts'

// What it costs to compare a cluster with Git: objects made straight through the API server, half of
// them declared, with commits before the head, and `scan` as anybody runs it: without flags for the heap.

export interface ScanCosts {
  readonly asked: number
  /** Of all kinds, those of the control plane included. */
  readonly objects: number
  readonly findings: number
  readonly seconds: number
  readonly peakMib: number
}

const mostMib = 400
const perFile = 10
const commits = 11
const atOnce = 16
const namespaces = 20

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
    const { summary, ...cost } = await scan(cluster, dir)
    const findings = Object.values(summary.findings).reduce((sum, count) => sum + count, 0)
    return { asked: objects, objects: summary.objects, findings, ...cost }
  } finally {
    for (const close of closing.toReversed()) await close()
  }
}

export function scanRows(costs: ScanCosts): readonly (readonly string[])[] {
  return [
    ['objects', `${costs.objects}, ${costs.asked} of them made for this`],
    ['findings', String(costs.findings)],
    ['scan', `${(costs.objects / costs.seconds).toFixed(0)} objects/s`],
    ['time', `${costs.seconds.toFixed(1)} s`],
    ['peak memory', `${costs.peakMib.toFixed(0)} MiB`],
  ]
}

export function scanBars({ peakMib }: ScanCosts): readonly Bar[] {
  return [{ name: 'peak memory of a scan', value: peakMib, most: mostMib, unit: 'MiB' }]
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

async function scan(cluster: Cluster, dir: string) {
  const where = ['--kubeconfig', cluster.kubeconfigs['admin'] ?? '']
  const git = [
    '--policy',
    path.join(dir, 'policy.json'),
    '--repo',
    `fleet=${path.join(dir, 'fleet')}`,
  ]
  const args = ['scan', ...where, ...git, '-o', 'json']
  const main = path.join(dir, 'dist', 'solewriter.js')
  const startedAt = performance.now()
  const child = spawn(process.execPath, [main, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let last = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    last = (last + text).slice(-100_000)
  })
  const peak = watchPeak(child.pid ?? 0)
  const [code] = (await once(child, 'close')) as [number | null]
  const seconds = (performance.now() - startedAt) / 1000
  const peakMib = await peak()
  if (code !== 1) throw new Error(`scan ended with ${code}`)
  const line = last.trimEnd().split('\n').at(-1) ?? ''
  return { summary: JSON.parse(line) as ScanSummary, seconds, peakMib }
}

/** The kernel keeps the highest; it is read for as long as there is a process. */
function watchPeak(pid: number): () => Promise<number> {
  let kib = 0
  const look = async () => {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
    kib = Math.max(kib, Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? '0'))
  }
  const timer = setInterval(() => void look(), 100)
  return () => {
    clearInterval(timer)
    return Promise.resolve(kib / 1024)
  }
}
