import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import { specDigest } from '../../../src/core/policy/roots.ts'
import { fakeEngineObjects } from '../../fakes/engine-objects.ts'
import { configMap } from '../engines/flux/objects.ts'
import {
  apps,
  appsPlan,
  declares,
  fluxLabels,
  groundOf,
  labelled,
  planOf,
  policyWith,
  repository,
  rooted,
  settings,
  source,
  terminating,
  withSpec,
} from '../provenance/engine-ground.ts'
import { decideIn } from './engine-deciding.ts'
import { after, current, engines, live, otherPlan, remove, withInventory } from './removing.ts'

describe('a Kustomization that is being deleted', () => {
  const ending = terminating(current)
  /** Git has removed it, and its source stays. */
  const gone = after([declares(source), declares(settings, appsPlan)], undefined, { inForce: [] })

  test('takes along what only it declared', async () => {
    assert.equal(await remove({ live: [ending, source], fleet: gone }), 'VerifiedCommit')
  })

  test('takes along what it declared, whether its plan is still in force or not', async () => {
    const fleet = { ...gone, inForce: [appsPlan] }
    assert.equal(await remove({ live: [ending, source], fleet }), 'VerifiedCommit')
  })

  test('takes along what it declared in a folder that went with it', async () => {
    const problem = { file: 'prod/settings.yaml', line: 1, message: 'there is no apps' }
    const scene = (hides: object) => ({
      live: [ending, source],
      fleet: after([declares(source)], undefined, { problems: [{ ...problem, ...hides }] }),
    })
    assert.equal(await remove(scene({ hides: 'nothing' })), 'VerifiedCommit')
    assert.match(await remove(scene({})), /^StillDeclared/)
  })

  test('takes along nothing that the policy declares as well', async () => {
    const objects = [declares(source), declares(settings, appsPlan), declares(settings)]
    for (const inForce of [[], [appsPlan]]) {
      const fleet = after(objects, undefined, { inForce })
      assert.match(await remove({ live: [ending, source], fleet }), /^StillDeclared/)
    }
  })

  test('takes along nothing that another Kustomization declares as well', async () => {
    const objects = [
      declares(source),
      declares(settings, appsPlan),
      declares(settings, otherPlan()),
    ]
    for (const inForce of [[otherPlan()], [appsPlan, otherPlan()]]) {
      const fleet = after(objects, undefined, { inForce })
      assert.match(await remove({ live: [ending, source], fleet }), /^StillDeclared/)
    }
  })

  test('takes along nothing in which something of others is declared', async () => {
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'pay' } }
    const changes = {
      kind: { group: '', version: 'v1', kind: 'Namespace' },
      resource: { group: '', version: 'v1', resource: 'namespaces' },
      name: 'pay',
      oldObject: labelled(namespace),
    }
    const own = [declares(source), declares(namespace, appsPlan), declares(settings, appsPlan)]
    const before = [...engines, ...own]
    const scene = { live: [ending, source] }
    for (const inForce of [[], [appsPlan]]) {
      const alone = after(own, before, { inForce })
      assert.equal(await remove({ ...scene, fleet: alone }, changes), 'VerifiedCommit')
      const shared = after([...own, declares(settings)], before, { inForce })
      assert.match(await remove({ ...scene, fleet: shared }, changes), /^StillDeclared/)
    }
  })

  test('takes along nothing while Git still declares it: somebody else deleted it', async () => {
    const fleet = after([...engines, declares(settings, appsPlan)])
    assert.match(await remove({ live: [ending, source], fleet }), /^StillDeclared/)
    const unforced = { ...fleet, inForce: [] }
    assert.match(await remove({ live: [ending, source], fleet: unforced }), /^StillDeclared/)
    const otherwise = after([
      declares(withSpec(apps, { path: './x' })),
      declares(source),
      declares(settings, appsPlan),
    ])
    assert.match(await remove({ live: [ending, source], fleet: otherwise }), /^StillDeclared/)
    const elsewhere = { fleet: gone, other: repository([declares(apps)]) }
    assert.match(await remove({ live: [ending, source], ...elsewhere }), /^StillDeclared/)
  })

  test('takes along nothing while Git still declares it, though it is another by now, and lists it', async () => {
    const otherwise = withInventory(withSpec(ending, { path: './other' }), settings)
    const declared = [...engines, declares(settings, appsPlan)]
    for (const inForce of [[], [appsPlan]]) {
      const fleet = after(declared, undefined, { inForce })
      assert.match(await remove({ live: [otherwise, source], fleet }), /^(?:Still|EvidenceRefused)/)
    }
    const policy = policyWith(
      `  roots: [{resource: kustomizations.kustomize.toolkit.fluxcd.io, namespace: flux-system, name: apps, digest: "${specDigest(apps)}"}]\n`,
    )
    const scene = { live: [otherwise, source], fleet: gone }
    assert.match(await remove({ ...scene, policy }), /^StillDeclared/)
    // Where nobody has it any more, the list is what there is.
    assert.equal(await remove(scene), 'VerifiedCommit')
  })

  test('takes along nothing that it lists and others declare, or that is not marked as its own', async () => {
    const otherwise = withInventory(withSpec(ending, { path: './other' }), settings)
    const scene = { live: [otherwise, source] }
    const shared = after([declares(source), declares(settings)], undefined, { inForce: [] })
    assert.match(await remove({ ...scene, fleet: shared }), /^StillDeclared/)
    const labels = { ...fluxLabels, 'kustomize.toolkit.fluxcd.io/name': 'web' }
    const foreign = { oldObject: labelled(settings, labels) }
    assert.match(await remove({ ...scene, fleet: gone }, foreign), /^Evidence/)
    assert.match(await remove({ ...scene, fleet: gone }, { oldObject: settings }), /^Evidence/)
    const unlisted = withInventory(withSpec(ending, { path: './other' }), apps)
    assert.match(await remove({ live: [unlisted, source], fleet: gone }), /^EvidenceRefused/)
    const suspended = withSpec(otherwise, { suspend: true })
    assert.match(await remove({ live: [suspended, source], fleet: gone }), /^EvidenceRefused/)
  })

  test('takes along nothing while it may still be declared', async () => {
    const hiding = (name: string) => ({
      ...gone,
      problems: [{ file: 'a.yaml', line: 1, message: 'a tab', names: [name] }],
    })
    const scene = { live: [ending, source] }
    assert.match(await remove({ ...scene, fleet: hiding('apps') }), /^StillDeclared/)
    assert.equal(await remove({ ...scene, fleet: hiding('web') }), 'VerifiedCommit')
  })

  test('takes along nothing while it is a root of the policy', async () => {
    const scene = { policy: rooted, live: [ending, source], fleet: gone }
    assert.match(await remove(scene), /^StillDeclared/)
  })

  test('takes along nothing once there is a new one of its name', async () => {
    const fleet = after([...engines, declares(settings, appsPlan)], undefined, { inForce: [] })
    const scene = { live, seen: [ending, source], fleet }
    assert.match(await remove(scene), /^StillDeclared/)
    // Not even where Git declares it nowhere.
    assert.match(await remove({ ...scene, fleet: gone }), /^(?:StillDeclared|EvidenceRefused)/)
  })

  test('takes along nothing once it is done, or keeps what it made', async () => {
    const done = { ...ending, metadata: { ...(ending['metadata'] as JsonObject), finalizers: [] } }
    assert.match(await remove({ live: [done, source], fleet: gone }), /^EvidenceMissing/)
    const suspended = withSpec(ending, { suspend: true })
    assert.match(await remove({ live: [suspended, source], fleet: gone }), /^EvidenceRefused/)
  })

  test('may outlive its source', async () => {
    const nothing = after([declares(settings, appsPlan)], undefined, { inForce: [] })
    assert.equal(await remove({ live: [ending], fleet: nothing }), 'VerifiedCommit')
    assert.match(await remove({ live: [current], fleet: nothing }), /^EvidenceMissing/)
    const never = after([], [declares(apps), declares(settings, appsPlan)], { inForce: [] })
    assert.match(await remove({ live: [ending], fleet: never }), /^EvidenceMissing/)
  })

  test('may outlive what its variables are read from', async () => {
    const postBuild = { substituteFrom: [{ kind: 'ConfigMap', name: 'vars' }] }
    const vars = configMap('vars', { a: '1' })
    const varied = withSpec(ending, { postBuild })
    const plan = planOf(withSpec(apps, { postBuild }), source, vars)
    const before = [
      declares(withSpec(apps, { postBuild })),
      declares(source),
      declares(vars),
      declares(settings, plan),
    ]
    const fleet = after([declares(source)], before, { inForce: [] })
    assert.equal(await remove({ live: [varied, source], fleet }), 'VerifiedCommit')
    const unknown = after(
      [declares(source)],
      before.filter((_, i) => i !== 2),
      { inForce: [] },
    )
    assert.match(await remove({ live: [varied, source], fleet: unknown }), /^NotDeclared/)
  })
})

test('whether an engine object is being deleted is asked of the cluster itself', async () => {
  const asked: string[] = []
  const ending = terminating(current)
  const gone = after([declares(source), declares(settings, appsPlan)], undefined, { inForce: [] })
  const ground = groundOf({ fleet: gone })
  const engineObjects = fakeEngineObjects([ending, source], [ending, source], { asked })
  const { verdict } = await decideIn({ ...ground, engineObjects }, { operation: 'DELETE' })
  assert.equal(verdict.reason, 'VerifiedCommit')
  assert.deepEqual(asked, ['Kustomization.kustomize.toolkit.fluxcd.io flux-system/apps'])
  asked.length = 0
  const goes = {
    ...groundOf({ fleet: after(engines) }),
    engineObjects: fakeEngineObjects(live, live, { asked }),
  }
  assert.equal((await decideIn(goes, { operation: 'DELETE' })).verdict.reason, 'VerifiedCommit')
  assert.deepEqual(asked, [])
})
