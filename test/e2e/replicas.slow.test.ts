import assert from 'node:assert/strict'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { lineHash } from '../../src/core/audit/chain.ts'
import { solewriter } from '../cli/process.ts'
import { startCluster, type Cluster } from '../cluster/cluster.ts'
import { layoutOf } from '../cluster/layout.ts'
import { readAuditLog, type AuditEvent } from './audit-log.ts'
import { claimed, configMaps, create, manifest } from './config-maps.ts'
import { eventually } from './eventually.ts'
import { filesBelow } from './files-below.ts'
import { makeFleet, type Fleet } from './fleet.ts'
import { readRecords, recordLinesOf } from './records.ts'
import { assertRefused, assertTaken, refusalOf } from './refusals.ts'
import { requesterOf, type ApiAnswer, type ApiRequest, type Requester } from './requester.ts'
import { askServe, responseIn } from './review-recorder.ts'

// Three replicas behind one address: one decision whoever makes it, and nothing lost or let through
// when one of them is killed.

const streamed = Array.from({ length: 400 }, (_, i) => `s${i}`)
/** Values that nobody but the API server may keep. */
const canary = 'canary-8d1f'

let fleet: Fleet
let commit: string
let cluster: Cluster
let ci: Requester
let alice: Requester

before(async () => {
  fleet = await makeFleet({
    'a.yaml': manifest('contended'),
    'stream.yaml': streamed.map((name) => manifest(name)).join('---\n'),
    'secret.yaml': 'apiVersion: v1\nkind: Secret\nmetadata: {name: declared, namespace: zoo}\n',
  })
  commit = await fleet.git(['rev-parse', 'main'])
  cluster = await startCluster({
    with: ['webhook'],
    replicas: 3,
    setup: [path.join(import.meta.dirname, 'fixtures', 'writers.yaml')],
    policy: path.join(import.meta.dirname, 'fixtures', 'declared-policy.yaml'),
    repositories: { fleet: fleet.directory },
  })
  ci = requesterOf(cluster.kubeconfigs['ci'] ?? '')
  alice = requesterOf(cluster.kubeconfigs['alice'] ?? '')
})

after(async () => {
  ci.close()
  alice.close()
  await cluster.stop()
  fleet.remove()
})

function patchOf(value: string): ApiRequest {
  const type = 'application/merge-patch+json'
  const body = claimed('contended', { commit }, value)
  return { method: 'PATCH', path: `${configMaps}/contended`, body, type }
}

const prefix = 'writes.solewriter.dev/'

function annotation({ annotations = {} }: AuditEvent, key: string): string | undefined {
  return annotations[`${prefix}${key}`]
}

describe('a decision', () => {
  test('has one id and one answer, whichever replica is asked, and however often', async () => {
    const body = (uid: string, username: string) =>
      JSON.stringify({
        apiVersion: 'admission.k8s.io/v1',
        kind: 'AdmissionReview',
        request: {
          uid,
          kind: { group: '', version: 'v1', kind: 'Secret' },
          resource: { group: '', version: 'v1', resource: 'secrets' },
          name: 'declared',
          namespace: 'zoo',
          operation: 'CREATE',
          userInfo: { username, uid: '1', extra: { [credentialId]: ['JTI=1'] } },
          object: { ...claimed('declared', { commit }), kind: 'Secret' },
          oldObject: null,
          dryRun: false,
          options: {},
        },
      })
    for (const username of ['system:serviceaccount:ci:deployer', 'mallory']) {
      const asked = await withinOneMinute(() =>
        Promise.all(
          [0, 1, 2, 0].map(async (replica, i) =>
            responseIn(await askServe(cluster, body(`${username}-${i}`, username), replica)),
          ),
        ),
      )
      const ids = new Set(asked.map(({ auditAnnotations }) => auditAnnotations['decision-id']))
      assert.equal(ids.size, 1, [...ids].join(' '))
      assert.equal(new Set(asked.map(({ allowed }) => allowed)).size, 1)
      const recorded = () => readRecords(cluster).filter(({ user }) => user === username)
      // Those of denials follow their answers.
      await eventually('all are recorded', () => recorded().length === asked.length)
      const records = recorded()
      assert.equal(new Set(records.map(({ writer }) => writer.split('/')[0])).size, 3)
      assert.equal(new Set(records.map(({ fingerprint }) => fingerprint)).size, 1)
    }
  })

  test('that the API server asks for again after a conflict is the same one', async () => {
    assertTaken(await ci(create('contended', { commit })), 201)
    const again = () => {
      const byId = Map.groupBy(
        readRecords(cluster).filter(({ name, op }) => name === 'contended' && op === 'UPDATE'),
        ({ decisionId }) => decisionId,
      )
      return [...byId.values()].filter((records) => records.length > 1)
    }
    for (let round = 0; again().length === 0; round += 1) {
      assert.ok(round < 20, 'no request was ever in conflict')
      const values = Array.from({ length: 25 }, (_, i) => `${round}-${i}`)
      await Promise.all(values.map((value) => ci(patchOf(value))))
    }
    for (const records of again()) {
      assert.equal(new Set(records.map(({ requestUid }) => requestUid)).size, records.length)
      assert.equal(new Set(records.map(({ fingerprint }) => fingerprint)).size, 1)
      assert.ok(new Set(records.map(({ rv }) => rv)).size > 1)
      assert.deepEqual([...new Set(records.map(({ reason }) => reason))], ['VerifiedCommit'])
    }
  })

  test('stands in the audit log of the API server, an allow with the place of its record', async () => {
    assertRefused(await alice(patchOf('by hand')), 'HumanWrite')
    const [denied, allowed] = ['alice', 'system:serviceaccount:ci:deployer'].map((username) =>
      readAuditLog(cluster.auditLog).findLast(
        (event) => event.user.username === username && annotation(event, 'decision') !== undefined,
      ),
    )
    assert.ok(denied && allowed)
    const said = (event: AuditEvent) => [
      annotation(event, 'decision'),
      annotation(event, 'reason-code'),
    ]
    assert.deepEqual(said(denied), ['deny', 'HumanWrite'])
    assert.deepEqual(said(allowed), ['allow', 'VerifiedCommit'])
    const id = annotation(denied, 'decision-id')
    await eventually('the denial is recorded', () => {
      return readRecords(cluster).some(({ decisionId }) => decisionId === id)
    })
    const hash = annotation(allowed, 'record-hash')
    const line = recordLinesOf(cluster).find((one) => lineHash(one) === hash)
    assert.ok(line !== undefined, 'no record has that hash')
    const { decisionId, prev } = JSON.parse(line) as { decisionId: string; prev: string }
    assert.equal(annotation(allowed, 'decision-id'), decisionId)
    assert.equal(annotation(allowed, 'prev-hash'), prev)
  })

  const credentialId = 'authentication.kubernetes.io/credential-id'
})

describe('values', () => {
  test('of Secrets, ConfigMaps, exec arguments and tokens are in nothing that is ours', async () => {
    const secret = {
      metadata: { ...claimed('declared', { commit }).metadata, name: 'declared' },
      stringData: { password: `${canary}-secret` },
    }
    const secrets = '/api/v1/namespaces/zoo/secrets'
    assertRefused(await alice({ method: 'POST', path: secrets, body: secret }), 'HumanWrite')
    assertTaken(await ci({ method: 'POST', path: secrets, body: secret }), 201)
    assertRefused(await alice(patchOf(`${canary}-data`)), 'HumanWrite')
    assertTaken(await ci(patchOf(`${canary}-data`)))
    const exec = `command=sh&command=-c&command=echo%20${canary}-exec`
    const path = `/api/v1/namespaces/zoo/pods/p/exec?${exec}`
    assertRefused(await alice({ method: 'POST', path }), 'HumanWrite')
    const repo = `https://me:${canary}-password@git.example.com/other.git`
    const { why } = assertRefused(await ci(create('s0', { repo, commit })), 'RepositoryNotAllowed')
    assert.doesNotMatch(why, new RegExp(canary))

    const places = [layoutOf(cluster.dir).logs, cluster.webhook?.records ?? '']
    const files = places.flatMap((place) => filesBelow(place))
    assert.ok(files.length > 5)
    for (const { file, text } of files) {
      // The API server writes down requests itself, an exec with its arguments among them.
      const isForeign = /(?:kube-apiserver|etcd|kube-controller-manager)\.log$/.test(file)
      const ours = file === cluster.auditLog ? annotationsIn(cluster) : isForeign ? '' : text
      assert.doesNotMatch(ours, new RegExp(canary), file)
      assert.doesNotMatch(ours, /eyJhbGciOi/, file)
    }
  })
})

function annotationsIn({ auditLog }: Cluster): string {
  const events = readAuditLog(auditLog)
  return JSON.stringify(events.map(({ annotations }) => annotations ?? {}))
}

/** Decision ids are of their minute. */
async function withinOneMinute<T>(job: () => Promise<T>): Promise<T> {
  const left = 60_000 - (Date.now() % 60_000)
  if (left < 5_000) await sleep(left)
  return job()
}

describe('a stream of writes', () => {
  test('goes on while one of three is killed: nothing wrong is let through, nothing allowed is lost', async () => {
    const answers = new Map<string, ApiAnswer>()
    const byHand: ApiAnswer[] = []
    const write = async (name: string) => {
      answers.set(name, await ci(create(name, { commit })))
      byHand.push(await alice(create(name, { commit }, '?dryRun=All')))
    }
    const kill = async () => {
      await sleep(300)
      await cluster.kill('serve-1', 'SIGKILL')
    }
    await Promise.all([stream(write), kill()])

    for (const answer of byHand) {
      assert.ok(answer.status >= 400, answer.text.slice(0, 300))
      // Whoever was being asked by the one that died hears that the call failed.
      if (answer.status === 403) assert.equal(refusalOf(answer)?.reason, 'HumanWrite')
      else assert.match(answer.text, /failed calling webhook|already exists/)
    }
    const taken = [...answers].filter(([, { status }]) => status === 201).map(([name]) => name)
    assert.ok(taken.length > streamed.length / 2, `${taken.length} written`)
    const recorded = new Set(
      readRecords(cluster)
        .filter(({ decision, reason }) => decision === 'allow' && reason === 'VerifiedCommit')
        .map(({ name }) => name),
    )
    assert.deepEqual(
      taken.filter((name) => !recorded.has(name)),
      [],
    )
    const refused = [...answers.values()].filter(({ status }) => status !== 201)
    for (const { text } of refused) assert.match(text, /failed calling webhook/)
  })

  test('finds nobody when all are dead, and is refused, whoever writes', async () => {
    await Promise.all([0, 2].map((i) => cluster.kill(`serve-${i}`, 'SIGKILL')))
    for (const user of [ci, alice]) {
      const answer = await user(create('contended', { commit }, '?dryRun=All'))
      assert.equal(answer.status, 500)
      assert.match(answer.json.message ?? '', /failed calling webhook "writes\.solewriter\.dev"/)
    }
    assert.equal((await ci({ method: 'GET', path: `${configMaps}/contended` })).status, 200)
  })

  test('is answered again by those that come back', async () => {
    await Promise.all([0, 1, 2].map((i) => cluster.start(`serve-${i}`)))
    // The address in front of them looks twice a second who is there.
    await eventually('a writer is admitted', async () => (await ci(patchOf('back'))).status === 200)
    assertRefused(await alice(patchOf('back by hand')), 'HumanWrite')
  })

  test('leaves chains of records that verify, those of the killed ones too', () => {
    const ended = solewriter(['audit', 'verify', cluster.webhook?.records ?? '', '-o', 'json'])
    const found = JSON.parse(ended.stdout) as { ok: boolean; chains: unknown[]; problems: unknown }
    assert.equal(ended.status, 0, ended.stdout)
    assert.equal(found.ok, true)
    // Whoever was asked nothing has none.
    assert.ok(found.chains.length >= 4)
  })
})

async function stream(write: (name: string) => Promise<void>): Promise<void> {
  const left = [...streamed]
  const worker = async () => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) await write(name)
  }
  await Promise.all(Array.from({ length: 4 }, worker))
}
