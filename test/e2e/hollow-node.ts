import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { exchange, type HttpAnswer } from '../cluster/http.ts'

// What a kubelet says to the API server, without containers: each kind of write that kubemark's
// hollow kubelet of the same version was seen to send, and those of a certificate rotation.

interface HollowNodeOptions {
  /** Of a client certificate `system:node:<name>` in the group system:nodes. */
  readonly kubeconfig: string
  readonly name: string
}

export interface HollowNode {
  /** Refusals that it met; a node that is left alone meets none. */
  readonly refusals: readonly string[]
  stop(): Promise<void>
}

interface Pod {
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly uid: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
    readonly deletionTimestamp?: string
  }
  readonly spec: { readonly serviceAccountName?: string }
  readonly status: { readonly phase: string }
}

type Send = (method: string, path: string, body?: unknown) => Promise<HttpAnswer>

const everyMs = 200
const mirror = 'kubernetes.io/config.mirror'

/** Registers the node and then runs every Pod that is bound to it: Jobs' Pods succeed at once. */
export async function startHollowNode(options: HollowNodeOptions): Promise<HollowNode> {
  const refusals: string[] = []
  const send = recording(client(options.kubeconfig), refusals)
  await register(send, options.name)
  const ending = new AbortController()
  const running = run(send, options.name, ending.signal)
  return {
    refusals,
    async stop() {
      ending.abort()
      await running
    },
  }
}

async function register(send: Send, name: string): Promise<void> {
  await send('POST', '/api/v1/nodes', {
    metadata: {
      name,
      labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux' },
      annotations: { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' },
    },
    status: nodeStatus('KubeletReady'),
  })
  const node = JSON.parse((await send('GET', `/api/v1/nodes/${name}`)).text) as Pod
  const owner = { apiVersion: 'v1', kind: 'Node', name, uid: node.metadata.uid }
  await send('POST', '/apis/storage.k8s.io/v1/csinodes', {
    metadata: { name, ownerReferences: [owner] },
    spec: { drivers: [] },
  })
  await send('POST', '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases', {
    metadata: { name, namespace: 'kube-node-lease', ownerReferences: [owner] },
    spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime: microTime() },
  })
  await send('POST', '/api/v1/namespaces/default/pods', {
    metadata: {
      name: `static-${name}`,
      namespace: 'default',
      annotations: { [mirror]: 'hash', 'kubernetes.io/config.hash': 'hash' },
      ownerReferences: [{ ...owner, controller: true }],
    },
    spec: { nodeName: name, containers: [{ name: 'main', image: 'example.com/static:1' }] },
  })
}

async function run(send: Send, name: string, signal: AbortSignal): Promise<void> {
  const hasToken = new Set<string>()
  for (let beat = 0; !signal.aborted; beat += 1) {
    if (beat % 10 === 0) await heartbeat(send, name)
    const { text } = await send('GET', `/api/v1/pods?fieldSelector=spec.nodeName%3D${name}`)
    const { items = [] } = JSON.parse(text) as { items?: readonly Pod[] }
    await Promise.all(items.map((pod) => tend(send, pod, hasToken)))
    await sleep(everyMs, undefined, { signal }).catch(() => undefined)
  }
}

async function heartbeat(send: Send, name: string): Promise<void> {
  const lease = `/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${name}`
  await send('PATCH', `/api/v1/nodes/${name}/status`, { status: nodeStatus('KubeletReady') })
  await send('PATCH', lease, { spec: { renewTime: microTime() } })
}

/** One step of one Pod: a token for it, running or done, or gone. */
async function tend(send: Send, pod: Pod, hasToken: Set<string>): Promise<void> {
  const { metadata, spec, status } = pod
  const path = `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`
  if (metadata.deletionTimestamp !== undefined) {
    const preconditions = { uid: metadata.uid }
    await send('DELETE', path, { gracePeriodSeconds: 0, preconditions })
    return
  }
  if (status.phase !== 'Pending') return
  if (!hasToken.has(metadata.uid) && metadata.annotations?.[mirror] === undefined) {
    hasToken.add(metadata.uid)
    const { namespace, name, uid } = metadata
    const account = spec.serviceAccountName ?? 'default'
    await send('POST', `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`, {
      spec: { boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid } },
    })
  }
  const isJob = metadata.labels?.['job-name'] !== undefined
  await send('PATCH', `${path}/status`, {
    metadata: { uid: metadata.uid },
    status: isJob ? succeeded : running,
  })
}

const running = {
  phase: 'Running',
  podIP: '10.2.0.1',
  podIPs: [{ ip: '10.2.0.1' }],
  startTime: '2026-01-01T00:00:00Z',
  conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }],
}

const succeeded = {
  phase: 'Succeeded',
  startTime: '2026-01-01T00:00:00Z',
  conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: '2026-01-01T00:00:00Z' }],
}

function nodeStatus(reason: string) {
  const capacity = { cpu: '8', memory: '16Gi', pods: '110' }
  const lastHeartbeatTime = new Date().toISOString().replace(/\.\d+Z$/, 'Z')
  const conditions = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'].map((type) => ({
    type,
    status: type === 'Ready' ? 'True' : 'False',
    reason,
    lastHeartbeatTime,
  }))
  return { capacity, allocatable: capacity, conditions }
}

function microTime(): string {
  return new Date().toISOString().replace('Z', '000Z')
}

function recording(send: Send, refusals: string[]): Send {
  return async (method, path, body) => {
    const answer = await send(method, path, body)
    if (answer.status >= 400 && answer.status !== 409 && answer.status !== 404) refusals.push(`${method} ${path}: ${answer.text}`)
    return answer
  }
}

interface Kubeconfig {
  readonly clusters: readonly { readonly cluster: Readonly<Record<string, string>> }[]
  readonly users: readonly { readonly user: Readonly<Record<string, string>> }[]
}

function client(kubeconfig: string): Send {
  const { clusters, users } = JSON.parse(readFileSync(kubeconfig, 'utf8')) as Kubeconfig
  const cluster = clusters[0]?.cluster ?? {}
  const user = users[0]?.user ?? {}
  const tls = {
    ca: decoded(cluster['certificate-authority-data']),
    cert: decoded(user['client-certificate-data']),
    key: decoded(user['client-key-data']),
  }
  return (method, path, body) => {
    const url = `${cluster['server']}${path}`
    if (body === undefined) return exchange({ method, url, tls })
    const kind = method === 'PATCH' ? 'strategic-merge-patch+json' : 'json'
    // Node gives a DELETE with a body no length by itself, and the server would not read it.
    const length = String(Buffer.byteLength(JSON.stringify(body)))
    const headers = { 'content-type': `application/${kind}`, 'content-length': length }
    return exchange({ method, url, tls, body, headers })
  }
}

function decoded(text = ''): string {
  return Buffer.from(text, 'base64').toString('utf8')
}
