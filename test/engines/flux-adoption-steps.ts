import assert from 'node:assert/strict'
import type { JsonObject } from '../../src/core/manifest/json.ts'
import type { FluxCluster } from './flux-cluster.ts'
import { configMap, documents, kustomization } from './flux-manifests.ts'
import { says, shows, type Step } from './flux-step.ts'
import { withoutWebhook } from './without-webhook.ts'

const made = documents(configMap('adopted', { a: 'by hand', b: 'by hand' }))
const adopted = { kind: 'ConfigMap', namespace: 'shop', name: 'adopted' }
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

async function applyByHand(flux: FluxCluster): Promise<void> {
  await withoutWebhook(flux, async () => {
    const args = ['apply', '-f', '-']
    const { code, stderr } = await flux.cluster.kubectl('admin', args, { input: made })
    assert.equal(code, 0, stderr)
  })
}

const ofOrder = (name: string, spec: JsonObject) =>
  kustomization(name, { path: `./ordered/${name}`, ...spec })

/** What was there before, and what waits for others. */
export const adoptionSteps: readonly Step[] = [
  {
    title: 'an object that somebody applied before the webhook was there',
    before: applyByHand,
    files: { 'apps/adopted.yaml': documents(configMap('adopted', { a: 'from Git' })) },
    async holds(flux) {
      await says(flux, 'adopted', { a: 'from Git' })
      const labels = { 'kustomize.toolkit.fluxcd.io/name': 'apps' }
      await shows(flux, adopted, { metadata: { labels } })
      assert.doesNotMatch(JSON.stringify(await flux.read(adopted)), new RegExp(lastApplied))
    },
  },
  {
    title: 'one that depends on another, with health checks',
    files: {
      'clusters/prod/ordered.yaml': documents(
        ofOrder('first', {
          timeout: '30s',
          healthChecks: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'one', namespace: 'shop' }],
        }),
        ofOrder('then', { dependsOn: [{ name: 'first' }], wait: true, timeout: '30s' }),
      ),
      'ordered/first/one.yaml': documents(configMap('one', { a: '1' })),
      'ordered/then/two.yaml': documents(configMap('two', { a: '2' })),
    },
    async meanwhile(flux) {
      const first = { kind: 'Kustomization', namespace: 'flux-system', name: 'first' }
      await flux.until('the first is there', async () => {
        const live = await flux.read(first)
        return JSON.stringify(live?.['status'] ?? {}).includes('ReconciliationSucceeded')
      })
      // By itself it looks again after half a minute.
      await flux.reconcile({ ...first, name: 'then' })
    },
    holds: (flux) => says(flux, 'two', { a: '2' }),
  },
  {
    title: 'the end of both',
    files: { 'clusters/prod/ordered.yaml': null, 'apps/adopted.yaml': null },
  },
]
