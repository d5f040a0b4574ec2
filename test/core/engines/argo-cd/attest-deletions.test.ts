import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../../../src/core/manifest/json.ts'
import {
  application,
  attestation,
  automated,
  newCommit,
  refusalOf,
  revisionOf,
  source,
  syncing,
} from './applications.ts'

const cascade = 'resources-finalizer.argocd.argoproj.io'
const deletionTimestamp = '2026-01-01T00:00:00Z'

function terminating(finalizers: readonly string[], parts: JsonObject = {}): JsonObject {
  return { ...application({ metadata: { deletionTimestamp, finalizers } }), ...parts }
}

function isOnlyRecreating(object: JsonObject): boolean {
  const answer = attestation(object, 'delete')
  return answer.kind === 'applies' ? answer.onlyRecreates === true : assert.fail(answer.why)
}

test('an operation that prunes deletes at its commit', () => {
  assert.equal(revisionOf(syncing({ prune: true }), 'delete'), `commit ${newCommit}`)
  assert.equal(isOnlyRecreating(syncing({ prune: true })), false)
})

test('one that does not prune only deletes what comes anew: hooks, and what is replaced', () => {
  for (const prune of [false, null, 'true', 1]) {
    assert.equal(isOnlyRecreating(syncing({ prune })), true)
  }
  assert.equal(revisionOf(syncing({ prune: false }), 'delete'), `commit ${newCommit}`)
})

test('applying has nothing to do with pruning', () => {
  const answer = attestation(syncing({ prune: false }))
  assert.ok(answer.kind === 'applies' && answer.onlyRecreates === undefined)
})

for (const finalizer of [cascade, `${cascade}/foreground`, `${cascade}/background`]) {
  test(`the Application being deleted with ${finalizer} deletes what it applied`, () => {
    const object = terminating([finalizer])
    assert.equal(revisionOf(object, 'delete'), 'branch main')
    assert.equal(isOnlyRecreating(object), false)
    assert.match(refusalOf(object), /^idle: /)
  })
}

test('without its finalizer it deletes nothing, nor does one that is not being deleted', () => {
  for (const finalizers of [[], ['foreground'], [`${cascade}/orphan`], ['x.argoproj.io']]) {
    assert.match(refusalOf(terminating(finalizers), 'delete'), /^idle: /)
  }
  const living = application({ metadata: { finalizers: [cascade] } })
  assert.match(refusalOf(living, 'delete'), /^idle: no operation/)
})

test('its operation ends first: until then only that deletes', () => {
  const requested = terminating([cascade], { operation: automated() })
  assert.match(refusalOf(requested, 'delete'), /^idle: /)
  const metadata = { deletionTimestamp, finalizers: [cascade] }
  const both = syncing({ prune: false }, { metadata })
  assert.equal(isOnlyRecreating(both), true)
  const local = syncing({ manifests: ['x'] }, { metadata })
  assert.match(refusalOf(local, 'delete'), /^refused: /)
})

const hooks = [
  'pre-delete-finalizer.argocd.argoproj.io',
  'post-delete-finalizer.argocd.argoproj.io',
]
for (const finalizer of hooks) {
  test(`${finalizer} lets hooks run, and go`, () => {
    const object = terminating([finalizer])
    assert.equal(revisionOf(object), 'branch main')
    assert.equal(isOnlyRecreating(object), true)
    const cleanup = terminating([`${finalizer}/cleanup`])
    assert.equal(isOnlyRecreating(cleanup), true)
    assert.match(refusalOf(cleanup), /^idle: /)
    assert.equal(isOnlyRecreating(terminating([finalizer, cascade])), false)
  })
}

test('what a commit pins is deleted as of that commit', () => {
  const spec = { source: { ...source, targetRevision: newCommit } }
  const pinned = application({ metadata: { deletionTimestamp, finalizers: [cascade] }, spec })
  assert.equal(revisionOf(pinned, 'delete'), `commit ${newCommit}`)
})

test('an Application for another cluster deletes nothing here', () => {
  const spec = { destination: { name: 'prod-eu' } }
  const metadata = { deletionTimestamp, finalizers: [cascade] }
  assert.match(refusalOf(application({ metadata, spec }), 'delete'), /^idle: /)
})
