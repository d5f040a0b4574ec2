import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { writeCaBundle } from '../../src/kubernetes/ca-bundle.ts'
import type { Api } from '../../src/kubernetes/api.ts'
import { clusterUid, whoAmI } from '../../src/kubernetes/cluster.ts'
import { createSecretStore } from '../../src/kubernetes/secret-store.ts'
import { testAuthorityStore } from '../certs/store-contract.ts'
import { createAuthority } from '../cluster/pki.ts'
import { startApiCluster, type ApiCluster } from './api-cluster.ts'

const { signal } = new AbortController()

let own: ApiCluster

before(async () => {
  own = await startApiCluster()
})

after(() => own.end())

describe('who and where we are', () => {
  test('the cluster is called by the uid of kube-system', async () => {
    assert.equal(await clusterUid(own.api), own.cluster.clusterUid)
  })

  test('a certificate and a service-account token are known by their names', async () => {
    assert.equal(await whoAmI(own.api), 'admin')
    assert.equal(await whoAmI(own.connectAs('ci')), 'system:serviceaccount:ci:deployer')
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
    JSON.parse(await own.kubectl('get', 'validatingwebhookconfiguration', name, '-o', 'json')) as {
      metadata: { resourceVersion: string }
      webhooks: { clientConfig: { caBundle?: string } }[]
    }

  test('is written into all entries, and nothing else is changed', async () => {
    await own.apply(configuration('bundles'))
    const original = await read('bundles')
    const first = (await createAuthority('first')).cert
    const both = `${(await createAuthority('second')).cert}${first}`
    for (const caBundlePem of [first, both]) {
      const options = { api: own.api, name: 'bundles', caBundlePem, signal }
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
    const again = { api: own.api, name: 'bundles', caBundlePem: both, signal }
    assert.equal(await writeCaBundle(again), 'unchanged')
    assert.equal((await read('bundles')).metadata.resourceVersion, before.metadata.resourceVersion)
  })

  test('of many that write at once all succeed, and nothing is lost', async () => {
    await own.apply(configuration('contended'))
    const bundles = await Promise.all(
      ['one', 'two', 'three'].map(async (name) => (await createAuthority(name)).cert),
    )
    const outcomes = await Promise.all(
      bundles.map((caBundlePem) =>
        writeCaBundle({ api: own.api, name: 'contended', caBundlePem, signal }),
      ),
    )
    assert.deepEqual(outcomes, ['written', 'written', 'written'])
    const [one, other] = (await read('contended')).webhooks
    assert.ok(one?.clientConfig.caBundle !== undefined)
    assert.equal(one.clientConfig.caBundle, other?.clientConfig.caBundle)
  })

  test('is not written over what changed since it was read', async () => {
    await own.apply(configuration('changing'))
    const answers: number[] = []
    const late: Api = {
      ...own.api,
      async send(request) {
        const isFirst = request.method === 'PATCH' && answers.length === 0
        const label = ['label', 'validatingwebhookconfiguration', 'changing', 'new=label']
        if (isFirst) await own.kubectl(...label)
        const answer = await own.api.send(request)
        if (request.method === 'PATCH') answers.push(answer.status)
        return answer
      },
    }
    const caBundlePem = (await createAuthority('late')).cert
    const options = { api: late, name: 'changing', caBundlePem, signal }
    assert.equal(await writeCaBundle(options), 'written')
    assert.deepEqual(answers, [422, 200])
  })

  test('needs a configuration, and a certificate', async () => {
    const caBundlePem = (await createAuthority('any')).cert
    const options = { api: own.api, name: 'nowhere', caBundlePem, signal }
    assert.equal(await writeCaBundle(options), 'absent')
    await assert.rejects(writeCaBundle({ ...options, caBundlePem: '' }), {
      code: 'CertificateInvalid',
    })
  })
})

testAuthorityStore('a Secret', () => {
  const name = `certs-${randomBytes(4).toString('hex')}`
  return Promise.resolve({
    open: () => createSecretStore({ api: own.api, namespace: 'default', name }),
  })
})

test('a Secret keeps what others put there, and is replaced after it was removed', async () => {
  const store = createSecretStore({ api: own.api, namespace: 'default', name: 'shared' })
  await own.apply({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'shared', labels: { team: 'x' } },
    data: { other: 'eA==' },
  })
  const empty = await store.load()
  assert.equal(empty?.material.caBundlePem, '')
  const material = { caBundlePem: 'a', caKeyPem: 'b', certificatePem: 'c', keyPem: 'd' }
  assert.equal(await store.save(material, empty?.version), 'saved')
  const live = JSON.parse(await own.kubectl('get', 'secret', 'shared', '-o', 'json')) as {
    metadata: { labels: object }
    data: Record<string, string>
  }
  assert.deepEqual(live.metadata.labels, { team: 'x' })
  assert.deepEqual(Object.keys(live.data), ['ca.crt', 'ca.key', 'other', 'tls.crt', 'tls.key'])
  const version = (await store.load())?.version
  await own.kubectl('delete', 'secret', 'shared')
  assert.equal(await store.save(material, version), 'conflict')
  assert.equal(await store.load(), undefined)
})
