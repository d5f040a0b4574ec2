import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { createClusterLists } from '../../src/cli/console/cluster-lists.ts'
import { RecordIndex } from '../../src/cli/console/record-index.ts'
import { RecordSearch } from '../../src/cli/console/record-search.ts'
import { connect } from '../../src/kubernetes/api.ts'
import { startConsole } from '../cli/console/ground.ts'
import { layoutOf } from '../cluster/layout.ts'
import { solewriter } from '../cli/process.ts'
import { creationOf, grants, patch, postMortems, startGround } from './break-glass-ground.ts'
import type { Ground } from './break-glass-ground.ts'
import { eventually } from './eventually.ts'
import { filesBelow } from './files-below.ts'
import { makeFleet, type Fleet } from './fleet.ts'
import { readRecords } from './records.ts'
import { assertRefused, assertTaken } from './refusals.ts'
import type { ApiRequest, Requester } from './requester.ts'

// A secret in objects, tokens, arguments and URLs, by everybody who may say it. Nothing that we write,
// tell or show holds it.

const canary = `canary${randomBytes(12).toString('hex')}`
const dir = mkdtempSync(path.join(tmpdir(), 'solewriter-canary-'))
const eventsFile = path.join(dir, 'events.jsonl')
const web = '/api/v1/namespaces/web'

let fleet: Fleet
let ground: Ground
let alice: Requester
let ci: Requester
let grant: string

before(async () => {
  fleet = await makeFleet({ 'secret.yaml': declaredSecret(canary) })
  const sinks = [{ name: 'events', kind: 'file', path: eventsFile }]
  ground = await startGround({ fleet: fleet.directory, breakGlass: { sinks } })
  ;[alice, ci] = [ground.as('alice'), ground.as('ci')]
  await plant()
})

after(async () => {
  await ground.end()
  fleet.remove()
  rmSync(dir, { recursive: true })
})

function declaredSecret(value: string): string {
  return `apiVersion: v1
kind: Secret
metadata: {name: declared, namespace: web}
stringData: {password: "${value}"}
`
}

function secretBy(commit: string, value: string): ApiRequest {
  const annotations = { 'solewriter.dev/repo': 'fleet', 'solewriter.dev/commit': commit }
  const metadata = { name: 'declared', annotations }
  const body = { apiVersion: 'v1', kind: 'Secret', metadata, stringData: { password: value } }
  const target = `${web}/secrets/declared?fieldManager=ci&force=true`
  return { method: 'PATCH', path: target, body, type: 'application/apply-patch+yaml' }
}

const pod = (name: string) => ({
  metadata: { name, annotations: { 'kubectl.kubernetes.io/last-applied-configuration': canary } },
  spec: {
    containers: [
      {
        name: 'main',
        image: 'example.com/a:1',
        args: ['--password', canary],
        env: [{ name: 'PASSWORD', value: canary }],
      },
    ],
  },
})

async function plant(): Promise<void> {
  const commit = await fleet.git(['rev-parse', 'main'])
  assertTaken(await ci(secretBy(commit, canary)), 201)
  assertRefused(await ci(secretBy(commit, `other ${canary}`)), 'ContentMismatch')
  await writeAs('refused', false)

  const everything = { namespaces: ['web'], apiGroups: [''], fields: ['*'] }
  const operations = ['CREATE', 'UPDATE'] as const
  const connect = ['pods/exec', 'services/proxy']
  grant = await ground.activate({
    details: [
      { ...everything, resources: ['secrets', 'pods'], operations: [...operations] },
      { namespaces: ['web'], apiGroups: [''], resources: connect, operations: ['CONNECT'] },
    ],
  })
  await writeAs('written', true)
  const change = { stringData: { password: `${canary} again` } }
  assertTaken(await alice(patch(`${web}/secrets/written`, change)))
  const token = ground.token({
    details: [{ ...everything, resources: ['secrets'], operations: [...operations] }],
  })
  const forged = creationOf(token.grant, `${token.text}${canary}`)
  assertRefused(await alice(forged), 'TokenRefused')
}

async function writeAs(name: string, isTaken: boolean): Promise<void> {
  const secret = { metadata: { name }, stringData: { password: canary } }
  const writes = [
    { method: 'POST', path: `${web}/secrets`, body: secret },
    { method: 'POST', path: `${web}/pods`, body: pod(name) },
  ]
  for (const write of writes) {
    const answer = await alice(write)
    if (isTaken) assertTaken(answer, 201)
    else assertRefused(answer, 'HumanWrite')
  }
  const query = `command=sh&command=-c&command=echo%20${canary}&stdout=true`
  const connections = [
    `${web}/pods/${name}/exec?${query}`,
    `${web}/services/none:80/proxy/${canary}?token=${canary}`,
  ]
  for (const target of connections) {
    const { text } = await alice({ method: 'POST', path: target })
    assert.equal(text.includes('[HumanWrite]'), !isTaken, text)
  }
}

/** As it is, and as base64 has it wherever it begins. */
const forms = [canary, ...[0, 1, 2].map((before) => base64Of(before))]

function base64Of(before: number): string {
  const text = Buffer.from(`${'x'.repeat(before)}${canary}`).toString('base64')
  return text.slice(Math.ceil((before * 8) / 6) + 1, -4)
}

function assertNone(outputs: ReadonlyMap<string, string>): void {
  for (const [name, text] of outputs) {
    const found = forms.find((form) => text.includes(form))
    assert.equal(found, undefined, `${name} holds the canary`)
  }
}

async function listed(target: string): Promise<string> {
  const answer = await ground.as('admin')({ method: 'GET', path: target })
  assert.equal(answer.status, 200, answer.text)
  return answer.text
}

test('the canary is found where it has to be', async () => {
  const text = await listed(`${web}/secrets/written`)
  assert.ok(forms.some((form) => text.includes(form)))
  assert.ok(readFileSync(ground.cluster.auditLog, 'utf8').includes(canary))
})

function admitted(): number {
  const text = existsSync(eventsFile) ? readFileSync(eventsFile, 'utf8') : ''
  return text.split('"dev.solewriter.breakglass.use.admitted.v1"').length - 1
}

test('no record, log, metric, event or object of ours holds it', async () => {
  const { length } = (await ground.grant(grant)).status?.uses ?? []
  assert.equal(length, 5)
  await eventually('all uses are told', () => Promise.resolve(admitted() === length))
  const { records, logs } = layoutOf(ground.cluster.dir)
  const own = filesBelow(logs).filter(({ file }) => /(?:serve-\d|\/controller)[^/]*$/.test(file))
  assert.ok(own.length > 3, own.map(({ file }) => file).join(' '))
  const files = [...own, ...filesBelow(records), ...filesBelow(dir)]
  const replicas = ground.cluster.webhook?.replicas ?? []
  const metrics = await Promise.all(
    replicas.map(async ({ metrics: url }) => [url, await (await fetch(url)).text()] as const),
  )
  const objects = [grants, postMortems, '/api/v1/events', '/apis/events.k8s.io/v1/events']
  const lists = await Promise.all(objects.map(async (one) => [one, await listed(one)] as const))
  assertNone(
    new Map([...files.map(({ file, text }) => [file, text] as const), ...metrics, ...lists]),
  )
})

test('no command shows it', () => {
  const { dir: clusterDir, kubeconfigs } = ground.cluster
  const { records, auditLog } = layoutOf(clusterDir)
  const policy = path.join(ground.dir, 'policy.yaml')
  const admin = ['--kubeconfig', kubeconfigs['admin'] ?? '']
  const period = ['--from', '2026-01-01', '--to', '2100-01-01']
  const git = ['--repo', `fleet=${fleet.directory}`]
  const name = grant.replace(/^bg-/, 'pm-')
  const commands: readonly (readonly string[])[] = [
    ['audit', 'verify', records],
    ['audit', 'reconcile', records, '--apiserver-log', auditLog, '--policy', policy, '-o', 'json'],
    ['audit', 'show', records],
    ...['jsonl', 'ocsf', 'cef'].map((format) => ['audit', 'show', records, '--format', format]),
    ...['json', 'html'].map((format) => [
      'audit',
      'report',
      records,
      ...period,
      ...admin,
      '--format',
      format,
    ]),
    ['scan', ...admin, '--policy', policy, ...git, '-o', 'json'],
    ['doctor', ...admin, '--policy', policy, '-o', 'json'],
    ['breakglass', 'diff', grant, ...admin],
    ['breakglass', 'status', grant, ...admin],
    ['postmortem', 'show', name, ...admin],
    ['postmortem', 'show', name, ...admin, '-o', 'markdown'],
  ]
  const shown = new Map<string, string>()
  for (const command of commands) {
    const { status, stdout, stderr } = solewriter(command)
    assert.ok(status !== 2 && stdout.length > 100, `${command.join(' ')}: ${status} ${stderr}`)
    shown.set(command.slice(0, 2).join(' '), stdout + stderr)
  }
  assertNone(shown)
})

test('no page of the console shows it', async (t) => {
  const { dir: clusterDir, kubeconfigs } = ground.cluster
  const places = [layoutOf(clusterDir).records]
  const api = connect({ kind: 'kubeconfig', files: [kubeconfigs['admin'] ?? ''] })
  t.after(() => {
    api.close()
  })
  const now = () => Date.now()
  const sources = {
    lists: createClusterLists({ api, namespace: 'solewriter-system', now }),
    records: { index: new RecordIndex({ places, now }), search: new RecordSearch(places) },
  }
  const { url } = await startConsole(t, { sources, now })
  const decisions = new Set(readRecords(ground.cluster).map(({ decisionId }) => decisionId))
  const pages = [
    '/',
    '/decisions',
    '/decisions?user=alice&in=files',
    '/grants',
    '/repositories',
    `/grants/${grant}`,
    `/post-mortems/${grant.replace(/^bg-/, 'pm-')}`,
    ...Array.from(decisions, (id) => `/decisions/${id}`),
  ]
  const shown = new Map<string, string>()
  for (const page of pages) {
    const answer = await fetch(url + page)
    assert.equal(answer.status, 200, page)
    shown.set(page, await answer.text())
  }
  assert.match(shown.get(`/grants/${grant}`) ?? '', /Use 5: UPDATE/)
  assertNone(shown)
})
