import assert from 'node:assert/strict'
import { at } from '../../src/core/manifest/json.ts'
import type { Requester } from '../e2e/requester.ts'

const collection = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations'
const name = 'solewriter'

/** A cluster with an engine in it. */
interface Guarded {
  as(user: string): Requester
  until(what: string, holds: () => Promise<boolean> | boolean): Promise<void>
}

/** What somebody does while nobody asks us: our configuration is away, and then back as it was. */
export async function withoutWebhook(guarded: Guarded, job: () => Promise<void>): Promise<void> {
  const restore = await removeWebhook(guarded)
  try {
    await job()
  } finally {
    await restore()
  }
}

/** What it returns brings it back. Both wait until the API server has heard of it. */
export async function removeWebhook(guarded: Guarded): Promise<() => Promise<void>> {
  const admin = guarded.as('admin')
  const { status, json, text } = await admin({ method: 'GET', path: `${collection}/${name}` })
  assert.equal(status, 200, text)
  const removed = await admin({ method: 'DELETE', path: `${collection}/${name}` })
  assert.equal(removed.status, 200, removed.text)
  await guarded.until('nobody is asked', async () => !(await isRefused(guarded)))
  return async () => {
    const body = { ...json, metadata: { name, labels: at(json as never, 'metadata', 'labels') } }
    const made = await admin({ method: 'POST', path: collection, body })
    assert.equal(made.status, 201, made.text)
    await guarded.until('we are asked again', () => isRefused(guarded))
  }
}

async function isRefused(guarded: Guarded): Promise<boolean> {
  const { status } = await guarded.as('alice')({
    method: 'POST',
    path: '/api/v1/namespaces/default/configmaps?dryRun=All',
    body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'probe' } },
  })
  return status === 403
}
