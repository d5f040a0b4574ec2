import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { Agent, request as httpsRequest } from 'node:https'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { startCluster, type Cluster } from '../test/cluster/cluster.ts'
import type { WriteLatencies } from './bars.ts'
import type { Bundle } from './bundle.ts'
import { startServer, type ServerProcess } from './children.ts'
import { median } from './measure.ts'
import type { Keys } from './messages.ts'
import type { WriteAnnotations } from './subject.ts'

// The same write into three namespaces in turn: one without a webhook, one with a webhook that
// admits everything, one with ours. Interleaved, so that etcd's and the machine's moods meet all.

export interface WritesOptions {
  readonly keys: Keys
  readonly programs: Bundle
  /** Says which annotations its writes need. */
  readonly subject: string
  readonly ours: ServerProcess
  readonly rounds: number
  readonly say: (what: string) => void
}

const kinds = ['none', 'noop', 'ours'] as const
type Kind = (typeof kinds)[number]

const warmUp = 300
const configurations = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations'

export async function measureWrites(options: WritesOptions): Promise<WriteLatencies> {
  const { keys, programs, ours, say } = options
  const directory = await mkdtemp(path.join(tmpdir(), 'solewriter-bench-'))
  const noop = await startServer('bare-server', { keys, programs, flags: [], isNoop: true })
  let cluster: Cluster | undefined
  try {
    say('writes through an API server')
    cluster = await startCluster({
      setup: [await namespacesFile(directory)],
      externalWebhook: {
        url: urlOf(ours),
        caBundle: keys.authorityPem,
        client: { cert: keys.client.certificatePem, key: keys.client.keyPem },
      },
      progress: say,
    })
    await register(cluster, { keys, noop, ours })
    return await measure(await clientOf(cluster, 'ci'), options)
  } finally {
    await cluster?.stop()
    await noop.stop()
    await rm(directory, { recursive: true })
  }
}

type Send = (method: string, path: string, body?: object) => Promise<Answer>

interface Answer {
  readonly status: number
  readonly text: string
}

async function measure(send: Send, { subject, rounds }: WritesOptions): Promise<WriteLatencies> {
  const { writeAnnotations = {} } = (await import(subject)) as {
    readonly writeAnnotations?: WriteAnnotations
  }
  const write = async (kind: Kind, round: number) => {
    const file = `/api/v1/namespaces/bench-${kind}/configmaps`
    const object = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'bench', annotations: writeAnnotations },
      data: { round: String(round), text: 'x'.repeat(1500) },
    }
    const startedAt = performance.now()
    const method = round === 0 ? 'POST' : 'PUT'
    const { status, text } = await send(method, round === 0 ? file : `${file}/bench`, object)
    if (status >= 300) throw new Error(`a write into bench-${kind} was refused: ${text}`)
    return performance.now() - startedAt
  }
  const latencies: Record<Kind, number[]> = { none: [], noop: [], ours: [] }
  for (let round = 0; round < warmUp + rounds; round += 1) {
    for (let turn = 0; turn < kinds.length; turn += 1) {
      const kind = kinds[(round + turn) % kinds.length] ?? 'none'
      const ms = await write(kind, round)
      if (round >= warmUp) latencies[kind].push(ms)
    }
  }
  return {
    none: median(latencies.none),
    noop: median(latencies.noop),
    ours: median(latencies.ours),
  }
}

/** In place of the one that the cluster registered for everything. */
async function register(
  cluster: Cluster,
  {
    keys,
    noop,
    ours,
  }: { readonly keys: Keys; readonly noop: ServerProcess; readonly ours: ServerProcess },
): Promise<void> {
  const send = await clientOf(cluster, 'admin')
  await expect(send('DELETE', configurations))
  const caBundle = Buffer.from(keys.authorityPem).toString('base64')
  for (const [kind, server] of [
    ['noop', noop],
    ['ours', ours],
  ] as const) {
    await expect(
      send('POST', configurations, configuration(kind, { url: urlOf(server), caBundle })),
    )
  }
  await untilAsked(send, 'bench-ours')
}

function configuration(kind: Kind, clientConfig: object): object {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: `bench-${kind}` },
    webhooks: [
      {
        name: `${kind}.bench.solewriter.dev`,
        clientConfig,
        rules: [
          { apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'], operations: ['*'] },
        ],
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': `bench-${kind}` } },
        failurePolicy: 'Fail',
        sideEffects: 'None',
        timeoutSeconds: 10,
        admissionReviewVersions: ['v1'],
      },
    ],
  }
}

/** `admin` is nobody to the subject: once a dry-run is refused, the configuration is honoured. */
async function untilAsked(send: Send, namespace: string): Promise<void> {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'probe' } }
  const file = `/api/v1/namespaces/${namespace}/configmaps?dryRun=All`
  const until = performance.now() + 30_000
  while ((await send('POST', file, object)).status !== 403) {
    if (performance.now() > until) throw new Error('the webhook is not asked')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  // The one before it was honoured first, or is by now.
  await new Promise((resolve) => setTimeout(resolve, 1000))
}

async function namespacesFile(directory: string): Promise<string> {
  const items = kinds.map((kind) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: `bench-${kind}` },
  }))
  const file = path.join(directory, 'namespaces.json')
  await writeFile(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))
  return file
}

async function expect(sent: Promise<Answer>): Promise<void> {
  const { status, text } = await sent
  if (status >= 300) throw new Error(`the API server answered ${String(status)}: ${text}`)
}

function urlOf(server: ServerProcess): string {
  return `https://127.0.0.1:${String(server.port)}/validate`
}

interface Kubeconfig {
  readonly clusters: readonly [
    {
      readonly cluster: { readonly server: string; readonly 'certificate-authority-data': string }
    },
  ]
  readonly users: readonly [{ readonly user: Readonly<Record<string, string>> }]
}

/** One kept-alive connection: kubectl would measure its own start. */
async function clientOf(cluster: Cluster, user: string): Promise<Send> {
  const text = await readFile(cluster.kubeconfigs[user] ?? '', 'utf8')
  // The harness writes its kubeconfigs as JSON.
  const { clusters, users } = JSON.parse(text) as Kubeconfig
  const [{ cluster: api }] = clusters
  const credential = users[0].user
  const agent = new Agent({
    keepAlive: true,
    maxSockets: 1,
    ca: decoded(api['certificate-authority-data']),
    cert: decoded(credential['client-certificate-data']),
    key: decoded(credential['client-key-data']),
  })
  const { token } = credential
  const headers = {
    'Content-Type': 'application/json',
    ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
  }
  return (method, file, body) =>
    new Promise((resolve, reject) => {
      const request = httpsRequest(
        `${api.server}${file}`,
        { method, agent, headers },
        (response) => {
          const chunks: Buffer[] = []
          response.on('data', (chunk: Buffer) => chunks.push(chunk))
          response.on('end', () => {
            const answer = Buffer.concat(chunks).toString()
            resolve({ status: response.statusCode ?? 0, text: answer })
          })
        },
      )
      request.on('error', reject)
      request.end(body === undefined ? undefined : JSON.stringify(body))
    })
}

function decoded(text: string | undefined): Buffer | undefined {
  return text === undefined ? undefined : Buffer.from(text, 'base64')
}
