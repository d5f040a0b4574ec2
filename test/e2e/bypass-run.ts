import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parse, stringify } from 'yaml'
import type { Reconciliation } from '../../src/core/audit/reconcile/result.ts'
import type { BypassFacts } from '../../src/core/breakglass/post-mortem-bypass-facts.ts'
import { bypassFactsIn } from '../../src/core/breakglass/post-mortem-bypass-facts.ts'
import { at, stringAt, type JsonObject } from '../../src/core/manifest/json.ts'
import { solewriter } from '../cli/process.ts'
import { startCluster, type Cluster } from '../cluster/cluster.ts'
import { layoutOf } from '../cluster/layout.ts'
import { create, manifest, remove } from './config-maps.ts'
import { eventually } from './eventually.ts'
import { makeFleet, type Fleet } from './fleet.ts'
import { requesterOf, type ApiRequest, type Requester } from './requester.ts'

// Writes of people, of a writer and of controllers, while the webhook configuration is away for some
// seconds and the controller, to which the API server sends its audit events, is killed.

const fixtures = path.join(import.meta.dirname, 'fixtures')
const deployments = '/apis/apps/v1/namespaces/zoo/deployments'
const webhooks = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations'
export const postMortems = '/apis/solewriter.dev/v1alpha1/postmortems'
const eachPhase = 30

type Who = 'alice' | 'ci'

export interface BypassGround {
  readonly cluster: Cluster
  readonly users: Readonly<Record<Who | 'admin' | 'bob', Requester>>
  /** RFC 3339. */
  readonly times: Readonly<Record<'begun' | 'away' | 'back', string>>
  /** Names of ConfigMaps that were stored while the configuration was away, by who stored them. */
  readonly stored: Readonly<Record<Who, ReadonlySet<string>>>
  /** Sends it all again, as an API server does that has heard of no answer. */
  resend(): Promise<number>
  /** Of those that are about what happened since `begun`. */
  found(): Promise<readonly Found[]>
  /** Lines of the file sink. */
  events(): readonly JsonObject[]
  reconcile(...args: readonly string[]): Compared
  metrics(): Promise<string>
  end(): Promise<void>
}

export interface Found extends BypassFacts {
  readonly name: string
  readonly object: JsonObject
}

interface Compared extends Reconciliation {
  readonly raised: readonly { readonly postMortem: string; readonly added: number }[] | null
}

export async function startBypassGround(): Promise<BypassGround> {
  const dir = mkdtempSync(path.join(tmpdir(), 'solewriter-bypass-'))
  const told = path.join(dir, 'events.jsonl')
  const policy = path.join(dir, 'policy.yaml')
  writeFileSync(policy, withSink(told))
  const names = Array.from({ length: 3 * eachPhase }, (_, i) => `w${i}`)
  const fleet = await makeFleet({ 'maps.yaml': names.map((name) => manifest(name)).join('---\n') })
  const cluster = await startCluster({
    with: ['webhook'],
    setup: [path.join(fixtures, 'writers.yaml')],
    policy,
    repositories: { fleet: fleet.directory },
    isAuditSent: true,
  })
  const requester = (user: string) => requesterOf(cluster.kubeconfigs[user] ?? '')
  const users = {
    alice: requester('alice'),
    bob: requester('bob'),
    ci: requester('ci'),
    admin: requester('admin'),
  }
  const sender = requesterOf(path.join(layoutOf(cluster.dir).config, 'audit-webhook.kubeconfig'))
  const end = async () => {
    for (const user of [...Object.values(users), sender]) user.close()
    await cluster.stop()
    fleet.remove()
    rmSync(dir, { recursive: true })
  }
  try {
    const stage: Stage = { cluster, users, fleet, names }
    const { times, stored } = await goThrough(stage)
    return {
      cluster,
      users,
      times,
      stored,
      end,
      found: () => foundSince(users.admin, times.begun),
      events: () => (existsSync(told) ? linesOf(told) : []),
      resend: () => resend(cluster, sender, times.begun),
      reconcile: (...args) => reconcile(cluster, policy, args),
      metrics: async () => {
        const answer = await fetch(cluster.webhook?.controllerMetrics ?? '')
        return answer.text()
      },
    }
  } catch (error) {
    await end()
    throw error
  }
}

interface Stage {
  readonly cluster: Cluster
  readonly users: BypassGround['users']
  readonly fleet: Fleet
  readonly names: readonly string[]
}

function withSink(file: string): string {
  const text = readFileSync(path.join(fixtures, 'declared-policy.yaml'), 'utf8')
  const policy = parse(text) as { spec: object }
  const sinks = [{ name: 'told', kind: 'file', path: file, mandatory: true }]
  return stringify({ ...policy, spec: { ...policy.spec, breakGlass: { sinks } } })
}

async function goThrough(stage: Stage): Promise<Pick<BypassGround, 'times' | 'stored'>> {
  const { users, cluster, names, fleet } = stage
  const commit = await fleet.git(['rev-parse', 'main'])
  const phase = (n: number) => names.slice(n * eachPhase, (n + 1) * eachPhase)
  // Post-mortems have whole seconds: what was set up is of another one.
  await sleep(1_100)
  const begun = now()
  const before = await work(stage, commit, phase(0))
  assert.deepEqual([before.alice.size, before.ci.size], [0, eachPhase])
  const away = now()
  const restore = await takeAway(stage)
  const [stored] = await Promise.all([
    work(stage, commit, phase(1), 300),
    sleep(2_000).then(async () => {
      for (const _time of ['once', 'again']) {
        await cluster.kill('controller', 'SIGKILL')
        await sleep(Math.random() * 1_000)
        await cluster.start('controller')
        await sleep(Math.random() * 2_000)
      }
    }),
  ])
  await trick(stage)
  await restore()
  const back = now()
  const after = await work(stage, commit, phase(2))
  assert.deepEqual([after.alice.size, after.ci.size], [0, eachPhase])
  assert.equal((await users.alice(remove('w0'))).status, 403)
  return { times: { begun, away, back }, stored }
}

/** Each name twice, by a writer who is admitted and a person who is not; now and then dry. */
async function work(
  { users }: Stage,
  commit: string,
  names: readonly string[],
  pauseMs = 0,
): Promise<Record<Who, Set<string>>> {
  const stored = { alice: new Set<string>(), ci: new Set<string>() }
  const write = async (who: Who, name: string, request: ApiRequest) => {
    const { status } = await users[who](request)
    if (status < 300) stored[who].add(name)
  }
  for (const name of names) {
    await write('ci', name, create(name, { commit }))
    await write('alice', `h${name}`, create(`h${name}`, {}))
    await users.alice(create(`dry${name}`, {}, '?dryRun=All'))
    await sleep(pauseMs)
  }
  return stored
}

/** What could be overlooked, and what controllers do. */
async function trick({ users }: Stage): Promise<void> {
  const options = { apiVersion: 'v1', kind: 'DeleteOptions' }
  const { method, path: place } = remove('stray')
  const gone = await users.alice({ method, path: `${place}?dryRun=All`, body: options })
  assert.equal(gone.status, 200, gone.text)
  const headers = { 'impersonate-user': 'system:serviceaccount:ci:deployer' }
  const borrowed = await users.admin({ ...create('borrowed', {}), headers })
  assert.equal(borrowed.status, 201, borrowed.text)
  const scale = { spec: { replicas: 1 } }
  const type = 'application/merge-patch+json'
  const patched = await users.alice({
    method: 'PATCH',
    path: `${deployments}/web`,
    body: scale,
    type,
  })
  assert.equal(patched.status, 200, patched.text)
  await eventually('a controller has made its Pod', async () => {
    const { json } = await users.admin({ method: 'GET', path: '/api/v1/namespaces/zoo/pods' })
    return (json['items'] as readonly unknown[]).length > 0
  })
}

async function takeAway({ users: { admin } }: Stage): Promise<() => Promise<void>> {
  const place = `${webhooks}/solewriter`
  const { json } = await admin({ method: 'GET', path: place })
  await admin({ method: 'DELETE', path: place })
  await eventually('nobody is asked', async () => {
    const { status } = await admin(create('asked', {}, '?dryRun=All'))
    return status === 201
  })
  return async () => {
    const body = { ...json, metadata: { name: 'solewriter' } }
    const { status, text } = await admin({ method: 'POST', path: webhooks, body })
    assert.equal(status, 201, text)
    await eventually('we are asked again', async () => {
      const { status: asked } = await admin(create('asked', {}, '?dryRun=All'))
      return asked === 403
    })
  }
}

async function foundSince(admin: Requester, begun: string): Promise<readonly Found[]> {
  const { json } = await admin({ method: 'GET', path: postMortems })
  return (json['items'] as readonly JsonObject[]).flatMap((object) => {
    const facts = bypassFactsIn(object)
    if (facts === null) return []
    // What was set up before there was a webhook is another matter.
    const writes = facts.writes.filter(({ time }) => time >= begun.slice(0, 19))
    const name = stringAt(object, 'metadata', 'name') ?? ''
    return writes.length === 0 ? [] : [{ ...facts, writes, name, object }]
  })
}

async function resend(cluster: Cluster, sender: Requester, since: string): Promise<number> {
  const items = linesOf(cluster.auditLog).filter(
    (event) =>
      at(event, 'verb') !== 'get' && (stringAt(event, 'requestReceivedTimestamp') ?? '') >= since,
  )
  const body = { kind: 'EventList', apiVersion: 'audit.k8s.io/v1', items }
  const { status } = await sender({ method: 'POST', path: '', body })
  return status
}

function linesOf(file: string): readonly JsonObject[] {
  const text = readFileSync(file, 'utf8')
  const whole = text.slice(0, text.lastIndexOf('\n') + 1).split('\n')
  return whole.filter((line) => line !== '').map((line) => JSON.parse(line) as JsonObject)
}

function reconcile(cluster: Cluster, policy: string, args: readonly string[]): Compared {
  const log = ['--apiserver-log', cluster.auditLog, '--policy', policy, '-o', 'json']
  const all = ['audit', 'reconcile', cluster.webhook?.records ?? '', ...log, ...args]
  const { stdout, stderr } = solewriter(all, { maxBuffer: 256 * 1024 * 1024 })
  assert.notEqual(stdout, '', stderr)
  return JSON.parse(stdout) as Compared
}

function now(): string {
  return new Date().toISOString()
}
