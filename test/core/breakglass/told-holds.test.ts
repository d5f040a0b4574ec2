import assert from 'node:assert/strict'
import { test } from 'node:test'
import { holdsToldBy } from '../../../src/core/breakglass/told-holds.ts'

const grant = 'bg-0198c1d2-7c1e-4b2f-9a53-0d6f7f4f2a11'
const since = '2026-02-21T12:05:00Z'
const until = '2026-02-21T12:31:00Z'

function refusalOf(use: number, words = `break-glass ${grant} use ${use} changed this`): string {
  return (
    'Deployment/shop/web dry-run failed (Forbidden): admission webhook "writes.solewriter.dev" denied ' +
    `the request: [ReconcileHeld] deployments.apps shop/web: ${words} (spec.replicas), and ` +
    `fleet@6e7f60ce7f63 says what Git said then. It is held back for 26m 0s more, until ${until}. ` +
    'To let it pass, put the change into Git. (decision 01M8QPWBW08Z1F5Z6G)'
  )
}

function kustomization(...messages: readonly unknown[]) {
  const conditions = messages.map((message, i) => ({
    type: `Type${i}`,
    lastTransitionTime: since,
    message,
  }))
  const metadata = { namespace: 'flux-system', name: 'apps' }
  return { kind: 'Kustomization', metadata, status: { conditions } } as never
}

const told = {
  grant,
  use: 2,
  at: Date.parse(since),
  by: 'Kustomization flux-system/apps',
  commit: 'fleet@6e7f60ce7f63',
  until: Date.parse(until),
}

test('what an engine was refused is read from its conditions', () => {
  assert.deepEqual(holdsToldBy(kustomization(refusalOf(2))), [told])
  const both = `${refusalOf(2)}\n${refusalOf(3)}`
  assert.deepEqual(holdsToldBy(kustomization(both)), [told, { ...told, use: 3 }])
})

test('what says something else is no hold', () => {
  const others = [
    refusalOf(2).replace('[ReconcileHeld]', '[ContentMismatch]'),
    refusalOf(2, 'break-glass changed this'),
    refusalOf(2).replace(until, 'tomorrow'),
    'Applied revision: main@sha1:6e7f60ce7f63',
    7,
    null,
  ]
  assert.deepEqual(holdsToldBy(kustomization(...others)), [])
  assert.deepEqual(holdsToldBy({ kind: 'Kustomization' }), [])
  assert.deepEqual(holdsToldBy({ status: { conditions: [null, 'x', {}] } }), [])
})
