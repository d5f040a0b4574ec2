import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import type { Plan } from '../../../src/core/plans/plan.ts'
import { commitA, commitB, type FakeObject } from '../../fakes/git.ts'
import { application, automated, running, source } from '../engines/argo-cd/applications.ts'
import {
  applicationController,
  declares,
  idOf,
  planOf,
  settings,
} from '../provenance/engine-ground.ts'
import { verdictOf } from './engine-deciding.ts'
import { after, remove } from './removing.ts'

const tagged = { ...source, targetRevision: 'v1' }
const spec = { source: tagged }
const web = application({ spec })
const plan: Plan = { ...planOf(web), branch: 'main' }
const pinnedTo = (pin: string): Plan => ({ ...plan, pin })

const tracked: JsonObject = {
  ...settings,
  metadata: {
    name: 'settings',
    namespace: 'pay',
    annotations: { 'argocd.argoproj.io/tracking-id': 'web:/ConfigMap:pay/settings' },
  },
}

function syncing(revision: string): readonly JsonObject[] {
  const sync = automated({ source: tagged, revision, prune: true })
  return [running(sync, { spec, result: { revision, source: tagged } })]
}

function saying(text: string, by: Plan): FakeObject {
  return { id: idOf(settings), object: { ...settings, data: { a: text } }, plan: by }
}

describe('an Application of a tag that the branch has left behind', () => {
  const fleet = after(
    [declares(web), saying('newer', pinnedTo(commitB))],
    [declares(web), saying('tagged', pinnedTo(commitA))],
    { tags: { v1: commitA }, inForce: [pinnedTo(commitA)] },
  )
  const apply = (revision: string, text: string) =>
    verdictOf(
      { user: applicationController, object: { ...tracked, data: { a: text } } },
      { fleet, live: syncing(revision) },
    )

  test('applies what the tag says', async () => {
    assert.equal(await apply(commitA, 'tagged'), 'VerifiedCommit')
    assert.match(await apply(commitA, 'newer'), /^ContentMismatch/)
  })

  test('applies nothing of a commit that the tag is not', async () => {
    for (const text of ['newer', 'tagged']) {
      assert.match(await apply(commitB, text), /^EvidenceRefused: .*applies b{12}.*"v1" is a{12}/)
    }
  })
})

describe('an Application of a tag that has moved', () => {
  const changes = { user: applicationController, oldObject: tracked }
  const live = syncing(commitB)
  const rest = { tags: { v1: commitB }, inForce: [pinnedTo(commitB)] }
  const before = [declares(web), declares(settings, plan)]

  test('deletes what its branch once declared where the tag was', async () => {
    const fleet = after([declares(web)], before, rest)
    assert.equal(await remove({ live, fleet }, changes), 'VerifiedCommit')
  })

  test('deletes nothing that the tag says still', async () => {
    const still = [declares(web), declares(settings, pinnedTo(commitB))]
    assert.match(
      await remove({ live, fleet: after(still, before, rest) }, changes),
      /^StillDeclared/,
    )
  })

  test('deletes nothing that its branch never declared', async () => {
    const fleet = after([declares(web)], [declares(web)], rest)
    assert.match(await remove({ live, fleet }, changes), /^NotDeclared/)
  })

  test('deletes nothing as of the commit where the tag was', async () => {
    const fleet = after([declares(web)], before, rest)
    const old = syncing(commitA)
    assert.match(await remove({ live: old, fleet }, changes), /^EvidenceRefused/)
  })
})
