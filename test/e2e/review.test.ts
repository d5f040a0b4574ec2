import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import type { AuditRecord } from '../../src/core/audit/record.ts'
import { solewriter } from '../cli/process.ts'
import { startCluster, type Cluster } from '../cluster/cluster.ts'
import { annotations, configMaps, create, manifest, remove } from './config-maps.ts'
import { eventually } from './eventually.ts'
import { makeFleet, type Fleet } from './fleet.ts'
import { readRecords, type ChainedRecord } from './records.ts'
import { requesterOf, type ApiRequest } from './requester.ts'
import { recordReviews, type Recorder, type Reviewed } from './review-recorder.ts'

// What `solewriter review` says about recorded reviews is what the cluster said.

let dir: string
let fleet: Fleet
let cluster: Cluster
let recorder: Recorder
let old: string
let head: string

before(async () => {
  dir = mkdtempSync(path.join(tmpdir(), 'solewriter-review-'))
  fleet = await makeFleet({ 'gone.yaml': manifest('gone'), 'a.yaml': manifest('a') })
  old = await fleet.git(['rev-parse', 'main'])
  head = await fleet.commit({
    'gone.yaml': null,
    'a.yaml': manifest('a', '2'),
    'bad.yaml': `${manifest('bad').replace('"1"', 'yes')}`,
    'two/a.yaml': manifest('two'),
    'two/b.yaml': manifest('two', '2'),
  })
  const setup = path.join(dir, 'setup.json')
  writeFileSync(setup, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: there() }))
  cluster = await startCluster({
    with: ['webhook'],
    setup: [setup],
    repositories: { fleet: fleet.directory },
  })
  recorder = await recordReviews(cluster)
})

after(async () => {
  await cluster.stop()
  await recorder.close()
  fleet.remove()
  rmSync(dir, { recursive: true })
})

/** What is in the cluster before anybody is asked. */
function there(): readonly object[] {
  const from = { annotations: annotations({ repo: 'fleet', commit: old }) }
  const object = (kind: string, metadata: object, rest: object = {}) => ({
    apiVersion: 'v1',
    kind,
    metadata,
    ...rest,
  })
  const spec = { containers: [{ name: 'main', image: 'example.com/a:1' }] }
  return [
    object('Namespace', { name: 'zoo' }),
    object('ServiceAccount', { name: 'default', namespace: 'zoo' }),
    object('ConfigMap', { name: 'gone', namespace: 'zoo', ...from }, { data: { value: '1' } }),
    object('ConfigMap', { name: 'there', namespace: 'zoo' }, { data: { value: '1' } }),
    object('Pod', { name: 'pod', namespace: 'zoo' }, { spec }),
  ]
}

const merge = 'application/merge-patch+json'
const zoo = '/api/v1/namespaces/zoo'
const secret = { metadata: { name: 's' }, stringData: { password: 'hunter2' } }

function patch(name: string, body: object): ApiRequest {
  return { method: 'PATCH', path: `${configMaps}/${name}`, body, type: merge }
}

function requests(): readonly (readonly [string, ApiRequest])[] {
  const both: readonly ApiRequest[] = [
    create('a', { commit: head }, '?dryRun=All'),
    create('a', { commit: old }),
    create('bad', { commit: head }),
    create('two', { commit: head }),
    create('none', { commit: head }),
    create('a', { commit: head.slice(0, 7) }),
    create('a', { commit: 'f'.repeat(40) }),
    create('a', { repo: 'https://git.example.com/other.git', commit: head }),
    create('a', {}),
    patch('there', { data: { value: '2' } }),
    patch('there', { data: { value: '1' } }),
    patch('there', { metadata: { labels: { big: null }, finalizers: ['example.com/f'] } }),
    { method: 'POST', path: `${zoo}/secrets`, body: secret },
    { method: 'POST', path: `${zoo}/pods/pod/exec?command=sh&command=-c&command=id` },
    { method: 'POST', path: `${zoo}/pods/pod/eviction`, body: { metadata: { name: 'pod' } } },
    { method: 'DELETE', path: zoo },
    remove('there'),
    { method: 'POST', path: '/api/v1/namespaces/solewriter-system/configmaps', body: secret },
  ]
  return [
    ...both.flatMap((request) => [['alice', request] as const, ['ci', request] as const]),
    ['ci', create('a', { commit: head }, '', '2')],
    ['ci', remove('a')],
    ['alice', remove('gone')],
    ['ci', remove('gone')],
  ]
}

interface Offline {
  readonly response: { readonly response: Reviewed['response'] }
  readonly record: AuditRecord
}

async function recorded(): Promise<readonly Reviewed[]> {
  const senders = new Map(
    ['alice', 'ci'].map((name) => [name, requesterOf(cluster.kubeconfigs[name] ?? '')]),
  )
  for (const [name, request] of requests()) await senders.get(name)?.(request)
  for (const sender of senders.values()) sender.close()
  const users = ['alice', 'system:serviceaccount:ci:deployer']
  return recorder.reviews.filter(({ request }) => users.includes(request.userInfo.username))
}

async function offline(reviews: readonly Reviewed[]): Promise<readonly Offline[]> {
  const state = path.join(dir, 'state')
  mkdirSync(state)
  const { stdout } = await cluster.kubectl('admin', ['get', 'ns,pods', '-A', '-o', 'yaml'])
  writeFileSync(path.join(state, 'objects.yaml'), stdout)
  const input = reviews.map(({ body }) => body.trim()).join('\n')
  const args = ['review', '-f', '-', '--policy', cluster.webhook?.policy ?? '']
  const more = ['--repo', `fleet=${fleet.directory}`, '--state', state, '-o', 'json']
  const ended = solewriter([...args, ...more], { input, maxBuffer: 2 ** 28 })
  assert.equal(ended.status, 0, ended.stderr)
  return ended.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Offline)
}

test('review gives each recorded review the answer that the cluster gave', async (t) => {
  const reviews = await recorded()
  const kept = () => new Map(readRecords(cluster).map((record) => [record.requestUid, record]))
  await eventually('all are recorded', () => {
    const records = kept()
    return reviews.every(({ request }) => records.has(request.uid))
  })
  const records = kept()
  const answers = await offline(reviews)
  const reasons = new Set<string>()
  for (const [index, { request, response }] of reviews.entries()) {
    const again = answers[index]
    assert.ok(again)
    const live = records.get(request.uid)
    const { response: said } = again.response
    assert.deepEqual(
      [said.uid, said.allowed, said.auditAnnotations['reason-code'], textOf(said)],
      [request.uid, response.allowed, response.auditAnnotations['reason-code'], textOf(response)],
    )
    assert.deepEqual(withoutPlace(again.record), withoutPlace(live))
    reasons.add(response.auditAnnotations['reason-code'] ?? '')
  }
  // The recording is worth something only if it holds all kinds of answers.
  const expected =
    'HumanWrite VerifiedCommit CommitMalformed CommitUnknown CommitSuperseded NotDeclared ContentMismatch ' +
    'RepositoryNotAllowed EvidenceMissing NoDesiredStateChange StillDeclared Protected'
  assert.deepEqual([...reasons].toSorted(), expected.split(' ').toSorted())
  t.diagnostic(`${reviews.length} reviews`)
})

test('review decides the same from files and in the order of the input, whatever is between', () => {
  const [first, second] = recorder.reviews
  assert.ok(first && second)
  const file = path.join(dir, 'reviews.jsonl')
  writeFileSync(file, `${first.body.trim()}\n\n${second.body.trim()}\n`)
  const args = ['review', '-f', file, '--policy', cluster.webhook?.policy ?? '']
  const ended = solewriter([...args, '--repo', `fleet=${fleet.directory}`])
  assert.equal(ended.status, 0, ended.stderr)
  const uids = ended.stdout
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { response: { uid: string } }).response.uid)
  assert.deepEqual(uids, [first.request.uid, second.request.uid])
  assert.ok(readFileSync(file, 'utf8').length > 0)
})

/** The decision id is of its minute. */
function textOf({ status }: Reviewed['response']): string | undefined {
  return status?.message?.replace(/ \(decision \w+\)$/, '')
}

/** What a record says of the decision, apart from when, where and by which key it was made. */
function withoutPlace(record: AuditRecord | ChainedRecord | undefined): object {
  assert.ok(record)
  const { time: _1, decisionId: _2, latencyMs: _3, config: _4, peer: _5, ...rest } = record
  const { writer: _6, seq: _7, prev: _8, v: _9, ...said } = rest as typeof rest & Place
  const isKeyed = said.gvr === 'v1/secrets' || said.op === 'CONNECT'
  return isKeyed ? { ...said, fingerprint: '', pre: '', post: '' } : said
}

interface Place {
  readonly writer?: string
  readonly seq?: number
  readonly prev?: string
  readonly v?: number
}
