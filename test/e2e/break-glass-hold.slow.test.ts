import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { grants, patch, startGround, type Ground, type Wanted } from './break-glass-ground.ts'
import { eventually } from './eventually.ts'
import { makeFleet, type Fleet } from './fleet.ts'
import { readRecords } from './records.ts'
import { assertRefused, assertTaken } from './refusals.ts'
import type { ApiRequest, Requester } from './requester.ts'

// Automation that puts back what an SRE has changed: it waits, until Git has something to say.

const web = '/apis/apps/v1/namespaces/web/deployments/web'
const settings = '/api/v1/namespaces/web/configmaps/settings'

const deployment = (replicas: number) => `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: web}
spec:
  replicas: ${replicas}
  paused: true
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: main, image: 'example.com/a:1'}]}
`
const configMap = (value: string) => `apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: web}
data: {value: "${value}"}
`

let fleet: Fleet
let ground: Ground
let alice: Requester
let ci: Requester

before(async () => {
  fleet = await makeFleet({ 'web.yaml': deployment(1), 'settings.yaml': configMap('one') })
  ground = await startGround({ fleet: fleet.directory })
  ;[alice, ci] = [ground.as('alice'), ground.as('ci')]
  const commit = await head()
  assertTaken(await ci(applyWeb(1, commit)), 201)
  assertTaken(await ci(applySettings('one', commit)), 201)
})

after(async () => {
  await ground.end()
  fleet.remove()
})

async function head(): Promise<string> {
  return fleet.git(['rev-parse', 'main'])
}

/** What ci does with a commit: a server-side apply of the manifest, with where it comes from. */
function apply(path: string, object: object, query = ''): ApiRequest {
  const where = `${path}?fieldManager=ci&force=true${query}`
  return { method: 'PATCH', path: where, body: object, type: 'application/apply-patch+yaml' }
}

const marks = (name: string, commit: string) => ({
  name,
  annotations: { 'solewriter.dev/repo': 'fleet', 'solewriter.dev/commit': commit },
})

function applyWeb(replicas: number, commit: string, query = ''): ApiRequest {
  const labels = { app: 'web' }
  const containers = [{ name: 'main', image: 'example.com/a:1' }]
  const template = { metadata: { labels }, spec: { containers } }
  const spec = { replicas, paused: true, selector: { matchLabels: labels }, template }
  return apply(
    web,
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata: marks('web', commit), spec },
    query,
  )
}

function applySettings(value: string, commit: string, query = ''): ApiRequest {
  const metadata = marks('settings', commit)
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { value } }
  return apply(settings, object, query)
}

const row = { namespaces: ['web'], fields: ['*'] }
const all: Wanted['details'] = [
  {
    ...row,
    apiGroups: ['apps'],
    resources: ['deployments', 'deployments/scale'],
    operations: ['UPDATE'],
  },
  { ...row, apiGroups: [''], resources: ['configmaps'], operations: ['UPDATE'] },
  { namespaces: ['web'], apiGroups: [''], resources: ['configmaps'], operations: ['DELETE'] },
]

interface Hold {
  readonly use: number
  readonly by: string
  readonly commit: string
  readonly at: string
  readonly until: string
}

async function holdsOf(grant: string): Promise<readonly Hold[]> {
  const { json } = await ground.as('admin')({ method: 'GET', path: `${grants}/${grant}` })
  return (json['status'] as { holds?: readonly Hold[] }).holds ?? []
}

async function replicas(): Promise<unknown> {
  const { json } = await alice({ method: 'GET', path: web })
  return (json['spec'] as { replicas: unknown }).replicas
}

async function revoke(grant: string): Promise<void> {
  const revoked = { by: 'alice', reason: 'this is over' }
  assertTaken(await alice(patch(`${grants}/${grant}`, { spec: { revoked } })))
}

/** What passes before a watch has seen the use must leave nothing behind. */
const dryRun = '&dryRun=All'

/** On each replica, whatever its watch has seen so far. */
async function isHeld(request: ApiRequest): Promise<boolean> {
  const answers = await Promise.all(Array.from({ length: 12 }, () => ci(request)))
  return answers.every(({ json }) => json.message?.includes('[ReconcileHeld]') === true)
}

/** A replica that learns of a commit only after it has stored a use takes that commit for newer. */
async function everyReplicaHasFetched(): Promise<void> {
  // Ages are told in whole seconds.
  const since = Date.now() + 1000
  const replicas = ground.cluster.webhook?.replicas ?? []
  await eventually('every replica has fetched', async () => {
    const times = await Promise.all(replicas.map(({ metrics }) => fetchedAt(metrics)))
    return times.every((time) => time > since)
  })
}

async function fetchedAt(metrics: string): Promise<number> {
  const text = await (await fetch(metrics)).text()
  const [, age] = /mirror_age_seconds\{repository="fleet"\} (\S+)/.exec(text) ?? []
  return Date.now() - Number(age) * 1000
}

test('what alice has scaled stays, until a commit says something else', async () => {
  const grant = await ground.activate({ details: all })
  assertTaken(await alice(patch(`${web}/scale`, { spec: { replicas: 5 } })))
  const first = await head()
  await eventually('every replica holds', () => isHeld(applyWeb(1, first, dryRun)))
  assert.deepEqual(await holdsOf(grant), [], 'a dry run leaves nothing behind')

  const refusal = assertRefused(await ci(applyWeb(1, first)), 'ReconcileHeld')
  assert.match(refusal.why, new RegExp(`break-glass ${grant} .*held back for (29m|30m 0s)`))
  await eventually('the grant says who was held', async () => (await holdsOf(grant)).length === 1)
  const [hold] = await holdsOf(grant)
  assert.deepEqual([hold?.use, hold?.by, hold?.commit], [1, 'ci', `fleet@${first}`])
  const [denial] = readRecords(ground.cluster).filter((one) => one.reason === 'ReconcileHeld')
  assert.equal(denial?.rule, 'ci')

  // Somebody else's commit changes nothing of it.
  const second = await fleet.commit({ 'settings.yaml': configMap('two') })
  assertTaken(await ci(applySettings('two', second)))
  assertRefused(await ci(applyWeb(1, second)), 'ReconcileHeld')
  assert.equal(await replicas(), 5)

  const third = await fleet.commit({ 'web.yaml': deployment(4) })
  assertTaken(await ci(applyWeb(4, third)))
  assert.equal(await replicas(), 4)
  await revoke(grant)
})

test('a commit with the trailer, or a revocation, lets the old value come back', async () => {
  const grant = await ground.activate({ details: all })
  const before = await head()
  await everyReplicaHasFetched()
  assertTaken(await alice(patch(web, { spec: { replicas: 6 } })))
  await eventually('every replica holds', () => isHeld(applyWeb(4, before, dryRun)))
  const tree = await fleet.git(['rev-parse', 'main^{tree}'])
  const message = `Keep four\n\nBreak-Glass-Resolves: ${grant}\n`
  const resolving = await fleet.git(['commit-tree', '-p', before, tree], message)
  await fleet.git(['update-ref', 'refs/heads/main', resolving])
  assertTaken(await ci(applyWeb(4, resolving)))
  assert.equal(await replicas(), 4)

  await everyReplicaHasFetched()
  assertTaken(await alice(patch(web, { spec: { replicas: 7 } })))
  await eventually('every replica holds', () => isHeld(applyWeb(4, resolving, dryRun)))
  await revoke(grant)
  assertTaken(await ci(applyWeb(4, resolving)))
  assert.equal(await replicas(), 4)
})

test('what alice has deleted is not made anew while Git says the same', async () => {
  const grant = await ground.activate({ details: all })
  const commit = await head()
  await everyReplicaHasFetched()
  assertTaken(await alice({ method: 'DELETE', path: settings }))
  await eventually('every replica holds', () => isHeld(applySettings('two', commit, dryRun)))
  assert.equal((await alice({ method: 'GET', path: settings })).status, 404)
  await revoke(grant)
  assertTaken(await ci(applySettings('two', commit)), 201)
})
