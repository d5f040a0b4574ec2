import { referenceKey, type Found } from '../engines/engine.ts'
import { isJsonObject, type JsonObject } from '../manifest/json.ts'
import type { EngineReference } from '../plans/plan.ts'
import { orBroken } from './absence.ts'
import type { EngineState } from './engine-state.ts'
import type { Ground, Sourced } from './proof.ts'

/** Earlier heads of a repository that are asked. */
const mostHeads = 20

/**
 * Of an engine object that is being deleted: what it was read from may be gone before it is done. Then
 * what Git declared of that last takes its place.
 */
export async function withFormerNeeds(state: EngineState, ground: Ground): Promise<EngineState> {
  const { needs } = state
  const found: Found = new Map([...state.found, ...(await formerNeeds(state, ground))])
  return found.size === state.found.size ? state : { ...state, needs, found }
}

async function formerNeeds(
  { needs, found }: EngineState,
  ground: Ground,
): Promise<readonly (readonly [string, JsonObject])[]> {
  const former: (readonly [string, JsonObject])[] = []
  for (const need of needs) {
    const key = referenceKey(need)
    const declared =
      need.isGoverned && !found.has(key) ? await declaredLast(need, ground) : undefined
    if (declared !== undefined) former.push([key, declared])
  }
  return former
}

async function declaredLast(
  id: EngineReference,
  { policy, repositories, declarations, signal }: Ground,
): Promise<JsonObject | undefined> {
  for (const settings of policy.spec.repositories) {
    const mirror = repositories.get(settings.name)
    for (const { branch, commit } of mirror === undefined ? [] : headsOf({ settings, mirror })) {
      const query = { repository: settings.name, commit, branches: [branch], id }
      const found = await orBroken(declarations.find(query, signal))
      if (found.kind === 'declared' && isJsonObject(found.object.object)) return found.object.object
    }
  }
  return undefined
}

/** The heads, and what was one before. */
export function headsOf({ settings: { branches }, mirror }: Sourced) {
  const earlier = branches.flatMap((branch) =>
    mirror.previousTips(branch).map(({ commit }) => ({ branch, commit })),
  )
  return [...mirror.tips(), ...earlier.slice(0, mostHeads)]
}
