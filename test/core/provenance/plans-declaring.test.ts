import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plansDeclaring } from '../../../src/core/provenance/plans-declaring.ts'
import { commitA, commitB, sourceOf, type FakeRepository } from '../../fakes/git.ts'
import { kustomization } from '../engines/flux/objects.ts'
import {
  appsPlan,
  declares,
  groundOf,
  planOf,
  repository,
  settings,
  source,
  subjectOf,
} from './engine-ground.ts'

const web = kustomization({ metadata: { name: 'web', namespace: 'flux-system' } })
const webPlan = planOf(web, source)

async function ask(fleet: FakeRepository, writer = 'flux', request = {}) {
  const found = await plansDeclaring(subjectOf(request, writer), groundOf({ fleet }))
  return found.map(({ kind, name }) => `${kind} ${name}`)
}

const declaring = repository([declares(settings, appsPlan)], { inForce: [appsPlan, webPlan] })

test('the engine objects whose plans declare it, each once', async () => {
  assert.deepEqual(await ask(declaring), ['Kustomization apps'])
  const both = repository([declares(settings, appsPlan), declares(settings, webPlan)], {
    inForce: [appsPlan, webPlan],
  })
  assert.deepEqual(await ask(both), ['Kustomization apps', 'Kustomization web'])
  const release = { ...appsPlan, branch: 'release' }
  const branches = repository([], {
    tips: { main: commitA, release: commitB },
    declares: {
      [commitA]: [declares(settings, appsPlan)],
      [commitB]: [declares(settings, release)],
    },
    inForce: [appsPlan, release],
  })
  assert.deepEqual(await ask(branches), ['Kustomization apps'])
})

test('no source of the policy, which is no engine object', async () => {
  assert.deepEqual(await ask(repository([declares(settings)])), [])
  const also = repository([declares(settings), declares(settings, webPlan)], { inForce: [webPlan] })
  assert.deepEqual(await ask(also), ['Kustomization web'])
  assert.equal(sourceOf('main').engine, undefined)
})

test('none where it is declared in two ways, by nobody, or nobody can tell', async () => {
  const two = [declares(settings, appsPlan), declares({ ...settings, data: {} }, webPlan)]
  assert.deepEqual(await ask(repository(two, { inForce: [appsPlan, webPlan] })), [])
  assert.deepEqual(await ask(repository([])), [])
  for (const state of ['pending', 'broken', 'duplicate'] as const) {
    assert.deepEqual(await ask({ ...declaring, declares: { [commitA]: state } }), [])
  }
  assert.deepEqual(await ask({ tips: {} }), [])
})

test('none of a repository that is not the writer’s', async () => {
  assert.deepEqual(await ask(declaring, 'team'), [])
})

test('none where nobody knows what kind of object it is', async () => {
  const ground = groundOf({ fleet: declaring })
  const subject = { ...subjectOf(), target: undefined }
  assert.deepEqual(await plansDeclaring(subject, ground), [])
})
