import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { at, type Json, type JsonObject } from '../../src/core/manifest/json.ts'
import { connect, type Api } from '../../src/kubernetes/api.ts'
import { createCluster } from '../../src/kubernetes/cluster.ts'
import { startCluster, type Cluster } from '../cluster/cluster.ts'
import { goodPolicy, head } from '../core/policy/policies.ts'
import { openExceptionGate, type ExceptionGate } from './exception-gate.ts'
import { startHollowNode, startHollowScheduler, type Hollow } from './hollow-node.ts'

// The cluster of control-plane.slow.test.ts, where nothing but the built-in exceptions admits a write.

const fixtures = path.join(import.meta.dirname, 'fixtures', 'control-plane')
const patience = 60_000

export let gate: ExceptionGate
export let cluster: Cluster
let api: Api
const hollows: Hollow[] = []

/** Brings up the cluster; every write there goes through the gate. */
export async function openControlPlane(): Promise<void> {
  gate = await openExceptionGate({
    policy: goodPolicy(`${head}  mode: enforce\n`),
    trusted: ['admin'],
  })
  cluster = await startCluster({ externalWebhook: gate.webhook })
  api = connect({ kind: 'kubeconfig', files: [cluster.kubeconfigs['admin'] ?? ''] })
  gate.attach(createCluster(api))
  await withoutConditions()
}

/** The shipped registration leaves out what must not wait for us; here that is asked too. */
async function withoutConditions(): Promise<void> {
  const where = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/solewriter'
  const webhooks = (at(await get(where), 'webhooks') ?? []) as readonly Json[]
  const conditional = webhooks.filter((one) => at(one, 'matchConditions') !== undefined)
  const change = webhooks.map((one) => ({ ...(one as JsonObject), matchConditions: [] }))
  await kubectl(
    'patch',
    'validatingwebhookconfiguration/solewriter',
    '--type=merge',
    '-p',
    JSON.stringify({ webhooks: change }),
  )
  if (conditional.length === 0) return
  await until('every review is asked for', () => {
    return Promise.resolve(gate.used.has('kube-controller-manager-lease'))
  })
}

export async function closeControlPlane(): Promise<void> {
  await Promise.all(hollows.map((hollow) => hollow.stop()))
  await cluster.stop()
  api.close()
  await gate.stop()
}

export async function kubectl(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await cluster.kubectl('admin', args)
  assert.equal(code, 0, `kubectl ${args.join(' ')}: ${stderr}`)
  return stdout
}

export async function apply(text: string): Promise<void> {
  const { code, stderr } = await cluster.kubectl('admin', ['apply', '-f', '-'], { input: text })
  assert.equal(code, 0, stderr)
}

export const core = '/api/v1'
export const shop = `${core}/namespaces/shop`
export const apps = '/apis/apps/v1/namespaces/shop'

export async function get(where: string): Promise<Json | undefined> {
  const { status, body } = await api.send({ method: 'GET', path: where })
  return status === 200 ? body : undefined
}

/** Waits for the control plane; what it was refused meanwhile explains why it does not come. */
export async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + patience
  while (!(await holds().catch(() => false))) {
    const heard = gate.refused.join('\n')
    assert.ok(Date.now() < deadline, `in vain: ${what}\nrefused:\n${heard}`)
    await sleep(100)
  }
}

export function untilAt(where: string, field: string, value: Json): Promise<void> {
  return until(`${where} ${field} is ${JSON.stringify(value)}`, async () => {
    const found = await get(where)
    return found !== undefined && (at(found, ...field.split('.')) ?? null) === value
  })
}

export function untilGone(where: string): Promise<void> {
  return until(`${where} is gone`, async () => (await get(where)) === undefined)
}

export async function list(where: string): Promise<readonly Json[]> {
  return (at(await get(where), 'items') ?? []) as readonly Json[]
}

export function untilSome(
  where: string,
  holds: (item: Json) => boolean = () => true,
): Promise<void> {
  return until(`${where} has one`, async () => (await list(where)).some(holds))
}

export function untilNone(where: string): Promise<void> {
  return until(`${where} is empty`, async () => {
    const found = await get(where)
    return found !== undefined && (at(found, 'items') as readonly Json[]).length === 0
  })
}

export async function node(name: string, isReady = true): Promise<string> {
  const user = `system:node:${name}`
  const kubeconfig = await cluster.kubeconfig({ kind: 'user', user, groups: ['system:nodes'] })
  hollows.push(await startHollowNode({ kubeconfig, name, isReady }))
  return kubeconfig
}

/** The scheduler, and the node to which it binds. */
export async function startWorkers(): Promise<string> {
  const kubeconfig = await node('n1')
  const scheduler = { kind: 'user', user: 'system:kube-scheduler', groups: [] } as const
  hollows.unshift(startHollowScheduler(await cluster.kubeconfig(scheduler), 'n1'))
  return kubeconfig
}

/** Ends the kubelet that was started last. */
export async function loseNode(): Promise<void> {
  await hollows.pop()?.stop()
}

export function fixture(name: string): string {
  return readFileSync(path.join(fixtures, name), 'utf8')
}

export function evict(pod: string) {
  const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: pod } }
  return api.send({ method: 'POST', path: `${shop}/pods/${pod}/eviction`, body })
}
