import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { isJsonObject, type JsonObject } from '../../../src/core/manifest/json.ts'
import { commitB } from '../../fakes/git.ts'
import {
  apps,
  appsPlan,
  declares,
  hour,
  labelled,
  now,
  planOf,
  settings,
  source,
  terminating,
  withSpec,
  withStatus,
} from '../provenance/engine-ground.ts'
import { verdictOf } from './engine-deciding.ts'
import { after } from './removing.ts'

const moved = withSpec(apps, { path: './elsewhere' })
const movedPlan = planOf(moved, source)
const before = [declares(apps), declares(source), declares(settings, appsPlan)]

/** Its controller is at the newest commit, and has seen the first spec. */
function behind(object: JsonObject, observedGeneration = 1): JsonObject {
  const status = { lastAttemptedRevision: `main@sha1:${commitB}`, observedGeneration }
  const { metadata = {}, ...rest } = withStatus(object, status)
  return { ...rest, metadata: { ...(isJsonObject(metadata) ? metadata : {}), generation: 2 } }
}

describe('a Kustomization that was changed while its controller is at work', () => {
  const changed = [declares(moved), declares(source), declares(settings, appsPlan)]
  const fleet = after(changed, before, { inForce: [movedPlan] })
  const live = [behind(moved), source]

  test('applies what it said before, within the grace of that', async () => {
    assert.equal(await verdictOf({}, { fleet, live }), 'VerifiedCommit')
  })

  test('applies nothing of that once its controller has seen the change', async () => {
    const seen = [behind(moved, 2), source]
    assert.match(await verdictOf({}, { fleet, live: seen }), /^NotDeclared/)
  })

  test('applies nothing of that once it is long ago', async () => {
    const earlier = { [`main ${'a'.repeat(40)}`]: now - hour }
    assert.match(await verdictOf({}, { fleet: { ...fleet, earlier }, live }), /^NotDeclared/)
  })

  test('applies nothing else', async () => {
    const object = labelled({ ...settings, data: { a: '2' } })
    assert.match(await verdictOf({ object }, { fleet, live }), /^ContentMismatch/)
    const undeclared = after([declares(moved), declares(source)], before, { inForce: [movedPlan] })
    assert.match(await verdictOf({}, { fleet: undeclared, live }), /^NotDeclared/)
  })

  test('applies nothing while it says what Git does not', async () => {
    const edited = [behind(withSpec(apps, { path: './evil' })), source]
    assert.match(await verdictOf({}, { fleet, live: edited }), /^EvidenceRefused/)
    const bucket = withSpec(apps, { sourceRef: { kind: 'Bucket', name: 'x' } })
    assert.match(await verdictOf({}, { fleet, live: [behind(bucket), source] }), /^EvidenceRefused/)
  })
})

describe('a Kustomization that is deleted while its controller is at work', () => {
  const removed = [declares(source), declares(settings, appsPlan)]
  const fleet = after(removed, before, { inForce: [] })

  test('applies what it said before', async () => {
    const live = [behind(terminating(apps)), source]
    assert.equal(await verdictOf({}, { fleet, live }), 'VerifiedCommit')
  })

  test('applies nothing once its controller has seen that', async () => {
    const live = [behind(terminating(apps), 2), source]
    assert.match(await verdictOf({}, { fleet, live }), /^EvidenceMissing: .*being deleted/)
  })
})
