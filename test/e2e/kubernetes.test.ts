import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { writeCaBundle } from '../../src/kubernetes/ca-bundle.ts'
import { connect, type Api } from '../../src/kubernetes/api.ts'
import { clusterUid, createCluster, whoAmI } from '../../src/kubernetes/cluster.ts'
import { createSecretStore } from '../../src/kubernetes/secret-store.ts'
import { at, stringAt } from '../../src/core/manifest/json.ts'
import type { Live, LiveReference } from '../../src/core/exceptions/cluster.ts'
import { testAuthorityStore } from '../certs/store-contract.ts'
import { startCluster, type Cluster } from '../cluster/cluster.ts'
import { createAuthority } from '../cluster/pki.ts'

const { signal } = new AbortController()
const pod = { group: '', version: 'v1', kind: 'Pod', namespace: 'default', name: 'p' }

let cluster: Cluster
let api: Api

before(async () => {
  cluster = await startCluster()
  api = connectAs('admin')
})

after(async () => {
  api.close()
  await cluster.stop()
})

function connectAs(user: string): Api {
  return connect({ kind: 'kubeconfig', files: [cluster.kubeconfigs[user] ?? user] })
}

async function apply(manifest: object): Promise<void> {
  const { code, stderr } = await cluster.kubectl('admin', ['apply', '--server-side', '-f', '-'], {
    input: JSON.stringify(manifest),
  })
  assert.equal(code, 0, stderr)
}

async function kubectl(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await cluster.kubectl('admin', args)
  assert.equal(code, 0, stderr)
  return stdout
}

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
  await apply(widgetDefinition(group, plural, scope))
  await kubectl('wait', '--for=condition=Established', `crd/${plural}.${group}`)
}

describe('who and where we are', () => {
  test('the cluster is called by the uid of kube-system', async () => {
    assert.equal(await clusterUid(api), cluster.clusterUid)
  })

  test('a certificate and a service-account token are known by their names', async () => {
    assert.equal(await whoAmI(api), 'admin')
    assert.equal(await whoAmI(connectAs('ci')), 'system:serviceaccount:ci:deployer')
  })
})

describe('live objects', () => {
  test('an object is read whole, with or without the version being named', async () => {
    await apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data: { a: '1' } })
    const reference = { ...pod, kind: 'ConfigMap', name: 'c' }
    for (const version of ['v1', '']) {
      const live = await createCluster(api).read({ ...reference, version }, signal)
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
    assert.equal(nameIn(await createCluster(api).read(node, signal)), 'kube-system')
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
      assert.deepEqual(await createCluster(api).read({ ...pod, ...change }, signal), {
        kind: 'absent',
      })
    })
  }

  test('a kind that appears later is found, and gone when its definition is', async () => {
    const reader = createCluster(api)
    const widget = { ...pod, group: 'later.example', kind: 'Widget', name: 'w' }
    assert.equal((await reader.read(widget, signal)).kind, 'absent')
    await defineWidgets('later.example', 'widgets', 'Namespaced')
    await apply({ apiVersion: 'later.example/v1', kind: 'Widget', metadata: { name: 'w' } })
    assert.equal(nameIn(await reader.read(widget, signal)), 'w')
    await kubectl('delete', 'crd', 'widgets.later.example')
    assert.equal((await reader.read(widget, signal)).kind, 'absent')
  })

  test('a kind that comes back under another plural is found there', async () => {
    const reader = createCluster(api)
    const widget = { ...pod, group: 'moving.example', version: '', kind: 'Widget', name: 'w' }
    await defineWidgets('moving.example', 'widgets', 'Namespaced')
    assert.equal((await reader.read(widget, signal)).kind, 'absent')
    await kubectl('delete', 'crd', 'widgets.moving.example')
    await defineWidgets('moving.example', 'wodgets', 'Cluster')
    await apply({ apiVersion: 'moving.example/v1', kind: 'Widget', metadata: { name: 'w' } })
    assert.equal(nameIn(await reader.read(widget, signal)), 'w')
  })

  test('a version that is no longer served does not make an object absent', async () => {
    await defineWidgets('versions.example', 'widgets', 'Namespaced')
    await apply({ apiVersion: 'versions.example/v1', kind: 'Widget', metadata: { name: 'w' } })
    const widget = { ...pod, group: 'versions.example', kind: 'Widget', name: 'w' }
    const reader = createCluster(api)
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
    await apply({
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
    const reader = createCluster(api)
    await assert.rejects(reader.read(reference, signal), { code: 'ClusterUnreachable' })
    await kubectl('delete', 'apiservice', 'v1.away.example')
  })

  test('without the permission the answer names it', async () => {
    const outsider = connectAs(
      await cluster.kubeconfig({ kind: 'user', user: 'outsider', groups: [] }),
    )
    const reader = createCluster(outsider)
    const deployment = { ...pod, group: 'apps', kind: 'Deployment' }
    assert.deepEqual(await reader.read(pod, signal), { kind: 'unreadable', permission: 'get pods' })
    assert.deepEqual(await reader.read(deployment, signal), {
      kind: 'unreadable',
      permission: 'get deployments.apps',
    })
  })

  test('whoever stops waiting gets no answer', async () => {
    const reader = createCluster(api)
    await assert.rejects(reader.read(pod, AbortSignal.abort()), { code: 'ClusterUnreachable' })
  })
})

describe('the bundle of a webhook configuration', () => {
  const configuration = (name: string) => ({
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name, labels: { keep: 'me' } },
    webhooks: ['a', 'b'].map((entry) => ({
      name: `${entry}.solewriter.dev`,
      clientConfig: { service: { namespace: 'x', name: 'y', path: '/validate' } },
      rules: [
        { apiGroups: ['none.example'], apiVersions: ['*'], resources: ['*'], operations: ['*'] },
      ],
      failurePolicy: 'Ignore',
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
    })),
  })
  const read = async (name: string) =>
    JSON.parse(await kubectl('get', 'validatingwebhookconfiguration', name, '-o', 'json')) as {
      metadata: { resourceVersion: string }
      webhooks: { clientConfig: { caBundle?: string } }[]
    }

  test('is written into all entries, and nothing else is changed', async () => {
    await apply(configuration('bundles'))
    const original = await read('bundles')
    const first = (await createAuthority('first')).cert
    const both = `${(await createAuthority('second')).cert}${first}`
    for (const caBundlePem of [first, both]) {
      const options = { api, name: 'bundles', caBundlePem, signal }
      assert.equal(await writeCaBundle(options), 'written')
      const { webhooks } = await read('bundles')
      for (const webhook of webhooks) {
        assert.equal(
          Buffer.from(webhook.clientConfig.caBundle ?? '', 'base64').toString('utf8'),
          caBundlePem,
        )
        delete webhook.clientConfig.caBundle
      }
      assert.deepEqual(webhooks, original.webhooks)
    }
    const before = await read('bundles')
    const again = { api, name: 'bundles', caBundlePem: both, signal }
    assert.equal(await writeCaBundle(again), 'unchanged')
    assert.equal((await read('bundles')).metadata.resourceVersion, before.metadata.resourceVersion)
  })

  test('of many that write at once all succeed, and nothing is lost', async () => {
    await apply(configuration('contended'))
    const bundles = await Promise.all(
      ['one', 'two', 'three'].map(async (name) => (await createAuthority(name)).cert),
    )
    const outcomes = await Promise.all(
      bundles.map((caBundlePem) => writeCaBundle({ api, name: 'contended', caBundlePem, signal })),
    )
    assert.deepEqual(outcomes, ['written', 'written', 'written'])
    const [one, other] = (await read('contended')).webhooks
    assert.ok(one?.clientConfig.caBundle !== undefined)
    assert.equal(one.clientConfig.caBundle, other?.clientConfig.caBundle)
  })

  test('needs a configuration, and a certificate', async () => {
    const caBundlePem = (await createAuthority('any')).cert
    const options = { api, name: 'nowhere', caBundlePem, signal }
    assert.equal(await writeCaBundle(options), 'absent')
    await assert.rejects(writeCaBundle({ ...options, caBundlePem: '' }), {
      code: 'CertificateInvalid',
    })
  })
})

testAuthorityStore('a Secret', () => {
  const name = `certs-${randomBytes(4).toString('hex')}`
  return Promise.resolve({ open: () => createSecretStore({ api, namespace: 'default', name }) })
})

test('a Secret keeps what others put there, and is replaced after it was removed', async () => {
  const store = createSecretStore({ api, namespace: 'default', name: 'shared' })
  await apply({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'shared', labels: { team: 'x' } },
    data: { other: 'eA==' },
  })
  const empty = await store.load()
  assert.equal(empty?.material.caBundlePem, '')
  const material = { caBundlePem: 'a', caKeyPem: 'b', certificatePem: 'c', keyPem: 'd' }
  assert.equal(await store.save(material, empty?.version), 'saved')
  const live = JSON.parse(await kubectl('get', 'secret', 'shared', '-o', 'json')) as {
    metadata: { labels: object }
    data: Record<string, string>
  }
  assert.deepEqual(live.metadata.labels, { team: 'x' })
  assert.deepEqual(Object.keys(live.data), ['ca.crt', 'ca.key', 'other', 'tls.crt', 'tls.key'])
  const version = (await store.load())?.version
  await kubectl('delete', 'secret', 'shared')
  assert.equal(await store.save(material, version), 'conflict')
  assert.equal(await store.load(), undefined)
})
