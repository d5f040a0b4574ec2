import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Live, LiveReference } from '../../src/core/exceptions/cluster.ts'
import { at, stringAt } from '../../src/core/manifest/json.ts'
import { createCluster } from '../../src/kubernetes/cluster.ts'
import { startApiCluster, type ApiCluster } from './api-cluster.ts'

const { signal } = new AbortController()
const pod = { group: '', version: 'v1', kind: 'Pod', namespace: 'default', name: 'p' }

let own: ApiCluster

before(async () => {
  own = await startApiCluster()
})

after(() => own.end())

function widgetDefinition(group: string, plural: string, scope: 'Namespaced' | 'Cluster') {
  const schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
  const version = (name: string, storage: boolean) => ({
    name,
    served: true,
    storage,
    schema: { openAPIV3Schema: schema },
  })
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope,
      names: { kind: 'Widget', plural },
      versions: [version('v1', true), version('v2', false)],
    },
  }
}

function nameIn(live: Live): string | undefined {
  return live.kind === 'found' ? stringAt(live.object, 'metadata', 'name') : undefined
}

async function defineWidgets(group: string, plural: string, scope: 'Namespaced' | 'Cluster') {
  await own.apply(widgetDefinition(group, plural, scope))
  await own.kubectl('wait', '--for=condition=Established', `crd/${plural}.${group}`)
}

test('an object is read whole, with or without the version being named', async () => {
  await own.apply({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'c' },
    data: { a: '1' },
  })
  const reference = { ...pod, kind: 'ConfigMap', name: 'c' }
  for (const version of ['v1', '']) {
    const live = await createCluster(own.api).read({ ...reference, version }, signal)
    assert.ok(live.kind === 'found')
    assert.equal(stringAt(live.object, 'data', 'a'), '1')
    assert.ok(Array.isArray(at(live.object, 'metadata', 'managedFields')))
  }
})

test('the scope is what the cluster says, not what the reference says', async () => {
  const node = {
    group: '',
    version: 'v1',
    kind: 'Namespace',
    namespace: 'x',
    name: 'kube-system',
  }
  assert.equal(nameIn(await createCluster(own.api).read(node, signal)), 'kube-system')
})

const missing: readonly (readonly [string, Partial<LiveReference>])[] = [
  ['one that does not exist', {}],
  ['one in a namespace that does not exist', { namespace: 'nowhere' }],
  ['a namespaced one without a namespace', { namespace: '' }],
  ['a kind that is not served', { group: 'example.com', kind: 'Nothing' }],
  ['one without a name, which would be a list', { name: '' }],
  ['one whose name is a path', { name: '../../namespaces/default' }],
  ['one whose namespace is a path', { namespace: '../..' }],
]
for (const [title, change] of missing) {
  test(`${title} is absent`, async () => {
    assert.deepEqual(await createCluster(own.api).read({ ...pod, ...change }, signal), {
      kind: 'absent',
    })
  })
}

test('a kind that appears later is found, and gone when its definition is', async () => {
  const reader = createCluster(own.api)
  const widget = { ...pod, group: 'later.example', kind: 'Widget', name: 'w' }
  assert.equal((await reader.read(widget, signal)).kind, 'absent')
  await defineWidgets('later.example', 'widgets', 'Namespaced')
  await own.apply({ apiVersion: 'later.example/v1', kind: 'Widget', metadata: { name: 'w' } })
  assert.equal(nameIn(await reader.read(widget, signal)), 'w')
  await own.kubectl('delete', 'crd', 'widgets.later.example')
  assert.equal((await reader.read(widget, signal)).kind, 'absent')
})

test('a kind that comes back under another plural is found there', async () => {
  const reader = createCluster(own.api)
  const widget = { ...pod, group: 'moving.example', version: '', kind: 'Widget', name: 'w' }
  await defineWidgets('moving.example', 'widgets', 'Namespaced')
  assert.equal((await reader.read(widget, signal)).kind, 'absent')
  await own.kubectl('delete', 'crd', 'widgets.moving.example')
  await defineWidgets('moving.example', 'wodgets', 'Cluster')
  await own.apply({ apiVersion: 'moving.example/v1', kind: 'Widget', metadata: { name: 'w' } })
  assert.equal(nameIn(await reader.read(widget, signal)), 'w')
})

test('a version that is no longer served does not make an object absent', async () => {
  await defineWidgets('versions.example', 'widgets', 'Namespaced')
  await own.apply({ apiVersion: 'versions.example/v1', kind: 'Widget', metadata: { name: 'w' } })
  const widget = { ...pod, group: 'versions.example', kind: 'Widget', name: 'w' }
  const reader = createCluster(own.api)
  for (const [version, served] of [
    ['v1', 'v1'],
    ['v2', 'v2'],
    ['v1alpha1', 'v2'],
  ] as const) {
    const live = await reader.read({ ...widget, version }, signal)
    assert.ok(live.kind === 'found')
    assert.equal(stringAt(live.object, 'apiVersion'), `versions.example/${served}`)
  }
})

test('what another API server serves is not absent while that one is away', async () => {
  await own.apply({
    apiVersion: 'apiregistration.k8s.io/v1',
    kind: 'APIService',
    metadata: { name: 'v1.away.example' },
    spec: {
      group: 'away.example',
      version: 'v1',
      groupPriorityMinimum: 1000,
      versionPriority: 10,
      insecureSkipTLSVerify: true,
      service: { namespace: 'default', name: 'nobody' },
    },
  })
  const reference = { ...pod, group: 'away.example', kind: 'Thing', name: 't' }
  const reader = createCluster(own.api)
  await assert.rejects(reader.read(reference, signal), { code: 'ClusterUnreachable' })
  await own.kubectl('delete', 'apiservice', 'v1.away.example')
})

test('without the permission the answer names it', async () => {
  const outsider = own.connectAs(
    await own.cluster.kubeconfig({ kind: 'user', user: 'outsider', groups: [] }),
  )
  const reader = createCluster(outsider)
  const deployment = { ...pod, group: 'apps', kind: 'Deployment' }
  assert.deepEqual(await reader.read(pod, signal), { kind: 'unreadable', permission: 'get pods' })
  assert.deepEqual(await reader.read(deployment, signal), {
    kind: 'unreadable',
    permission: 'get deployments.apps',
  })
  assert.deepEqual(await reader.list(deployment, signal), {
    kind: 'unreadable',
    permission: 'list deployments.apps',
  })
})

test('all of a kind are listed, in one namespace or in all', async () => {
  const configMap = { group: '', version: '', kind: 'ConfigMap', namespace: 'listed' }
  const reader = createCluster(own.api)
  const names = async (namespace: string) => {
    const all = await reader.list({ ...configMap, namespace }, signal)
    assert.ok(all.kind === 'found')
    return all.objects.map((object) => stringAt(object, 'metadata', 'name'))
  }
  await own.kubectl('create', 'namespace', 'listed')
  for (const name of ['x', 'y']) await own.kubectl('create', 'configmap', '-n', 'listed', name)
  assert.deepEqual(
    (await names('listed')).filter((name) => name !== 'kube-root-ca.crt'),
    ['x', 'y'],
  )
  const everywhere = await names('')
  assert.ok(['x', 'extension-apiserver-authentication'].every((one) => everywhere.includes(one)))
  assert.deepEqual(await names('nowhere'), [])
  assert.deepEqual(await names('..'), [])
})

test('a list of what is not served, or no longer, is empty', async () => {
  const reader = createCluster(own.api)
  const widget = { group: 'leaving.example', version: '', kind: 'Widget', namespace: 'default' }
  const empty = { kind: 'found', objects: [] }
  assert.deepEqual(await reader.list(widget, signal), empty)
  await defineWidgets('leaving.example', 'widgets', 'Namespaced')
  await own.apply({ apiVersion: 'leaving.example/v1', kind: 'Widget', metadata: { name: 'w' } })
  const found = await reader.list(widget, signal)
  assert.equal(found.kind === 'found' && found.objects.length, 1)
  await own.kubectl('delete', 'crd', 'widgets.leaving.example')
  assert.deepEqual(await reader.list(widget, signal), empty)
})

test('whoever stops waiting gets no answer', async () => {
  const reader = createCluster(own.api)
  await assert.rejects(reader.read(pod, AbortSignal.abort()), { code: 'ClusterUnreachable' })
})
