import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AdmissionRequest } from '../../../src/core/admission/request.ts'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { derivedRowsFor, parentsOf } from '../../../src/core/policy/derived.ts'
import { account, request } from '../../fakes/requests.ts'
import { goodPolicy, head, repository } from './policies.ts'

const policy = goodPolicy(`${head}${repository}  writers:
  - {preset: flux, repositories: [fleet]}
  - {preset: argo-cd, repositories: [fleet]}
  - {name: tenant, subject: {serviceAccount: team-a/flux}, impersonated: true, evidence: [flux], repositories: [fleet]}
  exceptions:
  - {preset: cert-manager}
  - {preset: kro}
  derived:
  - name: tenant-releases
    subject: {serviceAccount: team-a/flux}
    parent: {group: helm.toolkit.fluxcd.io, kind: HelmRelease, by: helmStorage}
    allow: [{resources: [secrets], operations: [CREATE, DELETE], fields: [data.release], namespaces: [team-a], names: [sh.helm.release.v1.api.v1]}]
    reason: Helm keeps its releases in Secrets
`)

const helmController = account('flux-system', 'helm-controller')

/** The HelmChart of the HelmRelease shop/api. */
function chart(labels: JsonObject = {}): JsonObject {
  return {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'HelmChart',
    metadata: {
      name: 'shop-api',
      namespace: 'flux-system',
      labels: {
        'helm.toolkit.fluxcd.io/name': 'api',
        'helm.toolkit.fluxcd.io/namespace': 'shop',
        ...labels,
      },
    },
  }
}

function onChart(changes: Partial<AdmissionRequest> = {}): AdmissionRequest {
  return request({
    resource: { group: 'source.toolkit.fluxcd.io', version: 'v1', resource: 'helmcharts' },
    name: 'shop-api',
    namespace: 'flux-system',
    user: helmController,
    object: chart(),
    ...changes,
  })
}

const parent = {
  by: 'name',
  group: 'helm.toolkit.fluxcd.io',
  kind: 'HelmRelease',
  namespace: 'shop',
  name: 'api',
}

test('a created object tells its parent', () => {
  const [row, ...more] = derivedRowsFor(policy, onChart())
  assert.deepEqual(more, [])
  assert.equal(row?.name, 'flux/charts')
  assert.ok(row.fields.includes('spec'))
  assert.deepEqual(row.parent, parent)
})

test('a deleted object is asked as it was', () => {
  const gone = onChart({ operation: 'DELETE', object: null, oldObject: chart() })
  assert.deepEqual(
    derivedRowsFor(policy, gone).map((row) => row.parent),
    [parent],
  )
  assert.deepEqual(derivedRowsFor(policy, { ...gone, oldObject: null }), [])
})

const updates: readonly [title: string, before: JsonObject, after: JsonObject, count: number][] = [
  ['an update of its own object', chart(), chart(), 1],
  ['an update that takes over an object of nobody', { ...chart(), metadata: {} }, chart(), 0],
  [
    'an update that takes over an object of somebody else',
    chart({ 'helm.toolkit.fluxcd.io/name': 'other' }),
    chart(),
    0,
  ],
  ['an update that lets go of the object', chart(), { ...chart(), metadata: {} }, 0],
]
for (const [title, oldObject, object, count] of updates) {
  test(`${title} has ${count === 0 ? 'no' : 'a'} row`, () => {
    const write = onChart({ operation: 'UPDATE', oldObject, object })
    assert.equal(derivedRowsFor(policy, write).length, count)
  })
}

const strangers: readonly [title: string, changes: Partial<AdmissionRequest>][] = [
  ['another account', { user: account('flux-system', 'kustomize-controller') }],
  ['the account of another namespace', { user: account('shop', 'helm-controller') }],
  ['the name without a token', { user: { ...helmController, extra: new Map() } }],
  ['another resource', { resource: { group: '', version: 'v1', resource: 'pods' } }],
  ['a subresource', { subresource: 'status' }],
  ['a connection', { operation: 'CONNECT' }],
  ['an object without the labels', { object: { ...chart(), metadata: { name: 'shop-api' } } }],
  ['a label without a name', { object: chart({ 'helm.toolkit.fluxcd.io/name': '' }) }],
]
for (const [title, changes] of strangers) {
  test(`${title} has no row`, () => {
    assert.equal(derivedRowsFor(policy, onChart()).length, 1)
    assert.deepEqual(derivedRowsFor(policy, onChart(changes)), [])
  })
}

function record(namespace: string): JsonObject {
  return {
    type: 'helm.sh/release.v1',
    metadata: {
      name: 'sh.helm.release.v1.api.v1',
      namespace,
      labels: { owner: 'helm', name: 'api', version: '1', status: 'deployed' },
    },
  }
}

function onSecret(changes: Partial<AdmissionRequest>): AdmissionRequest {
  return request({
    resource: { group: '', version: 'v1', resource: 'secrets' },
    name: 'sh.helm.release.v1.api.v1',
    namespace: 'team-a',
    object: record('team-a'),
    ...changes,
  })
}

const tenant = {
  username: 'system:serviceaccount:team-a:flux',
  uid: '',
  groups: ['system:serviceaccounts', 'system:serviceaccounts:team-a', 'system:authenticated'],
  extra: new Map(),
}

test('a tenant derives while its engine impersonates it, and not by a token of its own', () => {
  assert.deepEqual(derivedRowsFor(policy, onSecret({ user: tenant })), [
    {
      name: 'tenant-releases',
      fields: ['data.release'],
      parent: {
        by: 'release',
        group: 'helm.toolkit.fluxcd.io',
        kind: 'HelmRelease',
        release: 'api',
        place: 'storage',
        namespace: 'team-a',
      },
    },
  ])
  assert.deepEqual(derivedRowsFor(policy, onSecret({ user: account('team-a', 'flux') })), [])
})

test('namespaces and names of a row are exact', () => {
  const elsewhere = { namespace: 'shop', object: record('shop'), user: tenant }
  assert.deepEqual(derivedRowsFor(policy, onSecret(elsewhere)), [])
  assert.deepEqual(derivedRowsFor(policy, onSecret({ user: tenant, name: 'other' })), [])
})

test('other Secrets of the engine have no row', () => {
  const user = helmController
  assert.equal(derivedRowsFor(policy, onSecret({ user })).length, 1)
  const other = { type: 'Opaque', metadata: { name: 'password', namespace: 'team-a' } }
  assert.deepEqual(derivedRowsFor(policy, onSecret({ user, object: other, name: 'password' })), [])
})

test('every main resource is derived by kro, no subresource is', () => {
  const object = {
    metadata: {
      name: 'web',
      namespace: 'pay',
      labels: {
        'kro.run/instance-name': 'shop',
        'kro.run/instance-namespace': 'pay',
        'kro.run/instance-id': 'u7',
        'kro.run/instance-group': 'kro.run',
        'kro.run/instance-kind': 'WebApp',
      },
    },
  }
  const write = request({
    user: account('kro-system', 'kro'),
    resource: { group: 'apps', version: 'v1', resource: 'deployments' },
    object,
  })
  const [row] = derivedRowsFor(policy, write)
  assert.deepEqual(row, {
    name: 'kro/objects',
    fields: ['*'],
    parent: {
      by: 'name',
      group: 'kro.run',
      kind: 'WebApp',
      namespace: 'pay',
      name: 'shop',
      uid: 'u7',
    },
  })
  assert.deepEqual(derivedRowsFor(policy, { ...write, subresource: 'scale' }), [])
})

test('a parent that is derived itself tells its own, whoever asks', () => {
  const order = {
    metadata: {
      name: 'shop-1',
      namespace: 'shop',
      ownerReferences: [
        { apiVersion: 'cert-manager.io/v1', kind: 'CertificateRequest', name: 'shop-1', uid: 'u1' },
      ],
    },
  }
  assert.deepEqual(parentsOf(policy, 'orders.acme.cert-manager.io', order), [
    {
      by: 'name',
      group: 'cert-manager.io',
      kind: 'CertificateRequest',
      namespace: 'shop',
      name: 'shop-1',
      uid: 'u1',
    },
  ])
  assert.deepEqual(parentsOf(policy, 'orders.example.com', order), [])
  assert.deepEqual(parentsOf(policy, 'secrets', order), [], 'a row that only deletes makes nothing')
})
