import assert from 'node:assert/strict'
import { at } from '../../src/core/manifest/json.ts'
import type { FluxCluster } from './flux-cluster.ts'

const collection = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations'
const name = 'solewriter'

/** What somebody does while nobody asks us: our configuration is away, and then back as it was. */
export async function withoutWebhook(flux: FluxCluster, job: () => Promise<void>): Promise<void> {
  const admin = flux.as('admin')
  const { status, json, text } = await admin({ method: 'GET', path: `${collection}/${name}` })
  assert.equal(status, 200, text)
  const removed = await admin({ method: 'DELETE', path: `${collection}/${name}` })
  assert.equal(removed.status, 200, removed.text)
  try {
    await flux.until('nobody is asked', async () => (await isRefused(flux)) === false)
    await job()
  } finally {
    const body = { ...json, metadata: { name, labels: at(json as never, 'metadata', 'labels') } }
    const made = await admin({ method: 'POST', path: collection, body })
    assert.equal(made.status, 201, made.text)
    await flux.until('we are asked again', () => isRefused(flux))
  }
}

async function isRefused(flux: FluxCluster): Promise<boolean> {
  const { status } = await flux.as('alice')({
    method: 'POST',
    path: '/api/v1/namespaces/default/configmaps?dryRun=All',
    body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'probe' } },
  })
  return status === 403
}
