import { stringAt, type JsonObject } from '../manifest/json.ts'
import type { EngineReference } from '../plans/plan.ts'
import { rootFor } from '../policy/roots.ts'
import { orHidden } from './absence.ts'
import { atAnyHead } from './at-any-head.ts'
import type { Claim } from './claim.ts'
import { refuted, type Ground, type Refutation } from './proof.ts'

/**
 * The engine object of the claim, if it is being deleted: then what it declares goes with it. Not while
 * the policy names it as a root, or any head declares it still, whoever deleted it.
 */
export async function endingEngine(
  claim: Claim | undefined,
  ground: Ground,
): Promise<EngineReference | undefined> {
  const engine = claim?.ending ?? claim?.plan?.engine
  const { engineObjects, policy, signal } = ground
  if (engine === undefined || !isEnding(engineObjects.get(engine))) return undefined
  // What was seen last may have been followed by another of its name.
  if (!isEnding(await engineObjects.read(engine, signal))) return undefined
  if (rootFor(policy, engine) !== undefined || (await isDeclared(engine, ground))) return undefined
  return engine
}

/** A claim of what an engine object takes along as it is deleted, which it must not be. */
export function stillWanted(
  claim: Claim | undefined,
  ending: EngineReference | undefined,
): Refutation | undefined {
  const { ending: claimed } = claim ?? {}
  if (claimed === undefined || ending !== undefined) return undefined
  const title = `${claimed.kind} ${claimed.namespace}/${claimed.name}`
  return refuted('StillDeclared', `Git or the policy still has ${title}, and so what that lists`)
}

function isEnding(object: JsonObject | undefined): boolean {
  return stringAt(object, 'metadata', 'deletionTimestamp') !== undefined
}

/** Or may be. */
function isDeclared(id: EngineReference, ground: Ground): Promise<boolean> {
  return atAnyHead(id, ground, (found) => orHidden(found, id.name).kind !== 'absent')
}
