import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { startArgo, told, type ArgoCluster } from './argo-cluster.ts'
import { application } from './argo-manifests.ts'
import { says } from './argo-step.ts'
import { documents } from './flux-manifests.ts'

// Nightly, as `--nightly` sets it: what a long run shows, and what the webhook costs.

const isNightly = process.env['SOLEWRITER_CASES'] !== undefined
const commits = 200
const compared = 30

const shop = (i: number) => ({
  'apps/shop.yaml': documents(
    application('shop', {
      source: { path: 'shop' },
      // Every tenth commit also changes the Application, every other of these by its child alone.
      annotations: { 'example.com/round': String(Math.floor(i / 10)) },
    }),
  ),
  'shop/first.yaml': named('first', i),
  [`shop/turn-${i % 5}.yaml`]: named(`turn-${i % 5}`, i),
  [`shop/turn-${(i + 2) % 5}.yaml`]: null,
})

function named(name: string, i: number): string {
  const data = { says: String(i) }
  return documents({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data })
}

async function landAll(argo: ArgoCluster, count: number): Promise<number> {
  const startedAt = performance.now()
  for (let i = 1; i <= count; i += 1) {
    await argo.land(shop(i))
    await says(argo, 'shop/first', { says: String(i) })
  }
  return (performance.now() - startedAt) / count
}

describe('a long run of Argo CD', { skip: isNightly ? false : 'nightly' }, () => {
  test(`${commits} commits with three replicas, and nothing is refused`, async () => {
    const argo = await startArgo(shop(0), { replicas: 3, with: ['webhook', 'argo-cd'] })
    try {
      await landAll(argo, commits)
      assert.deepEqual(argo.denied().map(told), [])
    } finally {
      await argo.end()
    }
  })

  test('the time from commit to applied, with and without the webhook', async (t) => {
    const times: number[] = []
    for (const groups of [['webhook', 'argo-cd'], ['argo-cd']] as const) {
      const argo = await startArgo(shop(0), { with: groups })
      try {
        times.push(await landAll(argo, compared))
      } finally {
        await argo.end()
      }
    }
    const [guarded = 0, bare = 0] = times
    t.diagnostic(
      `per commit ${guarded.toFixed(0)} ms with, ${bare.toFixed(0)} ms without: ratio ${(guarded / bare).toFixed(2)}`,
    )
  })
})
