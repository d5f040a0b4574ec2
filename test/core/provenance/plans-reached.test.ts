import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isSamePlan } from '../../../src/core/plans/plan.ts'
import { declares, planOf, repository, source } from './engine-ground.ts'
import { find, named } from './finding-plans.ts'

const count = 6
const all = Array.from({ length: count }, (_, i) => named(`k${i}`))
const plans = all.map((one) => planOf(one, source))

/** By which of the others each is declared; by itself, too. -1 is the source of the policy. */
const graph = fc.array(fc.uniqueArray(fc.integer({ min: -1, max: count - 1 }), { maxLength: 3 }), {
  minLength: count,
  maxLength: count,
})

function reachable(declaredBy: readonly (readonly number[])[]): readonly string[] {
  const found = new Set<number>([-1])
  for (let size = 0; size < found.size;) {
    size = found.size
    for (const [i, parents] of declaredBy.entries()) {
      if (parents.some((parent) => found.has(parent))) found.add(i)
    }
  }
  return [...found].filter((i) => i >= 0).map((i) => `Kustomization flux-system/k${i}`)
}

test('the plans in force are those that are reached from the policy, whatever was in force before', async () => {
  await fc.assert(
    fc.asyncProperty(graph, fc.subarray(plans), async (declaredBy, inForce) => {
      const objects = declaredBy.flatMap((parents, i) => {
        const object = all[i] ?? assert.fail()
        return parents.map((parent) => declares(object, parent < 0 ? undefined : plans[parent]))
      })
      const fleet = repository([declares(source), ...objects], { inForce })
      const { plans: found, all: answer } = await find({ live: [...all, source], fleet })
      assert.deepEqual(found.toSorted(), reachable(declaredBy).toSorted())
      assert.equal(answer.refused.size, count - found.length)
      for (const one of answer.plans.get('fleet') ?? []) {
        assert.ok(plans.some((plan) => isSamePlan(plan, one)))
      }
    }),
    { numRuns: 200 },
  )
})
