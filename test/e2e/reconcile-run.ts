import assert from 'node:assert/strict'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { solewriter, type Ended } from '../cli/process.ts'
import { startCluster, type Cluster } from '../cluster/cluster.ts'
import { claimed, configMaps, create, manifest, remove } from './config-maps.ts'
import { eventually } from './eventually.ts'
import { makeFleet, type Fleet } from './fleet.ts'
import { app, by, inThree, template } from './reconcile-objects.ts'
import { readRecords, type ChainedRecord } from './records.ts'
import { requesterOf, type ApiAnswer, type ApiRequest, type Requester } from './requester.ts'

// Writes of people, of a writer and of controllers on a real cluster, while replicas are killed and
// the webhook configuration is away for some seconds. What the answers and the objects show is told
// apart from what `audit reconcile` finds.

const workers = 6
const replicas = ['serve-0', 'serve-1', 'serve-2']
export const inOneCollection = ['t0', 't1', 't2', 't3', 't4']
/** Values that nobody but the API server may keep. */
export const canary = 'canary-5c20'
/** An id that a client gives to several requests, longer than what is kept of it. */
const chosenId = 'chosen'.repeat(50)

export interface RunOptions {
  readonly writes: number
  /** How long the configuration is away. */
  readonly awayMs: number
}

export interface Ran {
  readonly cluster: Cluster
  /** Where writes began, the configuration went away, was back, and all had ended; RFC 3339. */
  readonly times: Readonly<Record<'begun' | 'away' | 'back' | 'ended', string>>
  /** Names of ConfigMaps that were stored, by who stored them. */
  readonly stored: Readonly<Record<Who, ReadonlySet<string>>>
  /** What controllers made, by name. */
  readonly made: Readonly<Record<'replicasets' | 'pods', readonly string[]>>
  readonly records: readonly ChainedRecord[]
  /** Requests that a person and the writer have sent so as to change something. */
  readonly attempts: number
  /** Replicas that were killed, in order. */
  readonly killed: readonly string[]
  reconcile(format: 'json' | 'text', ...args: readonly string[]): Ended
  stop(): Promise<void>
}

type Who = 'alice' | 'ci'

const policy = path.join(import.meta.dirname, 'fixtures', 'declared-policy.yaml')
const deployments = '/apis/apps/v1/namespaces/zoo/deployments'
const templates = '/api/v1/namespaces/zoo/podtemplates'
const pods = '/api/v1/namespaces/zoo/pods'
const webhooks = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations'

export async function runWrites({ writes, awayMs }: RunOptions): Promise<Ran> {
  const names = Array.from({ length: writes }, (_, i) => `w${i}`)
  const apps = Array.from({ length: Math.ceil(writes / 100) }, (_, i) => `app${i}`)
  const fleet = await makeFleet({
    'maps.yaml': ['contended', ...names].map((name) => manifest(name)).join('---\n'),
    'templates.yaml': inOneCollection.map((name) => JSON.stringify(template(name))).join('\n---\n'),
    'apps.yaml': apps.map((name) => JSON.stringify(app(name))).join('\n---\n'),
  })
  const commit = await fleet.git(['rev-parse', 'main'])
  const cluster = await startCluster({
    with: ['webhook'],
    replicas: 3,
    setup: [path.join(import.meta.dirname, 'fixtures', 'writers.yaml')],
    policy,
    repositories: { fleet: fleet.directory },
  })
  const users = {
    alice: requesterOf(cluster.kubeconfigs['alice'] ?? ''),
    ci: requesterOf(cluster.kubeconfigs['ci'] ?? ''),
    admin: requesterOf(cluster.kubeconfigs['admin'] ?? ''),
  }
  const ground: Ground = {
    cluster,
    fleet,
    commit,
    users,
    stored: { alice: new Set(), ci: new Set() },
    killed: [],
    counts: { attempts: 0 },
  }
  try {
    const times = await goThrough(ground, { names, apps, awayMs })
    return {
      cluster,
      times,
      stored: ground.stored,
      made: {
        replicasets: await namesOf(users.admin, '/apis/apps/v1/namespaces/zoo/replicasets'),
        pods: await namesOf(users.admin, pods),
      },
      records: readRecords(cluster),
      attempts: ground.counts.attempts,
      killed: ground.killed,
      reconcile: (format, ...args) => reconcile(cluster, format, args),
      stop: () => stop(ground),
    }
  } catch (error) {
    await stop(ground)
    throw error
  }
}

interface Ground {
  readonly cluster: Cluster
  readonly fleet: Fleet
  readonly commit: string
  readonly users: Readonly<Record<Who | 'admin', Requester>>
  readonly stored: Readonly<Record<Who, Set<string>>>
  readonly killed: string[]
  readonly counts: { attempts: number }
}

async function stop({ cluster, fleet, users }: Ground): Promise<void> {
  for (const user of Object.values(users)) user.close()
  await cluster.stop()
  fleet.remove()
}

interface Work {
  readonly names: readonly string[]
  readonly apps: readonly string[]
  readonly awayMs: number
}

async function goThrough(ground: Ground, { names, apps, awayMs }: Work): Promise<Ran['times']> {
  const { users, commit } = ground
  const taken = await users.ci(create('contended', { commit }))
  assert.equal(taken.status, 201, taken.text)
  const begun = now()
  await removeCollection(ground)
  const [before, during, after] = inThree(names)
  const [some, others, rest] = inThree(apps)
  await whileSomeDie(ground, [work(ground, before, some), contend(ground)])
  const away = now()
  const restore = await takeAway(ground)
  await work(ground, during, others, (awayMs * workers) / during.length)
  await trick(ground)
  await restore()
  const back = now()
  await whileSomeDie(ground, [work(ground, after, rest), contend(ground)])
  return { begun, away, back, ended: await settled(ground) }
}

/** Any one of three, again and again, as soon as the one before is back. */
async function whileSomeDie(
  { cluster, killed }: Ground,
  works: readonly Promise<void>[],
): Promise<void> {
  let isOver = false
  const all = Promise.all(works).finally(() => {
    isOver = true
  })
  const killing = async (): Promise<void> => {
    do {
      await sleep(100 + Math.random() * 600)
      const one = replicas[Math.floor(Math.random() * replicas.length)] ?? ''
      await cluster.kill(one, 'SIGKILL')
      killed.push(one)
      await cluster.start(one)
    } while (!isOver)
  }
  await Promise.all([all, killing()])
}

/** What Git declares no more, in one request. */
async function removeCollection({ users: { ci }, fleet, commit }: Ground): Promise<void> {
  for (const name of inOneCollection) {
    const { status, text } = await ci({
      method: 'POST',
      path: templates,
      body: by(commit, template(name)),
    })
    assert.equal(status, 201, text)
  }
  await fleet.commit({ 'templates.yaml': null })
  const removal = { method: 'DELETE', path: templates }
  await eventually('the collection is gone', async () => (await ci(removal)).status === 200)
}

/** Each name twice, by a writer who is admitted and a person who is not; now and then dry. */
async function work(
  ground: Ground,
  names: readonly string[],
  apps: readonly string[],
  pauseMs = 0,
): Promise<void> {
  const { users, commit, stored } = ground
  const left = [...names]
  const write = async (who: Who, name: string, request: ApiRequest): Promise<void> => {
    ground.counts.attempts += 1
    const { status } = await users[who](request)
    if (status < 300) stored[who].add(name)
  }
  const worker = async (): Promise<void> => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) {
      await write('ci', name, create(name, { commit }))
      const byHand = `h${name}`
      await write('alice', byHand, create(byHand, {}))
      await users.alice(create(`dry${name}`, {}, '?dryRun=All'))
      await sleep(pauseMs)
    }
  }
  const deploy = async (): Promise<void> => {
    for (const name of apps) {
      await users.ci({ method: 'POST', path: deployments, body: by(commit, app(name)) })
    }
  }
  await Promise.all([...Array.from({ length: workers }, worker), deploy()])
}

/** So that the API server asks again about some of them. */
async function contend({ users, commit }: Ground): Promise<void> {
  const type = 'application/merge-patch+json'
  const patch = (value: string): Promise<ApiAnswer> => {
    const body = claimed('contended', { commit }, value)
    return users.ci({ method: 'PATCH', path: `${configMaps}/contended`, body, type })
  }
  await Promise.all(Array.from({ length: 30 }, (_, i) => patch(`${i}-${now()}`)))
}

/** What could be overlooked: a removal that says it is a dry run, one id for many, a borrowed name. */
async function trick({ users, stored }: Ground): Promise<void> {
  const body = { apiVersion: 'v1', kind: 'DeleteOptions' }
  const { method, path: place } = remove('stray')
  const gone = await users.alice({ method, path: `${place}?dryRun=All`, body })
  assert.equal(gone.status, 200, gone.text)
  const again = await users.alice({ method: 'GET', path: place })
  assert.equal(again.status, 404, 'the URL of a removal counts after all')
  for (const name of ['twin', 'other-twin']) {
    const twin = await users.alice({ ...create(name, {}), headers: { 'audit-id': chosenId } })
    assert.equal(twin.status, 201, twin.text)
    stored.alice.add(name)
  }
  const command = `command=sh&command=-c&command=echo%20${canary}`
  const agent = { 'user-agent': canary }
  await users.alice({ method: 'POST', path: `${pods}/none/exec?${command}`, headers: agent })
  const values = { metadata: { name: 'values' }, stringData: { password: canary } }
  const secret = { method: 'POST', path: '/api/v1/namespaces/zoo/secrets', body: values }
  await users.alice({ ...secret, headers: agent })
  const headers = { 'impersonate-user': 'system:serviceaccount:ci:deployer' }
  const borrowed = await users.admin({ ...create('borrowed', {}), headers })
  assert.equal(borrowed.status, 201, borrowed.text)
}

async function takeAway({ users: { admin } }: Ground): Promise<() => Promise<void>> {
  const place = `${webhooks}/solewriter`
  const { json } = await admin({ method: 'GET', path: place })
  const { webhooks: entries } = json
  await admin({ method: 'DELETE', path: place })
  return async () => {
    const body = { ...json, metadata: { name: 'solewriter' }, webhooks: entries }
    const { status, text } = await admin({ method: 'POST', path: webhooks, body })
    assert.equal(status, 201, text)
    await eventually('we are asked again', async () => {
      const { status: asked } = await admin(create('asked', {}, '?dryRun=All'))
      return asked === 403
    })
  }
}

/** When controllers have made all Pods, and the last denial is recorded. */
async function settled({ users: { admin }, cluster }: Ground): Promise<string> {
  await eventually('Pods are there', async () => {
    const [wanted, there] = await Promise.all([deployments, pods].map((all) => namesOf(admin, all)))
    // The one of the fixture has none.
    return there !== undefined && wanted !== undefined && there.length >= wanted.length - 1
  })
  let count = -1
  await eventually('records stay as many', () => {
    const before = count
    count = readRecords(cluster).length
    return before === count
  })
  return now()
}

async function namesOf(user: Requester, collection: string): Promise<readonly string[]> {
  const { json } = await user({ method: 'GET', path: collection })
  const items = json['items'] as readonly { readonly metadata: { readonly name: string } }[]
  return items.map(({ metadata }) => metadata.name)
}

function reconcile(cluster: Cluster, format: string, args: readonly string[]): Ended {
  const log = ['--apiserver-log', cluster.auditLog, '--policy', policy]
  const all = ['audit', 'reconcile', cluster.webhook?.records ?? '', ...log, '-o', format, ...args]
  return solewriter(all, { maxBuffer: 256 * 1024 * 1024 })
}

function now(): string {
  return new Date().toISOString()
}
