import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { after, before, describe, test } from 'node:test'
import { parseAllDocuments } from 'yaml'
import { toPostMortem } from '../../src/core/breakglass/post-mortem.ts'
import { at, stringAt, type JsonObject } from '../../src/core/manifest/json.ts'
import { listApprovals } from '../../src/kubernetes/grants-approvals.ts'
import { openGrants, type ClusterGrants } from '../../src/kubernetes/grants.ts'
import { keepPostMortem } from '../../src/kubernetes/post-mortems.ts'
import { createLogTo } from '../../src/telemetry/log.ts'
import { activeGrant, grantName, holder, newGrant } from '../core/decision/granting.ts'
import { startApiCluster, type ApiCluster } from './api-cluster.ts'
import { grants as collection, postMortems } from './break-glass-ground.ts'
import { eventually } from './eventually.ts'

// The API server alone, with no webhook: what its definitions hold people to, and how we write there.

const { signal } = new AbortController()
const otherJti = '0198c1d2-7c1e-7b2f-9a53-000000000001'
const other = `bg-${otherJti}`

let own: ApiCluster
let grants: ClusterGrants

before(async () => {
  own = await startApiCluster()
  const file = path.join(import.meta.dirname, '..', '..', 'manifests', 'base', 'crds.yaml')
  const definitions = parseAllDocuments(readFileSync(file, 'utf8'), { version: '1.1' })
  for (const definition of definitions) await own.apply(definition.toJS() as object)
  await own.kubectl('wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s')
  const log = createLogTo({ write: () => undefined }, { level: 'error', now: Date.now })
  grants = openGrants({ api: own.api, now: Date.now, log })
})

after(async () => {
  await grants.stop()
  await own.end()
})

async function create(grant: JsonObject): Promise<void> {
  const { apiVersion = '', kind = '', spec = {} } = grant
  const body = { apiVersion, kind, metadata: { name: nameOf(grant) }, spec }
  const answer = await own.api.send({ method: 'POST', path: collection, body })
  assert.equal(answer.status, 201, JSON.stringify(answer.body))
}

function nameOf(grant: JsonObject): string {
  return stringAt(grant, 'metadata', 'name') ?? ''
}

async function patch(
  target: string,
  body: JsonObject,
): Promise<{ status: number; message: string }> {
  const headers = { 'content-type': 'application/merge-patch+json' }
  const answer = await own.api.send({ method: 'PATCH', path: target, body, headers })
  return { status: answer.status, message: stringAt(answer.body, 'message') ?? '' }
}

describe('grants of the API server', () => {
  test('are found live whether their status is filled or not, and by nobody else', async () => {
    await create(newGrant())
    await create(newGrant({ claims: { jti: otherJti, sub: 'bob' } }))
    const namesOf = async (user: string) =>
      (await grants.ofUser(user, 'live', signal)).map(nameOf).toSorted()
    // All that are unfilled: decisions tell them apart by their tokens.
    assert.ok((await namesOf(holder.username)).includes(grantName))

    const found = (await grants.read(grantName, signal)) ?? assert.fail()
    const resourceVersion = stringAt(found, 'metadata', 'resourceVersion') ?? ''
    const { status } = activeGrant()
    const next = { resourceVersion, status }
    assert.deepEqual(await grants.record(grantName, next, signal), { kind: 'stored' })
    assert.deepEqual(await grants.record(grantName, next, signal), { kind: 'conflict' })
    assert.deepEqual(await grants.record('bg-nobody', next, signal), { kind: 'gone' })
    const stored = (await grants.read(grantName, signal)) ?? assert.fail()
    assert.deepEqual(at(stored, 'status'), status)
    assert.deepEqual(at(stored, 'spec', 'token'), newGrant().spec.token)

    assert.deepEqual(await namesOf(holder.username), [other, grantName].toSorted())
    assert.deepEqual(await namesOf('mallory'), [other])
    await eventually('the watch has both', async () => {
      const seen = await grants.ofUser(holder.username, 'seen', signal)
      const bobs = await grants.ofUser('bob', 'seen', signal)
      return seen.map(nameOf).join() === grantName && bobs.map(nameOf).join() === other
    })
  })

  test('lose their token, and get no other', async () => {
    await grants.clearToken(grantName, signal)
    const stored = (await grants.read(grantName, signal)) ?? assert.fail()
    assert.deepEqual(at(stored, 'spec'), { ended: false })
    const again = await patch(`${collection}/${grantName}`, { spec: { token: 'another' } })
    assert.deepEqual([again.status, /can only be cleared/.test(again.message)], [422, true])
    await grants.clearToken('bg-nobody', signal)
  })

  for (const [title, spec, message] of [
    ['other credential', { credential: 'none' }, /stays what it is/],
    ['other token', { token: 'another' }, /can only be cleared/],
  ] as const) {
    test(`take no ${title} later`, async () => {
      const answer = await patch(`${collection}/${other}`, { spec })
      assert.equal(answer.status, 422)
      assert.match(answer.message, message)
    })
  }

  test('that were ended or revoked stay so', async () => {
    const target = `${collection}/${other}`
    for (const spec of [{ ended: true }, { revoked: { by: 'bob' } }]) {
      assert.equal((await patch(target, { spec })).status, 200)
    }
    for (const spec of [{ ended: false }, { ended: null }, { revoked: null }]) {
      const answer = await patch(target, { spec })
      assert.equal(answer.status, 422)
      assert.match(answer.message, /stays (?:ended|revoked)/)
    }
    for (const revoked of [{ by: 'alice' }, { reason: 'another' }]) {
      assert.equal((await patch(target, { spec: { revoked } })).status, 422)
    }
  })

  test('are called after their token', async () => {
    const { apiVersion, kind, spec } = newGrant()
    for (const name of ['mine', 'bg-1', `${grantName}.x`]) {
      const body = { apiVersion, kind, metadata: { name }, spec }
      const answer = await own.api.send({ method: 'POST', path: collection, body })
      assert.equal(answer.status, 422, name)
    }
  })
})

describe('other objects', () => {
  test('an approval stays what it is, and is found by its grant', async () => {
    const spec = { grant: grantName, by: 'ann', group: 'lead', scope: 'sha256:1' }
    await own.apply({
      apiVersion: 'solewriter.dev/v1alpha1',
      kind: 'BreakGlassApproval',
      metadata: { name: 'ann' },
      spec,
    })
    const target = '/apis/solewriter.dev/v1alpha1/breakglassapprovals/ann'
    assert.equal((await patch(target, { spec: { group: 'boss' } })).status, 422)
    assert.deepEqual((await listApprovals(own.api, grantName, signal)).map(nameOf), ['ann'])
    assert.deepEqual(await listApprovals(own.api, other, signal), [])
  })

  test('a post-mortem is opened once, kept up to date, and keeps what others say', async () => {
    const stored = (await grants.read(grantName, signal)) ?? assert.fail()
    const postMortem = toPostMortem(stored)
    const keep = async (one = postMortem) =>
      (await keepPostMortem(own.api, postMortem.name, () => one, signal)).isNew
    assert.deepEqual([await keep(), await keep()], [true, false])
    const target = `${postMortems}/${postMortem.name}`
    const closed = { status: { phase: 'Closed' } }
    assert.equal((await patch(`${target}/status`, closed)).status, 200)
    assert.equal((await patch(target, { spec: { review: { by: 'bob' } } })).status, 200)
    assert.equal((await patch(target, { spec: { grant: other } })).status, 422)
    const later = { ...postMortem, status: { ...postMortem.status, grantPhase: 'Expired' } }
    assert.equal(await keep(later), true)
    const { body } = await own.api.send({ method: 'GET', path: target })
    assert.deepEqual(at(body, 'spec'), { grant: grantName, review: { by: 'bob' } })
    assert.deepEqual(at(body, 'status', 'phase'), 'Closed')
    assert.deepEqual(at(body, 'status', 'grantPhase'), 'Expired')
    assert.deepEqual(at(body, 'status', 'holder'), holder.username)
  })
})
