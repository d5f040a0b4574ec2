import { referenceKey } from '../engines/engine.ts'
import type { EngineObjects } from '../engines/engine-objects.ts'
import { stringAt, type JsonObject } from '../manifest/json.ts'
import { isOfOne, type EngineReference, type Plan } from '../plans/plan.ts'
import { enginesOf, readState, type EngineState } from './engine-state.ts'
import { ungoverned } from './governed.ts'
import { placePlan } from './placed-plan.ts'
import type { Ground } from './proof.ts'

/** What engines apply, as far as Git has the say about the engine objects. */
export interface PlansInForce {
  /** By name of the repository. */
  readonly plans: ReadonlyMap<string, readonly Plan[]>
  /** Engine objects without a plan, by `Kind.group namespace/name`, and why. */
  readonly refused: ReadonlyMap<string, string>
}

/** Takes over the plans of a round, so that what they declare can be found; resolves when it can. */
export type Offer = (plans: PlansInForce['plans']) => Promise<void>

/** Engine objects that declare engine objects, and so on. */
const mostRounds = 10

/**
 * The plans of all engine objects that Git declares. Which objects those are follows from the plans:
 * first what the sources of the policy declare and its roots, then what those declare.
 */
export async function findPlans(
  objects: EngineObjects,
  ground: Ground,
  offer: Offer,
): Promise<PlansInForce> {
  const open = new Map<string, EngineState>()
  const refused = new Map<string, string>()
  for (const state of await readAll(objects, ground)) open.set(referenceKey(state.reference), state)
  const accepted = new Map<string, Plan[]>()
  for (let round = 0; round < mostRounds && open.size > 0; round += 1) {
    const before = open.size
    for (const [key, state] of open) {
      const answer = await acceptable(state, accepted, ground)
      if (typeof answer === 'string') refused.set(key, answer)
      else {
        refused.delete(key)
        open.delete(key)
        addAll(accepted, answer)
      }
    }
    if (open.size === before) break
    await offer(accepted)
  }
  return { plans: accepted, refused }
}

function addAll(accepted: Map<string, Plan[]>, plans: Accepted): void {
  for (const [repository, plan] of plans) {
    accepted.set(repository, [...(accepted.get(repository) ?? []), plan])
  }
}

async function readAll(objects: EngineObjects, ground: Ground): Promise<readonly EngineState[]> {
  const reading = { objects, freshness: 'seen', signal: ground.signal } as const
  const asked = enginesOf(ground.policy).flatMap((engine) =>
    engine.kinds.flatMap(({ group, kind }) =>
      objects
        .list({ group, kind })
        .map((object) => readState(engine, { group, kind, ...nameOf(object) }, reading)),
    ),
  )
  return (await Promise.all(asked)).filter((state) => state !== undefined)
}

function nameOf(object: JsonObject): Pick<EngineReference, 'namespace' | 'name'> {
  return {
    namespace: stringAt(object, 'metadata', 'namespace') ?? '',
    name: stringAt(object, 'metadata', 'name') ?? '',
  }
}

type Accepted = readonly (readonly [repository: string, plan: Plan])[]

/** Its plans, or why it has none that counts. */
async function acceptable(
  state: EngineState,
  accepted: ReadonlyMap<string, readonly Plan[]>,
  ground: Ground,
): Promise<Accepted | string> {
  const answer = state.kind.plans(state.object, state.found)
  if (answer.kind !== 'plans') return answer.why
  const known = [...accepted.values()].flat()
  const counts = ({ engine }: Plan) =>
    engine === undefined || known.some((plan) => isOfOne(plan.engine, engine))
  const against = await ungoverned(state, { ground, counts, freshness: 'seen', mayBeStale: true })
  if (against !== undefined) return against.why
  const { policy, repositories } = ground
  const placed: (readonly [string, Plan])[] = []
  for (const one of answer.plans) {
    const where = await placePlan(one, { policy, repositories })
    if (where.kind === 'refuted') return where.why
    placed.push([where.settings.name, where.plan])
  }
  return placed
}
