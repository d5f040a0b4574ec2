import { isJsonObject, type Json, type JsonObject } from '../manifest/json.ts'
import { isSamePlan, type EngineReference, type Plan } from '../plans/plan.ts'
import { orBroken } from './absence.ts'
import type { Claim } from './claim.ts'
import { enginesOf, kindOf, readAround, type EngineState } from './engine-state.ts'
import { headsOf } from './former-needs.ts'
import { placePlan } from './placed-plan.ts'
import type { Ground } from './proof.ts'

/** Each is read at every head that is asked. */
const mostPlans = 3

/**
 * The same claim by what Git said of its engine object before: an engine removes what it made of that,
 * too. Newest first. Its new plan may not have been in the cluster yet when a newer commit was.
 */
export async function formerClaims(claim: Claim, ground: Ground): Promise<readonly Claim[]> {
  const { plan } = claim
  const engine = plan?.engine
  if (plan === undefined || engine === undefined) return []
  const found: Plan[] = []
  for await (const object of formerObjects(engine, ground)) {
    for (const { repository, one } of await plansOf({ reference: engine, object }, ground)) {
      const isNew = ![plan, ...found].some((known) => isSamePlan(known, one))
      if (isNew && repository === claim.repository) found.push(one)
    }
    if (found.length >= mostPlans) break
  }
  const former = [...found.slice(0, mostPlans), ...onBranch(plan)]
  return former.map((one) => ({ ...claim, plan: one }))
}

/** Nothing says where a tag was before it moved: its branch has been there. */
function onBranch({ pin, ...plan }: Plan): readonly Plan[] {
  return pin === undefined ? [] : [plan]
}

async function* formerObjects(
  id: EngineReference,
  { policy, repositories, declarations, signal }: Ground,
): AsyncGenerator<JsonObject> {
  const seen = new Set<string>()
  for (const settings of policy.spec.repositories) {
    const mirror = repositories.get(settings.name)
    for (const { branch, commit } of mirror === undefined ? [] : headsOf({ settings, mirror })) {
      const query = { repository: settings.name, commit, branches: [branch], id }
      const found = await orBroken(declarations.find(query, signal))
      if (found.kind !== 'declared' || seen.has(found.object.digest)) continue
      seen.add(found.object.digest)
      if (isJsonObject(found.object.object)) yield placed(found.object.object, id)
    }
  }
}

/** A manifest may leave its namespace to the engine. */
function placed(object: JsonObject, { namespace, name }: EngineReference): JsonObject {
  const metadata: Json = object['metadata'] ?? {}
  return { ...object, metadata: { ...(isJsonObject(metadata) ? metadata : {}), namespace, name } }
}

async function plansOf(
  { reference, object }: Pick<EngineState, 'reference' | 'object'>,
  ground: Ground,
): Promise<readonly { readonly repository: string; readonly one: Plan }[]> {
  const { policy, engineObjects: objects, signal } = ground
  const engine = enginesOf(policy).find((one) => kindOf(one, reference) !== undefined)
  const state =
    engine &&
    (await readAround(engine, { reference, object }, { objects, freshness: 'seen', signal }))
  const answer = state?.kind.plans(state.object, state.found)
  if (answer?.kind !== 'plans') return []
  const placed = await Promise.all(answer.plans.map((one) => placePlan(one, ground)))
  return placed.flatMap((where) =>
    where.kind === 'placed' ? [{ repository: where.settings.name, one: where.plan }] : [],
  )
}
