import { stringAt, type JsonObject } from '../manifest/json.ts'
import { referenceKey } from '../engines/engine.ts'
import type { EngineReference, Plan } from '../plans/plan.ts'
import { isRoot } from '../policy/roots.ts'
import type { PolicyRepository } from '../policy/schema.ts'
import { orBroken, stillRead } from './absence.ts'
import { differencesOf } from './as-declared.ts'
import type { DeclaredObject } from './declarations.ts'
import type { EngineState } from './engine-state.ts'
import { unknownYet } from './ownership.ts'
import { refuted, type Ground, type Refutation } from './proof.ts'
import type { Repository } from './repository.ts'

/** Whether declarations of a plan count. */
type Counts = (plan: Plan) => boolean

const allCount: Counts = () => true

/**
 * Undefined when the engine object, and all that it reads from the cluster, is what Git declares now,
 * or a root of the policy. Else whoever edits it decides what the engine applies.
 */
export async function ungoverned(
  { reference, object, needs, found }: EngineState,
  ground: Ground,
  counts: Counts = allCount,
): Promise<Refutation | undefined> {
  const parts: (readonly [EngineReference, JsonObject])[] = [[reference, object]]
  for (const need of needs) {
    const one = found.get(referenceKey(need))
    if (need.isGoverned && one !== undefined) parts.push([need, one])
  }
  for (const [one, live] of parts) {
    const against = await undeclared(one, live, { ground, counts })
    if (against !== undefined) return against
  }
  return undefined
}

interface Asking {
  readonly ground: Ground
  readonly counts: Counts
}

/** The same of one object of any kind. */
export async function undeclared(
  reference: EngineReference,
  live: JsonObject,
  asking: Asking,
): Promise<Refutation | undefined> {
  const { policy, repositories } = asking.ground
  if (isRoot(policy, reference, live)) return undefined
  const title = `${reference.kind} ${reference.namespace}/${reference.name}`
  for (const settings of policy.spec.repositories) {
    const mirror = repositories.get(settings.name)
    if (mirror?.fetchedAt() === undefined) return unknownYet(settings)
    const answer = await declaredIn({ settings, mirror }, { reference, live, title }, asking)
    if (answer !== 'nowhere') return answer
  }
  const why = `${title}, which says what is applied, is declared nowhere: declare it in Git, or name it as a root of the policy`
  return refuted('EvidenceRefused', why)
}

interface Wanted {
  readonly reference: EngineReference
  readonly live: JsonObject
  readonly title: string
}

/** The first repository that declares it has the say. */
async function declaredIn(
  { settings, mirror }: { readonly settings: PolicyRepository; readonly mirror: Repository },
  wanted: Wanted,
  asking: Asking,
): Promise<Refutation | undefined | 'nowhere'> {
  const { ground } = asking
  let answer: Refutation | 'nowhere' = 'nowhere'
  for (const { branch, commit } of moments(settings, mirror, wanted.live, ground.now())) {
    const query = { repository: settings.name, commit, branches: [branch], id: wanted.reference }
    const declared = await orBroken(ground.declarations.find(query, ground.signal))
    if (declared.kind === 'pending') return stillRead(settings.name)
    if (declared.kind !== 'declared' || !declared.object.plans.some(asking.counts)) continue
    const against = await mismatch(declared.object, wanted, ground)
    if (against === undefined) return undefined
    if (answer === 'nowhere') answer = against
  }
  return answer
}

async function mismatch(
  declared: DeclaredObject,
  { live, title }: Wanted,
  ground: Ground,
): Promise<Refutation | undefined> {
  const [first] = await differencesOf(live, declared, ground)
  if (first === undefined) return undefined
  const where = `${declared.repository}@${declared.commit.slice(0, 12)}`
  const why = `${title}, which says what is applied, is not as ${where} declares it: ${first.slice(0, 200)}`
  return refuted('EvidenceRefused', why)
}

interface Moment {
  readonly branch: string
  readonly commit: string
}

/**
 * The heads, and what was one within `grace`: an engine applies its own objects as any other. What is
 * being deleted is declared no more: then any commit that is known as a head will do.
 */
function* moments(
  { branches, grace }: PolicyRepository,
  mirror: Repository,
  live: JsonObject,
  now: number,
): Generator<Moment> {
  const isEnding = stringAt(live, 'metadata', 'deletionTimestamp') !== undefined
  yield* mirror.tips()
  for (const branch of branches) {
    for (const { commit, until } of mirror.previousTips(branch)) {
      if (isEnding || until >= now - grace) yield { branch, commit }
    }
  }
}
