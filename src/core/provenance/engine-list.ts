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
  state: EngineState,
  subject: Subject,
  { repositories }: Pick<Ground, 'repositories'>,
): Evidence | undefined {
  const { engine, kind, object, reference } = state
  const isTaken = subject.request.operation === 'DELETE' && kind.endsWithList?.(object) === true
  const [repository = ''] = subject.writer.repositories
  const tip = repositories.get(repository)?.tips()[0]
  if (!isTaken || tip === undefined || !isMade(state, subject)) return undefined
  const claim = { provider: engine.name, repository, commit: tip.commit, ending: reference }
  return { kind: 'claims', claims: [claim] }
}

/** Whether the engine object of a claim lists what is deleted, and that bears its marks. */
export function isListed(claim: Claim, subject: Subject, ground: Ground): boolean {
  const reference = claim.ending ?? claim.plan?.engine
  const engine = engineNamed(claim.provider, ground.policy)
  const kind = reference && engine && kindOf(engine, reference)
  const object = reference && ground.engineObjects.get(reference)
  if (!reference || !engine || !kind || !object) return false
  return isMade({ engine, kind, object, reference }, subject)
}

type Maker = Pick<EngineState, 'engine' | 'kind' | 'object' | 'reference'>

/** Only what Git declared could get the marks, and only the engine itself keeps the list. */
function isMade({ engine, kind, object, reference }: Maker, { request, target }: Subject): boolean {
  const named: EngineReference | undefined = engine.namedBy((request.oldObject ?? null) as Json)
  const isMarked = named !== undefined && isOfOne(named, reference)
  return isMarked && target !== undefined && kind.lists?.(object, target) === true
}
