import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Plan } from '../../../src/core/plans/plan.ts'
import {
  appsPlan,
  declares,
  labelled,
  settings,
  source,
  terminating,
  withSpec,
  apps,
} from '../provenance/engine-ground.ts'
import { after, current, otherPlan, remove, withInventory } from './removing.ts'

const other = otherPlan()

/** Undefined: a source of the policy. */
const plansOf: Readonly<Record<string, Plan | undefined>> = {
  policy: undefined,
  apps: appsPlan,
  other,
}

const cases = fc.record({
  declaredBy: fc.subarray(['policy', 'apps', 'other'] as const),
  declaredBefore: fc.subarray(['policy', 'apps', 'other'] as const),
  inForce: fc.subarray([appsPlan, other]),
  isEnding: fc.boolean(),
  isStillDeclared: fc.boolean(),
  isListed: fc.boolean(),
  isMarked: fc.boolean(),
  isEdited: fc.boolean(),
})

type Case = typeof cases extends fc.Arbitrary<infer T> ? T : never

function sceneOf({ declaredBy, declaredBefore, inForce, ...one }: Case) {
  const by = (names: readonly string[]) => names.map((name) => declares(settings, plansOf[name]))
  const engines = [declares(source), ...(one.isStillDeclared ? [declares(apps)] : [])]
  const before = [declares(source), declares(apps), ...by(declaredBefore)]
  const edited = one.isEdited ? withSpec(current, { path: './x' }) : current
  const listing = one.isListed ? withInventory(edited, settings) : edited
  return {
    live: [one.isEnding ? terminating(listing) : listing, source],
    fleet: after([...engines, ...by(declaredBy)], before, { inForce }),
  }
}

/** What somebody declares who is not on the way out. */
function isSpared({ declaredBy, inForce, ...one }: Case): boolean {
  if (declaredBy.includes('policy')) return true
  if (declaredBy.includes('other') && inForce.includes(other)) return true
  return isItsOwn({ declaredBy, inForce, ...one }) && !(one.isEnding && !one.isStillDeclared)
}

function isItsOwn({ declaredBy, inForce, isEdited }: Case): boolean {
  return declaredBy.includes('apps') && (inForce.includes(appsPlan) || !isEdited)
}

/** Something shows that it was declared once. */
function isShown(one: Case): boolean {
  return one.declaredBefore.length > 0 || one.isListed || (one.isEnding && isItsOwn(one))
}

test('nothing is deleted that a head declares, as far as anybody can know', async () => {
  let deleted = 0
  await fc.assert(
    fc.asyncProperty(cases, async (one) => {
      const oldObject = one.isMarked ? labelled(settings) : settings
      if ((await remove(sceneOf(one), { oldObject })) !== 'VerifiedCommit') return
      deleted += 1
      assert.ok(!isSpared(one))
      assert.ok(isShown(one))
    }),
    { numRuns: 1000 },
  )
  assert.ok(deleted > 50, 'the test has to see deletions')
})
