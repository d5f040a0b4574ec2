import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AdmissionRequest } from '../../../src/core/admission/request.ts'
import { changedFields } from '../../../src/core/exceptions/changed-fields.ts'
import type { Cluster } from '../../../src/core/exceptions/cluster.ts'
import { matchBuiltIn, matchException } from '../../../src/core/exceptions/match.ts'
import { formatFieldPath } from '../../../src/core/manifest/field-path.ts'
import { account, alice, configMap, request } from '../../fakes/requests.ts'
import { goodPolicy, head } from '../policy/policies.ts'
import { resourceOf } from './samples.ts'
import { untouched, worldOf } from './world.ts'

const signal = new AbortController().signal

const policy = goodPolicy(`${head}  exceptions:
  - name: keda
    subject: {serviceAccount: keda/keda-operator}
    allow:
    - {resources: [deployments.apps/scale], operations: [UPDATE], fields: [spec.replicas], namespaces: [shop]}
    - {resources: [configmaps], operations: [UPDATE], fields: ['metadata.annotations["keda/last"]'], namespaces: [shop]}
    reason: scales by queue length
  - name: keda-settings
    subject: {serviceAccount: keda/keda-operator}
    allow:
    - {resources: [configmaps], operations: [UPDATE, CREATE], fields: [data], namespaces: [shop], names: [queue]}
    reason: remembers
  - name: port-forward
    subject: {group: sre-oncall}
    allow: [{resources: [pods/portforward], operations: [CONNECT], namespaces: [shop]}]
    reason: debugging
  - name: cleanup
    subject: {user: alice}
    allow: [{resources: [configmaps], operations: [DELETE], namespaces: [shop]}]
    reason: tidies up
`)

const keda = account('keda', 'keda-operator')

function match(changes: Partial<AdmissionRequest>, cluster: Cluster = untouched) {
  const asked = request({ namespace: 'shop', ...changes })
  const changed = () => changedFields(asked)
  return matchException(policy, asked, { cluster, signal, changed })
}

function scale(replicas: number): Partial<AdmissionRequest> {
  return {
    ...resourceOf('deployments.apps/scale'),
    user: keda,
    operation: 'UPDATE',
    oldObject: { metadata: { resourceVersion: '1' }, spec: { replicas: 1 } },
    object: { metadata: { resourceVersion: '1' }, spec: replicas === 0 ? {} : { replicas } },
  }
}

function settings(object: object): Partial<AdmissionRequest> {
  const next = object as ReturnType<typeof configMap>
  return { user: keda, name: 'queue', operation: 'UPDATE', oldObject: configMap(), object: next }
}

const annotated = { metadata: { ...(configMap()['metadata'] as object) } }
const connect = { ...resourceOf('pods/portforward'), operation: 'CONNECT', object: {} } as const

const covered: readonly (readonly [string, Partial<AdmissionRequest>, string])[] = [
  ['a count', scale(3), 'keda'],
  ['a count of none, which arrives as a removal', scale(0), 'keda'],
  ['data', settings(configMap({}, { a: '2' })), 'keda-settings'],
  [
    'data and an annotation, by two exceptions of one identity',
    settings(configMap({ 'keda/last': 'now' }, { a: '2' })),
    'keda and keda-settings',
  ],
  ['CONNECT, by a group', connect, 'port-forward'],
  ['DELETE, by a user', { operation: 'DELETE' }, 'cleanup'],
]

for (const [title, changes, rule] of covered) {
  test(`an exception of the policy covers ${title}`, async () => {
    assert.deepEqual(await match(changes), { kind: 'covered', rule, origin: 'policy' })
  })
}

const closed: readonly (readonly [string, Partial<AdmissionRequest>])[] = [
  ['the name alone', { ...scale(3), user: { ...keda, uid: '', extra: new Map() } }],
  ['a token without a uid', { ...scale(3), user: { ...keda, uid: '' } }],
  ['another account', { ...scale(3), user: account('shop', 'keda-operator') }],
  ['another namespace', { ...scale(3), namespace: 'pay' }],
  ['the main resource', { ...scale(3), subresource: '' }],
  ['another operation', { ...scale(3), operation: 'CREATE' }],
  ['a field outside', settings(configMap({ other: 'x' }, { a: '2' }))],
  ['another name', { ...settings(configMap({}, { a: '2' })), name: 'settings' }],
  ['all that a CREATE sets', { ...settings(configMap()), operation: 'CREATE', oldObject: null }],
  ['somebody who is not in the group', { ...connect, user: { ...alice, groups: [] } }],
  ['another verb of the group', { ...connect, ...resourceOf('pods/exec') }],
]

for (const [title, changes] of closed) {
  test(`an exception of the policy does not cover ${title}`, async () => {
    assert.equal((await match(changes)).kind, 'not-covered')
  })
}

test('on UPDATE what the API server keeps does not count', () => {
  const old = { ...annotated, spec: { a: 1 } }
  const object = {
    metadata: { ...annotated.metadata, resourceVersion: '9', generation: 2, managedFields: [{}] },
    spec: { a: 2 },
  }
  const changed = changedFields(request({ operation: 'UPDATE', oldObject: old, object }))
  assert.deepEqual(changed.map(formatFieldPath), ['spec.a'])
})

test('on CREATE all leaves count, on DELETE and CONNECT none', () => {
  const object = { metadata: { name: 'a', managedFields: [] }, spec: {} }
  const made = changedFields(request({ object })).map(formatFieldPath)
  assert.deepEqual(made, ['metadata.name', 'metadata.managedFields', 'spec'])
  assert.deepEqual(changedFields(request({ operation: 'DELETE' })), [])
  assert.deepEqual(changedFields(request({ operation: 'CONNECT' })), [])
})

const controller = account('kube-system', 'deployment-controller')
const unasked: readonly (readonly [string, Partial<AdmissionRequest>])[] = [
  ['of a human', { operation: 'UPDATE' }],
  ['of an account without rows', { user: account('shop', 'app') }],
  ['of a controller on a resource without rows', { user: controller }],
  [
    'of a controller in another operation',
    { user: controller, ...resourceOf('deployments.apps/status') },
  ],
  ['of a name without its credential', { user: { ...controller, extra: new Map() } }],
]

for (const [title, changes] of unasked) {
  test(`neither changes nor the cluster are looked at for a write ${title}`, async () => {
    const changed = () => assert.fail('nobody should compare')
    const asked = request(changes)
    const found = await matchBuiltIn(asked, { cluster: untouched, signal, changed })
    assert.equal(found.kind, 'not-covered')
  })
}

test('the cluster is not asked when a field is outside of all rows', async () => {
  const object = { metadata: { labels: { a: 'b' } }, spec: { replicas: 2 } }
  const changes = { user: controller, ...resourceOf('replicasets.apps'), oldObject: {}, object }
  assert.equal((await match({ ...changes, operation: 'UPDATE' })).kind, 'not-covered')
})

const reaches: readonly (readonly [string, Partial<AdmissionRequest>, RegExp | undefined])[] = [
  ['says nothing to whom no row names', { user: account('shop', 'app') }, undefined],
  ['names fields', settings(configMap({ x: 'y' })), /keda-settings covers UPDATE, CREATE of data/],
  [
    'names resources',
    { user: keda, ...resourceOf('secrets') },
    /reach only deployments\.apps\/scale, configmaps/,
  ],
  [
    'names the condition',
    { user: controller, ...resourceOf('replicasets.apps') },
    /deployment-replicasets covers CREATE, DELETE, only where it is controlled by a live Deployment/,
  ],
  [
    'tells the name from the credential',
    { user: { ...controller, uid: '' }, ...resourceOf('replicasets.apps') },
    /the credential is not/,
  ],
  [
    'asks for the token that the policy means',
    { ...scale(3), user: { ...keda, uid: '' } },
    /without a token/,
  ],
]

for (const [title, changes, reach] of reaches) {
  test(`the reach ${title}`, async () => {
    const found = await match(changes)
    assert.ok(found.kind === 'not-covered')
    if (reach === undefined) assert.equal(found.reach(), undefined)
    else assert.match(found.reach() ?? '', reach)
    assert.ok((found.reach() ?? '').length <= 360)
  })
}

test('the reach names the permission that a condition lacked', async () => {
  const reference = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'u' }
  const object = { metadata: { ownerReferences: [{ ...reference, controller: true }] } }
  const changes = { user: controller, ...resourceOf('replicasets.apps'), object }
  const found = await match(changes, worldOf({ 'Deployment shop/web': 'unreadable' }))
  assert.ok(found.kind === 'not-covered')
  assert.match(found.reach() ?? '', /may not get deployments/)
})

const widget = { apiVersion: 'example.com/v1', kind: 'Widget', name: 'parent', uid: 'u1' }
const collected: Partial<AdmissionRequest> = {
  user: account('kube-system', 'generic-garbage-collector'),
  operation: 'DELETE',
  object: null,
  oldObject: { metadata: { uid: 'me', resourceVersion: '7', ownerReferences: [widget] } },
  options: { preconditions: { uid: 'me', resourceVersion: '7' } },
}
const parent = (metadata: object) => ({ 'Widget shop/parent': { metadata: { ...metadata } } })

for (const [title, world] of [
  ['is gone', {}],
  ['is another object by now', parent({ uid: 'u2' })],
  [
    'waits for its dependents',
    parent({ uid: 'u1', deletionTimestamp: 'now', finalizers: ['foregroundDeletion'] }),
  ],
  ['cannot be read, on its own evidence', { 'Widget shop/parent': 'unreadable' }],
] as const) {
  test(`the garbage collector deletes what has an owner that ${title}`, async () => {
    const cluster = worldOf(world as Parameters<typeof worldOf>[0])
    const expected = { kind: 'covered', rule: 'garbage-collection', origin: 'built-in' }
    assert.deepEqual(await match(collected, cluster), expected)
  })
}

test('an owner that is orphaning does not block the removal of the reference', async () => {
  const oldObject = { metadata: { ownerReferences: [widget] } }
  const world = parent({ uid: 'u1', deletionTimestamp: 'now', finalizers: ['orphan'] })
  const found = await match(
    { ...collected, operation: 'UPDATE', oldObject, object: { metadata: {} } },
    worldOf(world),
  )
  assert.equal(found.kind, 'covered')
})
