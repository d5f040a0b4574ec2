import assert from 'node:assert/strict'
import { test } from 'node:test'
import { argoCd, argoCdIn } from '../../../../src/core/engines/argo-cd/argo-cd.ts'
import type { JsonObject } from '../../../../src/core/manifest/json.ts'
import { application, onlyPlan } from './applications.ts'

const trackingId = 'argocd.argoproj.io/tracking-id'
const label = 'app.kubernetes.io/instance'

interface Parts {
  readonly id?: string | number
  readonly label?: string
  readonly metadata?: JsonObject
  readonly apiVersion?: string
  readonly kind?: string
}

function object({ id, label: instance, metadata = {}, ...type }: Parts): JsonObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    ...type,
    metadata: {
      name: 'api',
      namespace: 'shop',
      ...(id === undefined ? {} : { annotations: { [trackingId]: id } }),
      ...(instance === undefined ? {} : { labels: { [label]: instance } }),
      ...metadata,
    },
  }
}

function named(parts: Parts): string {
  const found = argoCd.namedBy(object(parts))
  if (found === undefined) return 'nobody'
  assert.equal(`${found.group} ${found.kind}`, 'argoproj.io Application')
  return `${found.namespace}/${found.name}`
}

const clusterRole = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: { name: 'system:viewer', namespace: '' },
}
const job = { apiVersion: 'batch/v1', kind: 'Job' }
const generated = { name: 'migrate-b0b0b0b-presync-1700000000', generateName: 'migrate-' }

const found: readonly (readonly [string, Parts, string])[] = [
  ['its own tracking id', { id: 'web:apps/Deployment:shop/api' }, 'argocd/web'],
  ['an Application elsewhere', { id: 'team_web:apps/Deployment:shop/api' }, 'team/web'],
  [
    'an object without a group',
    { id: 'web:/Service:shop/api', apiVersion: 'v1', kind: 'Service' },
    'argocd/web',
  ],
  [
    'a cluster-scoped object, under the namespace of the destination',
    { id: 'web:rbac.authorization.k8s.io/ClusterRole:shop/system:viewer', ...clusterRole },
    'argocd/web',
  ],
  [
    'a hook with a computed name',
    { id: 'web:batch/Job:shop/', ...job, metadata: generated },
    'argocd/web',
  ],
  ['the label', { label: 'web' }, 'argocd/web'],
  ['the label of an Application elsewhere', { label: 'team_web' }, 'team/web'],
]
for (const [title, parts, expected] of found) {
  test(`an Application is found by ${title}`, () => {
    assert.equal(named(parts), expected)
  })
}

const foreign: readonly (readonly [string, Parts])[] = [
  ['another name', { id: 'web:apps/Deployment:shop/apis' }],
  ['another namespace', { id: 'web:apps/Deployment:pay/api' }],
  ['no namespace', { id: 'web:apps/Deployment:/api' }],
  ['another kind, as of a copied annotation', { id: 'web:apps/ReplicaSet:shop/api' }],
  ['another group', { id: 'web:extensions/Deployment:shop/api' }],
  ['the core group for one of another', { id: 'web:/Deployment:shop/api' }],
  ['no name though the object has its own', { id: 'web:apps/Deployment:shop/' }],
  [
    'no name, where the name does not come from the prefix',
    { id: 'web:apps/Deployment:shop/', metadata: { generateName: 'other-' } },
  ],
  ['two parts', { id: 'web:apps/Deployment' }],
  ['a path too long', { id: 'web:apps/Deployment:shop/api/x' }],
  ['a group too long', { id: 'web:apps/v1/Deployment:shop/api' }],
  ['nobody', { id: ':apps/Deployment:shop/api' }],
  ['two namespaces', { id: 'a_b_web:apps/Deployment:shop/api' }],
  ['a name that is none', { id: '../web:apps/Deployment:shop/api' }],
  ['a number', { id: 7 }],
  ['nothing', { id: '' }],
]
for (const [title, parts] of foreign) {
  test(`a tracking id with ${title} names nobody, whatever the label says`, () => {
    assert.equal(named(parts), 'nobody')
    assert.equal(named({ ...parts, label: 'web' }), 'nobody')
  })
}

test('an object with neither names nobody, nor does what is no object', () => {
  assert.equal(named({}), 'nobody')
  assert.equal(named({ label: 'Not a name' }), 'nobody')
  for (const value of [null, 'x', 7, [], { metadata: 'x' }]) {
    assert.equal(argoCd.namedBy(value), undefined)
  }
})

test('another install has its own Applications without a namespace in their names', () => {
  const engine = argoCdIn('gitops')
  const one = { metadata: { labels: { [label]: 'web' } } }
  assert.equal(engine.namedBy(one)?.namespace, 'gitops')
  const id = { group: '', kind: 'Service', namespace: 'shop', name: 'api' }
  const plan = onlyPlan(application())
  assert.equal(engine.marks(plan, id).annotations[trackingId], 'argocd_web:/Service:shop/api')
})

const plan = onlyPlan(application())
const deployment = { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'api' }

test('the marks of an object are exact, for each way of tracking', () => {
  const { labels, annotations, finalizers } = argoCd.marks(plan, deployment)
  assert.deepEqual(labels, { [label]: 'web' })
  assert.deepEqual(annotations, { [trackingId]: 'web:apps/Deployment:shop/api' })
  assert.deepEqual(finalizers, ['argocd.argoproj.io/hook-finalizer'])
})

test('what has no namespace is marked with the one of the destination', () => {
  const role = { group: 'rbac.authorization.k8s.io', kind: 'ClusterRole', namespace: '', name: 'r' }
  assert.deepEqual(argoCd.marks(plan, role).annotations, {
    [trackingId]: 'web:rbac.authorization.k8s.io/ClusterRole:shop/r',
  })
})

test('a declared generateName is marked without a name', () => {
  const hook = { group: 'batch', kind: 'Job', namespace: 'shop', name: '' }
  assert.equal(argoCd.marks(plan, hook).annotations[trackingId], 'web:batch/Job:shop/')
})

test('an Application elsewhere marks with its namespace', () => {
  const other = onlyPlan(application({ namespace: 'team' }))
  const { labels, annotations } = argoCd.marks(other, deployment)
  assert.deepEqual(labels, { [label]: 'team_web' })
  assert.deepEqual(annotations, { [trackingId]: 'team_web:apps/Deployment:shop/api' })
})

test('a label is cut to what fits, and back to a letter', () => {
  const name = `${'a'.repeat(60)}.-.bcd`
  const long = onlyPlan(application({ metadata: { name } }))
  assert.deepEqual(argoCd.marks(long, deployment).labels, { [label]: 'a'.repeat(60) })
})

test('a CustomResourceDefinition has no marks, nor has a plan of somebody else', () => {
  const none = { labels: {}, annotations: {} }
  const definition = { group: 'apiextensions.k8s.io', kind: 'CustomResourceDefinition' }
  assert.deepEqual(argoCd.marks(plan, { ...definition, namespace: '', name: 'a.b' }), none)
  for (const type of [
    { group: 'apiextensions.k8s.io', kind: 'ConversionReview' },
    { group: 'example.com', kind: 'CustomResourceDefinition' },
  ]) {
    assert.notDeepEqual(argoCd.marks(plan, { ...type, namespace: '', name: 'a.b' }), none)
  }
  const { engine: _engine, ...ofPolicy } = plan
  assert.deepEqual(argoCd.marks(ofPolicy, deployment), none)
  const flux = {
    group: 'kustomize.toolkit.fluxcd.io',
    kind: 'Kustomization',
    namespace: 'flux-system',
    name: 'web',
  }
  assert.deepEqual(argoCd.marks({ ...plan, engine: flux }, deployment), none)
})
