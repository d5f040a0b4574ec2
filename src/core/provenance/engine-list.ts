import type { Json } from '../manifest/json.ts'
import { isOfOne, type EngineReference } from '../plans/plan.ts'
import type { Claim, Evidence } from './claim.ts'
import { engineNamed, kindOf, type EngineState } from './engine-state.ts'
import type { Ground, Subject } from './proof.ts'

/**
 * An engine object that is being deleted may have outlived whatever declared it: what it takes along
 * then is what it lists, whatever its spec says. Undefined where it takes along nothing of that kind.
 */
export function endingClaim(
  { engine, kind, object, reference }: EngineState,
  { request, target, writer }: Subject,
  { repositories }: Pick<Ground, 'repositories'>,
): Evidence | undefined {
  if (request.operation !== 'DELETE' || kind.endsWithList?.(object) !== true) return undefined
  const isIts = isOfOne(engine.namedBy((request.oldObject ?? null) as Json), reference)
  if (!isIts || target === undefined || kind.lists?.(object, target) !== true) return undefined
  const [repository = ''] = writer.repositories
  const [tip] = repositories.get(repository)?.tips() ?? []
  if (tip === undefined) return undefined
  const claim = { provider: engine.name, repository, commit: tip.commit, ending: reference }
  return { kind: 'claims', claims: [claim] }
}

/**
 * Whether the engine object of a claim lists the object, and the object bears its marks: only what Git
 * declared could get these, and only the engine itself keeps the list.
 */
export function isListed(claim: Claim, { request, target }: Subject, ground: Ground): boolean {
  const reference: EngineReference | undefined = claim.ending ?? claim.plan?.engine
  const engine = engineNamed(claim.provider, ground.policy)
  if (reference === undefined || engine === undefined || target === undefined) return false
  const object = ground.engineObjects.get(reference)
  if (object === undefined) return false
  const isIts = isOfOne(engine.namedBy((request.oldObject ?? null) as Json), reference)
  return isIts && kindOf(engine, reference)?.lists?.(object, target) === true
}
