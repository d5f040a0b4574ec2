import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { startFlux, told, type FluxCluster } from './flux-cluster.ts'
import { configMap, documents, kustomization, namespace } from './flux-manifests.ts'
import { says } from './flux-step.ts'
import { withoutWebhook } from './without-webhook.ts'

// Whatever of it dies in the middle: what is committed lands, without help.

const engines = ['source-controller', 'kustomize-controller']
const replicas = ['serve-0', 'serve-1', 'serve-2']
const shop = (text: string) => documents(namespace('shop'), configMap('first', { says: text }))

let flux: FluxCluster

before(async () => {
  const files = {
    'clusters/prod/shop.yaml': documents(kustomization('shop', { path: './shop' })),
    'shop/first.yaml': shop('first'),
  }
  flux = await startFlux(files, { replicas: 3 })
  await flux.applied((await flux.fleet.git(['rev-parse', 'main'])).trim())
})
after(() => flux.end())

async function kill(names: readonly string[]): Promise<void> {
  for (const name of names) await flux.cluster.kill(name)
}

async function start(names: readonly string[]): Promise<void> {
  for (const name of names) await flux.cluster.start(name)
}

describe('it lands', () => {
  test('with one replica of three', async () => {
    await kill(['serve-0', 'serve-1'])
    await flux.land({ 'shop/first.yaml': shop('one replica') })
    await says(flux, 'first', { says: 'one replica' })
    await start(['serve-0', 'serve-1'])
  })

  test('with replicas that have just come', async () => {
    await kill(['serve-2'])
    await start(['serve-2'])
    await flux.land({ 'shop/first.yaml': shop('new replicas') })
    await says(flux, 'first', { says: 'new replicas' })
  })

  test('after no replica was there when it was applied first', async () => {
    const commit = await flux.fleet.commit({ 'shop/first.yaml': shop('no replica') })
    await kill(replicas)
    await start(replicas)
    await flux.applied(commit)
    await says(flux, 'first', { says: 'no replica' })
  })

  test('after Flux was started anew in the middle', async () => {
    const commit = await flux.fleet.commit({ 'shop/first.yaml': shop('new engine') })
    await kill(engines)
    await start(engines)
    await flux.applied(commit)
    await says(flux, 'first', { says: 'new engine' })
  })

  test('after the Git server was away', async () => {
    await kill(['git'])
    const commit = await flux.fleet.commit({ 'shop/first.yaml': shop('new server') })
    await says(flux, 'first', { says: 'new engine' })
    await start(['git'])
    await flux.applied(commit)
    await says(flux, 'first', { says: 'new server' })
  })
})

test('what was changed while the webhook was away is healed', async () => {
  const object = { kind: 'ConfigMap', namespace: 'shop', name: 'first' }
  const path = '/api/v1/namespaces/shop/configmaps/first'
  await withoutWebhook(flux, async () => {
    const body = { data: { says: 'by hand' }, metadata: { labels: { by: 'hand' } } }
    const type = 'application/merge-patch+json'
    const { status, text } = await flux.as('admin')({ method: 'PATCH', path, type, body })
    assert.equal(status, 200, text)
  })
  await flux.reconcile({ kind: 'Kustomization', namespace: 'flux-system', name: 'shop' })
  await flux.until(
    'it is as before',
    async () =>
      JSON.stringify((await flux.read(object))?.['data']) ===
      JSON.stringify({ says: 'new server' }),
  )
})

test('nothing was refused to Flux', () => {
  assert.deepEqual(flux.denied().map(told), [])
})
