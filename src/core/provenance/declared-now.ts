import { stringAt, type JsonObject } from '../manifest/json.ts'
import type { EngineReference, Plan } from '../plans/plan.ts'
import type { PolicyRepository } from '../policy/schema.ts'
import { explainAbsence, orBroken, orHidden, stillRead } from './absence.ts'
import { differencesOf } from './as-declared.ts'
import type { DeclaredObject } from './declarations.ts'
import { unknownYet } from './ownership.ts'
import { refuted, type Ground, type Refutation, type Sourced } from './proof.ts'
import type { Repository } from './repository.ts'
import { staleness } from './staleness.ts'

/** A live object of any kind, and how messages call it. */
export interface Wanted {
  readonly reference: EngineReference
  readonly live: JsonObject
  readonly title: string
}

export interface AskingGit {
  readonly ground: Ground
  /** Whether declarations of a plan count; by default all do. */
  readonly counts?: (plan: Plan) => boolean
  /** What is looked for is only what there is to know, and proves nothing. */
  readonly mayBeStale?: true
}

/** Whether a live object is what Git declares now. The first repository that declares it has the say. */
export async function askGit(
  wanted: Wanted,
  asking: AskingGit,
): Promise<Refutation | 'as declared' | 'nowhere'> {
  const { policy, repositories } = asking.ground
  for (const settings of policy.spec.repositories) {
    const mirror = repositories.get(settings.name)
    if (mirror?.fetchedAt() === undefined) return unknownYet(settings)
    const answer = await askRepository({ settings, mirror }, wanted, asking)
    if (answer !== 'nowhere') return answer
  }
  return 'nowhere'
}

async function askRepository(
  source: Sourced,
  wanted: Wanted,
  asking: AskingGit,
): Promise<Refutation | 'as declared' | 'nowhere'> {
  const { ground, mayBeStale = false } = asking
  let answer: Refutation | 'nowhere' = 'nowhere'
  for (const moment of moments(source, wanted.live, ground.now())) {
    const found = await askMoment(source.settings, moment, { ...asking, wanted })
    if (found === 'as declared') {
      return (mayBeStale ? undefined : staleness(source, ground.now())) ?? found
    }
    if (found !== 'nowhere' && found.reason === 'IndexPending') return found
    if (answer === 'nowhere') answer = found
  }
  return answer
}

interface AskingMoment extends AskingGit {
  readonly wanted: Wanted
}

/** An absence that nobody can be sure of, or a declaration in two ways, is no place to look further. */
async function askMoment(
  { name: repository }: PolicyRepository,
  { branch, commit }: Moment,
  { wanted, ground, counts = () => true }: AskingMoment,
): Promise<Refutation | 'as declared' | 'nowhere'> {
  const query = { repository, commit, branches: [branch], id: wanted.reference }
  const found = await orBroken(ground.declarations.find(query, ground.signal))
  const declared = orHidden(found, wanted.reference.name)
  if (declared.kind === 'pending') return stillRead(repository)
  if (declared.kind === 'declared') {
    return declared.object.plans.some(counts)
      ? mismatch(declared.object, wanted, ground)
      : 'nowhere'
  }
  if (declared.kind === 'absent') return 'nowhere'
  const { why } = explainAbsence(declared, `${repository}@${commit.slice(0, 12)}`)
  return refuted('EvidenceRefused', `${wanted.title}, which says what is applied: ${why}`)
}

async function mismatch(
  declared: DeclaredObject,
  { live, title }: Wanted,
  ground: Ground,
): Promise<Refutation | 'as declared'> {
  const where = `${declared.repository}@${declared.commit.slice(0, 12)}`
  const not = (why: string) =>
    refuted('EvidenceRefused', `${title}, which says what is applied, is not as ${where} ${why}`)
  if (declared.isEncrypted === true) return not('declares it, since that is encrypted')
  const [first] = await differencesOf(live, declared, ground)
  return first === undefined ? 'as declared' : not(`declares it: ${first.slice(0, 200)}`)
}

interface Moment {
  readonly branch: string
  readonly commit: string
}

/**
 * The heads, and what was one within `grace`: an engine applies its own objects as any other. What is
 * being deleted is declared no more: then any commit that is known as a head will do.
 */
export function* moments(
  { settings: { branches, grace }, mirror }: { settings: PolicyRepository; mirror: Repository },
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
