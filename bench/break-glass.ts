import { randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { keySet, publicHalf } from '../src/core/breakglass/keys.ts'
import { audienceOf } from '../src/core/breakglass/token.ts'
import { bundleInto } from '../scripts/bundle.ts'
import { startCluster, type Cluster } from '../test/cluster/cluster.ts'
import { run } from '../test/cluster/run.ts'
import { goodHeader, iss, jws, privateKey } from '../test/core/breakglass/issuing.ts'
import { creationOf, grants } from '../test/e2e/break-glass-ground.ts'
import { requesterOf, type ApiRequest, type Requester } from '../test/e2e/requester.ts'
import { median } from './measure.ts'

// What an SRE waits for: the first write from the moment that they ask for it, and each write under a
// grant beside the same write where only the log looks on. Both go through our webhook.

export interface BreakGlassTimes {
  /** Of `kubectl breakglass request` and one `kubectl scale`, in seconds. */
  readonly request: number
  readonly scale: number
  /** Of a write, in milliseconds; in turns. */
  readonly plain: number
  readonly granted: number
  /** Writes per second with eight at once, with one grant of the holder and with a hundred. */
  readonly perSecond: { readonly one: number; readonly hundred: number }
}

export interface BreakGlassPace {
  readonly requests: number
  readonly writes: number
}

const atOnce = 8
const others = 99
const mostUses = 100

export async function measureBreakGlass(
  pace: BreakGlassPace,
  say: (what: string) => void,
): Promise<BreakGlassTimes> {
  const dir = await mkdtemp(path.join(tmpdir(), 'solewriter-bench-'))
  const closing: (() => unknown)[] = [() => rm(dir, { recursive: true })]
  try {
    await bundleInto(path.join(dir, 'dist'))
    await writeFile(path.join(dir, 'policy.json'), JSON.stringify(policy))
    await writeFile(path.join(dir, 'setup.json'), JSON.stringify(setup))
    await writeFile(path.join(dir, 'key.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }))
    const cluster = await startCluster({
      with: ['webhook'],
      policy: path.join(dir, 'policy.json'),
      setup: [path.join(dir, 'setup.json')],
      progress: say,
    })
    closing.push(() => cluster.stop())
    const alice = requesterOf(cluster.kubeconfigs['alice'] ?? '')
    closing.push(() => {
      alice.close()
    })
    say('requests')
    const asked = await times(pace.requests, (i) => request(cluster, dir, i))
    say('writes under a grant')
    const pairs = await writePairs(alice, cluster, pace.writes)
    say('eight writers at once')
    const one = await rate(alice, cluster, pace.writes)
    for (let i = 0; i < others; i += 1) await activate(alice, cluster, `other-${i}-*`)
    const hundred = await rate(alice, cluster, pace.writes)
    return {
      request: median(asked.map((each) => each.request)),
      scale: median(asked.map((each) => each.scale)),
      ...pairs,
      perSecond: { one, hundred },
    }
  } finally {
    for (const close of closing.toReversed()) await close()
  }
}

const policy = {
  apiVersion: 'solewriter.dev/v1alpha1',
  kind: 'Policy',
  metadata: { name: 'bench' },
  spec: {
    mode: 'enforce',
    scopes: [{ namespaces: ['plain'], mode: 'audit' }],
    repositories: [],
    breakGlass: {
      issuers: [
        {
          name: 'oncall',
          issuer: iss,
          jwks: keySet(publicHalf(privateKey) ?? unreachable()),
        },
      ],
      rules: [{ subjects: { groups: ['sre-oncall'] }, maxUses: mostUses }],
    },
  },
}

function unreachable(): never {
  throw new Error('the key has no public half')
}

const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'api', namespace: 'pay' },
  spec: {
    paused: true,
    replicas: 0,
    selector: { matchLabels: { app: 'api' } },
    template: {
      metadata: { labels: { app: 'api' } },
      spec: { containers: [{ name: 'main', image: 'example.com/a:1' }] },
    },
  },
}

const setup = {
  apiVersion: 'v1',
  kind: 'List',
  items: [
    ...['pay', 'plain'].map((name) => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name },
    })),
    deployment,
  ],
}

interface Asked {
  readonly request: number
  readonly scale: number
}

/** As typed, with the start of both programs. */
async function request(cluster: Cluster, dir: string, i: number): Promise<Asked> {
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: dir,
    KUBECONFIG: cluster.kubeconfigs['alice'] ?? '',
  }
  const timed = async (file: string, args: readonly string[]) => {
    const startedAt = performance.now()
    const { code, stderr } = await run(file, args, { env })
    if (code !== 0) throw new Error(`${args.join(' ')}: ${stderr}`)
    return (performance.now() - startedAt) / 1000
  }
  const program = path.join(dir, 'dist', 'kubectl-breakglass.js')
  const wanted = ['--preset', 'scale', '-n', 'pay', 'deploy/api']
  const why = ['--incident', 'INC-42', '--reason', 'the benchmark of break-glass']
  const signing = ['--key', path.join(dir, 'key.pem'), '--issuer', iss]
  const scaling = ['scale', 'deploy/api', '-n', 'pay', `--replicas=${i + 1}`]
  return {
    request: await timed(process.execPath, [program, 'request', ...wanted, ...why, ...signing]),
    scale: await timed(cluster.binaries.kubectl, scaling),
  }
}

async function writePairs(alice: Requester, cluster: Cluster, writes: number) {
  const plain: number[] = []
  const granted: number[] = []
  for (let done = 0; done < writes; done += mostUses) {
    const name = await activate(alice, cluster, 'pair-*')
    for (let i = 0; i < Math.min(mostUses, writes - done); i += 1) {
      plain.push(await create(alice, 'plain', `pair-${done + i}`))
      granted.push(await create(alice, 'pay', `pair-${done + i}`))
    }
    await end(alice, name)
  }
  return { plain: median(plain), granted: median(granted) }
}

/** Each writer under a grant of its own: one grant stores one use after the other. */
async function rate(alice: Requester, cluster: Cluster, writes: number): Promise<number> {
  const each = Math.min(mostUses, Math.ceil(writes / atOnce))
  const run = randomUUID().slice(0, 8)
  const lanes = Array.from({ length: atOnce }, (_, lane) => `lane-${run}-${lane}`)
  const names = await Promise.all(lanes.map((lane) => activate(alice, cluster, `${lane}-*`)))
  const startedAt = performance.now()
  await Promise.all(lanes.map((lane) => times(each, (i) => create(alice, 'pay', `${lane}-${i}`))))
  const seconds = (performance.now() - startedAt) / 1000
  for (const name of names) await end(alice, name)
  return (atOnce * each) / seconds
}

async function activate(alice: Requester, cluster: Cluster, names: string): Promise<string> {
  const jti = randomUUID()
  const now = Math.floor(Date.now() / 1000)
  const detail = {
    type: 'urn:solewriter:k8s-write:v1',
    apiGroups: [''],
    resources: ['configmaps'],
    operations: ['CREATE'],
    namespaces: ['pay'],
    names: [names],
    fields: ['*'],
  }
  const token = jws(goodHeader, {
    iss,
    aud: audienceOf(cluster.clusterUid),
    sub: 'alice',
    iat: now,
    nbf: now,
    exp: now + 900,
    jti,
    authorization_details: [detail],
    bg: { v: 1, session_s: 3600, incident: 'INC-42', reason: 'the benchmark of break-glass' },
  })
  const name = `bg-${jti}`
  await taken(alice, creationOf(name, token))
  return name
}

function end(alice: Requester, name: string): Promise<void> {
  const type = 'application/merge-patch+json'
  return taken(alice, {
    method: 'PATCH',
    path: `${grants}/${name}`,
    body: { spec: { ended: true } },
    type,
  })
}

async function create(alice: Requester, namespace: string, name: string): Promise<number> {
  const startedAt = performance.now()
  const body = { metadata: { name }, data: { text: 'x'.repeat(500) } }
  await taken(alice, { method: 'POST', path: `/api/v1/namespaces/${namespace}/configmaps`, body })
  return performance.now() - startedAt
}

async function taken(alice: Requester, wanted: ApiRequest): Promise<void> {
  const { status, text } = await alice(wanted)
  if (status >= 300) throw new Error(`${wanted.method} ${wanted.path}: ${text.slice(0, 500)}`)
}

async function times<T>(count: number, act: (i: number) => Promise<T>): Promise<readonly T[]> {
  const all: T[] = []
  for (let i = 0; i < count; i += 1) all.push(await act(i))
  return all
}

/** A table for people. */
export function breakGlassRows(times: BreakGlassTimes): readonly (readonly string[])[] {
  const { request: asked, scale, plain, granted, perSecond } = times
  const { one, hundred } = perSecond
  return [
    ['break-glass', '', ''],
    ['from `request` until it is active, s', asked.toFixed(2), ''],
    ['until the first write is through, s', (asked + scale).toFixed(2), ''],
    ['a write that is only logged, ms', plain.toFixed(1), ''],
    ['a write under a grant, ms', granted.toFixed(1), `${(granted / plain).toFixed(2)}x`],
    ['writes/s, eight grants', one.toFixed(0), ''],
    ['writes/s, a hundred more', hundred.toFixed(0), `${(hundred / one).toFixed(2)}x`],
  ]
}
