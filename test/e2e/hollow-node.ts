import { setTimeout as sleep } from 'node:timers/promises'
import { clientOf, type Send } from './kubeconfig-client.ts'

// What kubelets and the scheduler say to the API server, without containers: the kinds of write that
// kubemark's hollow kubelet and kube-scheduler of this version were seen to send.

interface HollowNodeOptions {
  /** Of a certificate `system:node:<name>` in the group system:nodes. */
  readonly kubeconfig: string
  readonly name: string
  /** False: it never becomes ready. */
  readonly isReady?: boolean
}

export interface Hollow {
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
  readonly spec: {
    readonly nodeName?: string
    readonly nodeSelector?: Readonly<Record<string, string>>
    readonly serviceAccountName?: string
  }
  readonly status: { readonly phase: string }
}

const everyMs = 200
const mirror = 'kubernetes.io/config.mirror'
const started = '2026-01-01T00:00:00Z'

/** Registers the node, then runs every Pod that is bound to it; Pods of Jobs succeed at once. */
export async function startHollowNode(options: HollowNodeOptions): Promise<Hollow> {
  const { name, kubeconfig, isReady = true } = options
  const send = clientOf(kubeconfig)
  await register(send, name, isReady)
  const hasToken = new Set<string>()
  return repeat(async (beat) => {
    if (beat % 10 === 0) await heartbeat(send, name, isReady)
    const pods = await podsOf(send, `?fieldSelector=spec.nodeName%3D${name}`)
    await Promise.all(pods.map((pod) => tend(send, pod, hasToken)))
  })
}

/** Binds every Pod to the node of its nodeSelector or to the first; says of some that they wait. */
export function startHollowScheduler(kubeconfig: string, first: string): Hollow {
  const send = clientOf(kubeconfig)
  return repeat(async () => {
    const pods = await podsOf(send, '?fieldSelector=spec.nodeName%3D')
    const waiting = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    await Promise.all(waiting.map((pod) => bind(send, pod, first)))
  })
}

function repeat(step: (beat: number) => Promise<void>): Hollow {
  const ending = new AbortController()
  const run = async () => {
    for (let beat = 0; !ending.signal.aborted; beat += 1) {
      // The API server may be restarting.
      await step(beat).catch(() => undefined)
      await sleep(everyMs, undefined, { signal: ending.signal }).catch(() => undefined)
    }
  }
  const running = run()
  return {
    async stop() {
      ending.abort()
      await running
    },
  }
}

async function podsOf(send: Send, query: string): Promise<readonly Pod[]> {
  const { text } = await send('GET', `/api/v1/pods${query}`)
  return (JSON.parse(text) as { items?: readonly Pod[] }).items ?? []
}

async function bind(send: Send, { metadata, spec }: Pod, first: string): Promise<void> {
  const path = `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}`
  const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable' }
  if (metadata.labels?.['schedule'] === 'never') {
    await send('PATCH', `${path}/status`, { status: { conditions: [condition] } })
    return
  }
  const name = spec.nodeSelector?.['kubernetes.io/hostname'] ?? first
  await send('POST', `${path}/binding`, {
    metadata: { name: metadata.name, namespace: metadata.namespace, uid: metadata.uid },
    target: { kind: 'Node', name },
  })
}

async function register(send: Send, name: string, isReady: boolean): Promise<void> {
  await send('POST', '/api/v1/nodes', {
    metadata: {
      name,
      labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux' },
      annotations: { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' },
    },
    status: nodeStatus(isReady),
  })
  const node = JSON.parse((await send('GET', `/api/v1/nodes/${name}`)).text) as Pod
  const owner = { apiVersion: 'v1', kind: 'Node', name, uid: node.metadata.uid }
  await send('POST', '/apis/storage.k8s.io/v1/csinodes', {
    metadata: { name, ownerReferences: [owner] },
    spec: { drivers: [] },
  })
  await send('PATCH', `/apis/storage.k8s.io/v1/csinodes/${name}`, {
    spec: { drivers: [{ name: 'disks.example.com', nodeID: name, topologyKeys: null }] },
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
    spec: {
      nodeName: name,
      tolerations: [{ operator: 'Exists' }],
      containers: [{ name: 'main', image: 'example.com/static:1' }],
    },
  })
}

async function heartbeat(send: Send, name: string, isReady: boolean): Promise<void> {
  const lease = `/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/${name}`
  await send('PATCH', `/api/v1/nodes/${name}/status`, { status: nodeStatus(isReady) })
  await send('PATCH', lease, { spec: { renewTime: microTime() } })
}

/** One step of one Pod: a token for it, running or done, or gone. */
async function tend(send: Send, pod: Pod, hasToken: Set<string>): Promise<void> {
  const { metadata, spec, status } = pod
  const { namespace, name, uid } = metadata
  const path = `/api/v1/namespaces/${namespace}/pods/${name}`
  if (metadata.deletionTimestamp !== undefined) {
    await send('DELETE', path, { gracePeriodSeconds: 0, preconditions: { uid } })
    return
  }
  if (status.phase !== 'Pending') return
  if (!hasToken.has(uid) && metadata.annotations?.[mirror] === undefined) {
    hasToken.add(uid)
    const account = spec.serviceAccountName ?? 'default'
    await send('POST', `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`, {
      spec: { boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid } },
    })
  }
  const isOfJob = metadata.labels?.['job-name'] !== undefined
  await send('PATCH', `${path}/status`, { metadata: { uid }, status: podStatus(isOfJob) })
}

function podStatus(isDone: boolean) {
  return {
    phase: isDone ? 'Succeeded' : 'Running',
    podIP: '10.2.0.1',
    podIPs: [{ ip: '10.2.0.1' }],
    startTime: started,
    conditions: [{ type: 'Ready', status: isDone ? 'False' : 'True', lastTransitionTime: started }],
  }
}

function nodeStatus(isReady: boolean) {
  const capacity = { cpu: '8', memory: '16Gi', pods: '110' }
  const lastHeartbeatTime = new Date().toISOString().replace(/\.\d+Z$/, 'Z')
  const conditions = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'].map((type) => ({
    type,
    status: type === 'Ready' && isReady ? 'True' : 'False',
    reason: 'Hollow',
    lastHeartbeatTime,
  }))
  return { capacity, allocatable: capacity, conditions }
}

function microTime(): string {
  return new Date().toISOString().replace('Z', '000Z')
}
