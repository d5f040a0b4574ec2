import { referenceKey } from '../engines/engine.ts'
import { isJsonObject, type Json, type JsonObject } from '../manifest/json.ts'
import { orBroken } from './absence.ts'
import { moments } from './declared-now.ts'
import { readAround, type EngineState, type Freshness } from './engine-state.ts'
import type { Ground } from './proof.ts'

const mostSpecs = 3

/**
 * An engine object that was changed, or deleted, while its controller is at work on what it said before:
 * the same object as Git declared it within `grace`, newest first. None once the controller has seen
 * what it says now.
 */
export async function earlierStates(
  { engine, kind, reference, object }: EngineState,
  ground: Ground,
  freshness: Freshness,
): Promise<readonly EngineState[]> {
  if (kind.isBehind?.(object) !== true) return []
  const { engineObjects: objects, signal } = ground
  const states: EngineState[] = []
  for (const spec of await earlierSpecs({ reference, object }, ground)) {
    const earlier = { reference, object: asBefore(object, spec) }
    const state = await readAround(engine, earlier, { objects, freshness, signal })
    if (state !== undefined) states.push(state)
  }
  return states
}

/**
 * The same with what the engine object is read from, such as its source, as Git declared that within
 * `grace`: what was fetched before it was changed may still be applied.
 */
export async function statesOfEarlierNeeds(
  state: EngineState,
  ground: Ground,
): Promise<readonly EngineState[]> {
  const states: EngineState[] = []
  for (const need of state.needs) {
    const key = referenceKey(need)
    const live = need.isGoverned ? state.found.get(key) : undefined
    if (live === undefined) continue
    for (const spec of await earlierSpecs({ reference: need, object: live }, ground)) {
      states.push({ ...state, found: new Map([...state.found, [key, asBefore(live, spec)]]) })
    }
  }
  return states
}

/** As if nobody had deleted or changed it. */
export function asBefore(object: JsonObject, spec: Json = object['spec'] ?? null): JsonObject {
  const metadata = object['metadata'] ?? {}
  const { deletionTimestamp: _, ...kept } = isJsonObject(metadata) ? metadata : {}
  return { ...object, metadata: kept, spec }
}

async function earlierSpecs(
  { reference: id, object }: Pick<EngineState, 'reference' | 'object'>,
  { policy, repositories, declarations, now, signal }: Ground,
): Promise<readonly Json[]> {
  const specs = new Map<string, Json>()
  for (const settings of policy.spec.repositories) {
    const mirror = repositories.get(settings.name)
    if (mirror === undefined) continue
    const before = asBefore(object, null)
    for (const { branch, commit } of moments({ settings, mirror }, before, now())) {
      const query = { repository: settings.name, commit, branches: [branch], id }
      const found = await orBroken(declarations.find(query, signal))
      if (found.kind !== 'declared' || !isJsonObject(found.object.object)) continue
      const { spec = null } = found.object.object
      specs.set(JSON.stringify(spec), spec)
      if (specs.size === mostSpecs) return [...specs.values()]
    }
  }
  return [...specs.values()]
}
