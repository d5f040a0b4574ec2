import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { at, type Json } from '../../src/core/manifest/json.ts'
import { startArgo, told, type ArgoCluster } from './argo-cluster.ts'
import { application } from './argo-manifests.ts'
import { says } from './argo-step.ts'
import { documents } from './flux-manifests.ts'

// Whatever of it dies in the middle: what is committed lands, without help.

const shop = (text: string) =>
  documents({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'first' },
    data: { says: text },
  })

const engines = ['argocd-application-controller', 'argocd-repo-server', 'argocd-redis']

let argo: ArgoCluster

before(async () => {
  const files = {
    'apps/shop.yaml': documents(application('shop', { source: { path: 'shop' } })),
    'shop/first.yaml': shop('first'),
  }
  argo = await startArgo(files, { replicas: 3, with: ['webhook', 'argo-cd'] })
})
after(() => argo.end())

async function kill(names: readonly string[]): Promise<void> {
  for (const name of names) await argo.cluster.kill(name)
}

async function start(names: readonly string[]): Promise<void> {
  for (const name of names) await argo.cluster.start(name)
}

/** It has not given up, and was not near it. */
async function hasTriesLeft(): Promise<void> {
  const live = await argo.read({ kind: 'Application', namespace: 'argocd', name: 'shop' })
  const count: Json = at(live ?? null, 'status', 'operationState', 'retryCount') ?? 0
  assert.ok(typeof count === 'number' && count < 5, `tried ${JSON.stringify(count)} times`)
}

describe('it lands', () => {
  test('with one replica of three', async () => {
    await kill(['serve-0', 'serve-1'])
    await argo.land({ 'shop/first.yaml': shop('one replica') })
    await says(argo, 'shop/first', { says: 'one replica' })
    await start(['serve-0', 'serve-1'])
  })

  test('with replicas that have just come', async () => {
    await kill(['serve-2'])
    await start(['serve-2'])
    await argo.land({ 'shop/first.yaml': shop('new replicas') })
    await says(argo, 'shop/first', { says: 'new replicas' })
  })

  test('after no replica was there when it was applied first', async () => {
    const all = ['serve-0', 'serve-1', 'serve-2']
    await argo.commit({ 'shop/first.yaml': shop('no replica') })
    await kill(all)
    await start(all)
    const commit = (await argo.fleet.git(['rev-parse', 'main'])).trim()
    await argo.settled(commit)
    await says(argo, 'shop/first', { says: 'no replica' })
    await hasTriesLeft()
  })

  test('after Argo CD was started anew in the middle', async () => {
    const commit = await argo.commit({ 'shop/first.yaml': shop('new engine') })
    await argo.refresh({ kind: 'Application', metadata: { namespace: 'argocd', name: 'shop' } })
    await kill(engines)
    await start(engines.toReversed())
    await argo.settled(commit)
    await says(argo, 'shop/first', { says: 'new engine' })
    await hasTriesLeft()
  })

  test('after the Git server was away', async () => {
    await kill(['git'])
    const commit = await argo.commit({ 'shop/first.yaml': shop('new server') })
    await argo.refresh({ kind: 'Application', metadata: { namespace: 'argocd', name: 'shop' } })
    await says(argo, 'shop/first', { says: 'new engine' })
    await start(['git'])
    await argo.settled(commit)
    await says(argo, 'shop/first', { says: 'new server' })
    await hasTriesLeft()
  })
})

test('nothing was refused to Argo CD', () => {
  assert.deepEqual(argo.denied().map(told), [])
})
