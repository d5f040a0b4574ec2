import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { commitA, commitB, type FakeObject, type FakeRepository } from '../../fakes/git.ts'
import { application, automated, running } from '../engines/argo-cd/applications.ts'
import {
  applicationController,
  apps,
  appsPlan,
  declares,
  idOf,
  planOf,
  settings,
  source,
  withSpec,
  withStatus,
} from '../provenance/engine-ground.ts'
import { after, remove } from './removing.ts'

describe('a Kustomization whose spec has changed', () => {
  const attempted = { lastAttemptedRevision: `main@sha1:${commitB}` }
  const moved = withSpec(apps, { path: './elsewhere' })
  const movedPlan = planOf(moved, source)
  const live = [withStatus(moved, attempted), source]
  const now = [declares(moved), declares(source)]
  const before = [declares(apps), declares(source)]
  const inForce = [movedPlan]

  test('deletes what it declared by the old one', async () => {
    const fleet = after(now, [...before, declares(settings, appsPlan)], { inForce })
    assert.equal(await remove({ live, fleet }), 'VerifiedCommit')
  })

  test('deletes what the newest commit declares by the old one: it was applied before its spec was', async () => {
    const fleet = after([...now, declares(settings, appsPlan)], before, { inForce })
    assert.equal(await remove({ live, fleet }), 'VerifiedCommit')
  })

  test('deletes nothing that the new one declares still', async () => {
    const both = [...now, declares(settings, movedPlan)]
    const fleet = after(both, [...before, declares(settings, appsPlan)], { inForce })
    assert.match(await remove({ live, fleet }), /^StillDeclared/)
  })

  test('deletes nothing that neither declared', async () => {
    assert.match(await remove({ live, fleet: after(now, before, { inForce }) }), /^NotDeclared/)
  })

  test('deletes nothing by a spec that Git never declared', async () => {
    const fleet = after(now, [declares(source), declares(settings, appsPlan)], { inForce })
    assert.match(await remove({ live, fleet }), /^NotDeclared/)
  })
})

describe('an Application whose source has changed', () => {
  const at = (path: string) => ({
    repoURL: 'https://git.example.com/acme/fleet.git',
    path,
    targetRevision: 'main',
  })
  const old = application({ spec: { source: at('apps/old') } })
  const web = application()
  const tracked: JsonObject = {
    ...settings,
    metadata: {
      name: 'settings',
      namespace: 'pay',
      annotations: { 'argocd.argoproj.io/tracking-id': 'web:/ConfigMap:pay/settings' },
    },
  }
  const sync = running(automated({ revision: commitB, prune: true }), {
    result: { revision: commitB, source: at('apps/web') },
  })

  test('prunes what it declared by the old one', async () => {
    const before = [declares(old), declares(settings, planOf(old))]
    const fleet = after([declares(web)], before, { inForce: [planOf(web)] })
    const changes = { user: applicationController, oldObject: tracked }
    assert.equal(await remove({ live: [sync], fleet }, changes), 'VerifiedCommit')
    const other = after([declares(web)], [declares(old)], { inForce: [planOf(web)] })
    assert.match(await remove({ live: [sync], fleet: other }, changes), /^NotDeclared/)
  })
})

describe('what an Application deletes to make it anew', () => {
  const web = application()
  const plan = planOf(web)
  const hook = (text: string): FakeObject => {
    const metadata = {
      name: 'settings',
      namespace: 'pay',
      annotations: { 'argocd.argoproj.io/hook': 'Sync' },
    }
    const object: JsonObject = { ...settings, metadata, data: { a: text } }
    return { id: idOf(object), object, plan }
  }
  const annotations = { 'argocd.argoproj.io/tracking-id': 'web:/ConfigMap:pay/settings' }
  const oldObject: JsonObject = {
    ...settings,
    metadata: { name: 'settings', namespace: 'pay', annotations },
  }
  const ask = (revision: string, fleet: FakeRepository) => {
    const live = [running(automated({ revision, prune: true }))]
    return remove({ live, fleet }, { user: applicationController, oldObject })
  }
  const rest = { inForce: [plan] }
  const [same, other] = [hook('1'), hook('2')].map((now) =>
    after([declares(web), now], [declares(web), hook('1')], rest),
  )

  test('goes by a commit by which it can come back', async () => {
    assert.equal(await ask(commitB, other ?? assert.fail()), 'VerifiedCommit')
    assert.equal(await ask(commitA, same ?? assert.fail()), 'VerifiedCommit')
  })

  test('stays where it could not', async () => {
    const long = { ...other, earlier: { [`main ${commitA}`]: 1 } }
    assert.match(await ask(commitA, { ...after([]), ...long }), /^CommitSuperseded/)
    const unmerged = { ...after([]), ...other }
    const commits = { ...unmerged.commits, ['d'.repeat(40)]: { kind: 'unreachable' } as const }
    assert.match(await ask('d'.repeat(40), { ...unmerged, commits }), /^CommitNotOnBranch/)
  })
})
