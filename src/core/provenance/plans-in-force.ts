import { GuardError } from '../errors.ts'
import { referenceKey, type SourcedPlan } from '../engines/engine.ts'
import type { EngineObjects } from '../engines/engine-objects.ts'
import { stringAt, type JsonObject } from '../manifest/json.ts'
import { isOfOne, isSamePlan, type EngineReference, type Plan } from '../plans/plan.ts'
import { enginesOf, readState, type EngineState } from './engine-state.ts'
import { ungoverned } from './governed.ts'
import { placePlan } from './placed-plan.ts'
import type { Ground, Refutation } from './proof.ts'

/** What engines apply, as far as Git has the say about the engine objects. */
export interface PlansInForce {
  /** By name of the repository. */
  readonly plans: ReadonlyMap<string, readonly Plan[]>
  /** Engine objects without a plan, by `Kind.group namespace/name`, and why. */
  readonly refused: ReadonlyMap<string, string>
  /** Those of them of which nobody knows for now. */
  readonly unknown: readonly EngineReference[]
}

export interface Following {
  /** Takes over the plans of a round, so that what they declare can be found; resolves when it can. */
  readonly offer: (plans: PlansInForce['plans']) => Promise<void>
  /** What was in force last: of an engine object of which nobody knows for now, it stays so. */
  readonly before?: PlansInForce['plans']
}

/** Engine objects that declare engine objects, and so on. */
const mostRounds = 10

/**
 * The plans of all engine objects that Git declares. Which objects those are follows from the plans:
 * first what the sources of the policy declare and its roots, then what those declare. Rejects with
 * DeadlineExceeded while what Git declares is still read.
 */
export async function findPlans(
  objects: EngineObjects,
  ground: Ground,
  { offer, before = new Map() }: Following,
): Promise<PlansInForce> {
  const open = await readAll(objects, ground)
  const answers = new Map<string, Without>()
  const accepted = new Map<string, Plan[]>()
  for (let round = 0; round < mostRounds && open.size > 0; round += 1) {
    const size = open.size
    for (const [key, state] of open) {
      const answer = await acceptable(state, accepted, ground)
      if (isWithout(answer)) answers.set(key, answer)
      else answers.delete(key)
      const plans = isWithout(answer) ? plansKept(answer, before) : answer
      if (plans === undefined) continue
      open.delete(key)
      addAll(accepted, plans)
    }
    if (open.size === size) break
    await offer(accepted)
  }
  return {
    plans: accepted,
    refused: new Map(Array.from(answers, ([key, { why }]) => [key, why])),
    unknown: Array.from(answers.values()).flatMap((one) => (one.isUnknown ? [one.reference] : [])),
  }
}

/** Those of what may be as it was; undefined for whatever may count in the next round. */
function plansKept(
  { reference, isUnknown }: Without,
  before: PlansInForce['plans'],
): Accepted | undefined {
  if (!isUnknown) return undefined
  return Array.from(before, ([repository, plans]) =>
    plans
      .filter(({ engine }) => isOfOne(engine, reference))
      .map((plan) => [repository, plan] as const),
  ).flat()
}

function addAll(accepted: Map<string, Plan[]>, plans: Accepted): void {
  for (const [repository, plan] of plans) {
    accepted.set(repository, [...(accepted.get(repository) ?? []), plan])
  }
}

/** An engine object, or why it cannot be read. */
type Read = EngineState | Without

async function readAll(objects: EngineObjects, ground: Ground): Promise<Map<string, Read>> {
  const reading = { objects, freshness: 'seen', signal: ground.signal } as const
  const asked = enginesOf(ground.policy).flatMap((engine) =>
    engine.kinds.flatMap(({ group, kind }) =>
      objects.list({ group, kind }).map((object) => {
        const reference = { group, kind, ...nameOf(object) }
        // That one cannot be read, or what it refers to, says nothing about the others.
        return orUnknown(reference, readState(engine, reference, reading))
      }),
    ),
  )
  const read = (await Promise.all(asked)).filter((state) => state !== undefined)
  return new Map(read.map((state) => [referenceKey(state.reference), state]))
}

async function orUnknown<T>(reference: EngineReference, asking: Promise<T>): Promise<T | Without> {
  try {
    return await asking
  } catch (error) {
    if (!(error instanceof GuardError) || error.code !== 'ClusterUnreachable') throw error
    return { reference, why: error.message, isUnknown: true }
  }
}

function nameOf(object: JsonObject): Pick<EngineReference, 'namespace' | 'name'> {
  return {
    namespace: stringAt(object, 'metadata', 'namespace') ?? '',
    name: stringAt(object, 'metadata', 'name') ?? '',
  }
}

type Accepted = readonly (readonly [repository: string, plan: Plan])[]

interface Without {
  readonly reference: EngineReference
  readonly why: string
  readonly isUnknown: boolean
}

function isWithout(answer: Accepted | Read): answer is Without {
  return 'isUnknown' in answer
}

/** Its plans, or why it has none that counts. */
function acceptable(
  state: Read,
  accepted: ReadonlyMap<string, readonly Plan[]>,
  ground: Ground,
): Promise<Accepted | Without> | Without {
  if (isWithout(state)) return state
  const { reference } = state
  const answer = state.kind.plans(state.object, state.found)
  if (answer.kind !== 'plans') return { reference, why: answer.why, isUnknown: false }
  const known = [...accepted.values()].flat()
  // What was in force before may be in the index still.
  const counts = (plan: Plan) =>
    plan.engine === undefined || known.some((one) => isSamePlan(one, plan))
  return orUnknown(reference, judge(state, { ground, counts, plans: answer.plans }))
}

interface Judging {
  readonly ground: Ground
  readonly counts: (plan: Plan) => boolean
  readonly plans: readonly SourcedPlan[]
}

async function judge(
  state: EngineState,
  { ground, counts, plans }: Judging,
): Promise<Accepted | Without> {
  const { reference } = state
  const against = await ungoverned(state, { ground, counts, freshness: 'seen', mayBeStale: true })
  if (against !== undefined) return without(reference, against)
  const { policy, repositories } = ground
  const placed: (readonly [string, Plan])[] = []
  for (const one of plans) {
    const where = await placePlan(one, { policy, repositories })
    if (where.kind === 'refuted') return without(reference, where)
    placed.push([where.settings.name, where.plan])
  }
  return placed
}

function without(reference: EngineReference, { reason, why }: Refutation): Without {
  if (reason === 'IndexPending') throw new GuardError('DeadlineExceeded', why)
  return { reference, why, isUnknown: reason === 'MirrorStale' }
}
