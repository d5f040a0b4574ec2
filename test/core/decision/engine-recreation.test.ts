import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { JsonObject } from '../../../src/core/manifest/json.ts'
import type { FakeObject } from '../../fakes/git.ts'
import {
  appsPlan,
  declares,
  idOf,
  labelled,
  settings,
  source,
  withSpec,
} from '../provenance/engine-ground.ts'
import { after, current, otherPlan, remove } from './removing.ts'

describe('a Kustomization that does not prune', () => {
  const keeps = withSpec(current, { prune: false })
  const keeping = (objects: readonly JsonObject[], before = objects) =>
    after(
      [declares(keeps), declares(source), ...objects.map((one) => declares(one, appsPlan))],
      [declares(keeps), declares(source), ...before.map((one) => declares(one, appsPlan))],
    )
  const anew: JsonObject = {
    ...settings,
    metadata: {
      name: 'settings',
      namespace: 'pay',
      annotations: { 'kustomize.toolkit.fluxcd.io/force': 'enabled' },
    },
  }
  /** Flux makes nothing anew that is as it wants it. */
  const changed = { oldObject: labelled({ ...settings, data: { a: '0' } }) }
  // What `declares` leaves out of the metadata.
  const asked = (object: JsonObject): FakeObject => ({ id: idOf(object), object, plan: appsPlan })

  test('deletes nothing but what asks to be made anew', async () => {
    const scene = { live: [keeps, source] }
    assert.match(
      await remove({ ...scene, fleet: keeping([], [settings]) }),
      /^EvidenceRefused: .*made anew/,
    )
    const fleet = after([declares(keeps), declares(source), asked(anew)])
    assert.equal(await remove({ ...scene, fleet }, changed), 'VerifiedCommit')
    assert.match(await remove({ ...scene, fleet }), /^StillDeclared/)
    assert.match(await remove({ ...scene, fleet: keeping([settings]) }, changed), /^StillDeclared/)
  })

  test('makes anew whatever it declares itself, where it is forced to', async () => {
    const forced = withSpec(keeps, { force: true })
    const engine = [declares(forced), declares(source)]
    const scene = { live: [forced, source] }
    const own = after([...engine, declares(settings, appsPlan)])
    assert.equal(await remove({ ...scene, fleet: own }, changed), 'VerifiedCommit')
    assert.match(await remove({ ...scene, fleet: own }), /^StillDeclared/)
    const rest = { inForce: [appsPlan, otherPlan()] }
    const foreign = after([...engine, declares(settings, otherPlan())], undefined, rest)
    assert.match(await remove({ ...scene, fleet: foreign }, changed), /^StillDeclared/)
    const fromPolicy = after([...engine, declares(settings)])
    assert.match(await remove({ ...scene, fleet: fromPolicy }, changed), /^StillDeclared/)
  })
})
