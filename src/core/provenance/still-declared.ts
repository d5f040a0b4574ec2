import { generateNameOf } from '../admission/target.ts'
import { stringAt, type JsonObject } from '../manifest/json.ts'
import type { ObjectId } from '../manifest/object-id.ts'
import { isOfOne, isSamePlan, type EngineReference } from '../plans/plan.ts'
import { planIn, type Claim } from './claim.ts'
import { orBroken, place, stillRead, type Broken } from './absence.ts'
import type {
  Cascade,
  CascadeQuery,
  Declared,
  DeclaredObject,
  SourceProblem,
} from './declarations.ts'
import { unknownYet } from './ownership.ts'
import { differencesOf } from './as-declared.ts'
import { asksForForce, asksForRecreation } from './recreation.ts'
import { refuted, type Ground, type Refutation, type Sourced, type Subject } from './proof.ts'

/** A file of a tip that could not be read. */
export interface Unread extends SourceProblem {
  readonly repository: string
  readonly branch: string
}

/** A DELETE of a known object. */
export interface Deleted extends Subject {
  readonly target: ObjectId
  /** Engine object that is being deleted: what its plans declare goes with it. */
  readonly ending: EngineReference | undefined
  readonly claim: Claim | undefined
}

type Tips =
  | {
      readonly kind: 'clear'
      readonly unread: readonly Unread[]
      /** The object, where a declaration of this writer's asks for its deletion and recreation. */
      readonly recreated?: DeclaredObject
    }
  | Refutation

/**
 * Whether no tip of any repository declares the object, or anything that would go with it. Of all,
 * since what others declare is not this writer's to remove.
 */
export async function askTips(subject: Deleted, ground: Ground): Promise<Tips> {
  const { target, ending, claim } = subject
  const cascades = cascadesOf(subject, target)
  const unread: Unread[] = []
  let recreated: DeclaredObject | undefined
  for (const settings of ground.policy.spec.repositories) {
    const mirror = ground.repositories.get(settings.name)
    if (mirror?.fetchedAt() === undefined) return unknownYet(settings)
    for (const tip of mirror.tips()) {
      const mayRecreate = subject.writer.repositories.includes(settings.name)
      const source = { settings, mirror }
      const generateName = generateNameOf(subject.request)
      const asked: Asked = {
        source,
        ...tip,
        target,
        old: subject.request.oldObject ?? {},
        generateName,
        cascades,
        mayRecreate,
        ending,
        claim,
      }
      const answer = await askTip(asked, ground)
      if (answer.kind === 'refuted') return answer
      unread.push(...answer.unread)
      recreated ??= answer.recreated
    }
  }
  return { kind: 'clear', unread, ...(recreated === undefined ? {} : { recreated }) }
}

interface Asked {
  readonly source: Sourced
  readonly branch: string
  readonly commit: string
  readonly target: ObjectId
  readonly old: JsonObject
  readonly generateName: string
  readonly cascades: readonly Cascade[]
  /** Whether the repository is one of the writer's. */
  readonly mayRecreate: boolean
  readonly ending: EngineReference | undefined
  readonly claim: Claim | undefined
}

async function askTip(asked: Asked, ground: Ground): Promise<Tips> {
  const { branch, target, generateName, mayRecreate } = asked
  const at = placeOf(asked)
  const { repository } = at
  const where = `${repository} (${branch})`
  const found = await orBroken(
    ground.declarations.find({ ...at, id: target, generateName }, ground.signal),
  )
  const declared = isEndingIn(found, asked) ? { kind: 'absent' as const, problems: [] } : found
  if (declared.kind === 'broken') return mayDeclare(where, declared.why)
  const isRecreated =
    declared.kind === 'declared' &&
    mayRecreate &&
    (await isMadeAnew(declared.object, asked, ground))
  if (declared.kind !== 'absent' && !isRecreated) return still(declared, where)
  const against = await wouldGoWith(asked, where, ground)
  if (against !== undefined) return against
  if (declared.kind === 'declared') return { kind: 'clear', unread: [], recreated: declared.object }
  const unread = declared.problems.filter(({ hides }) => hides !== 'nothing')
  return { kind: 'clear', unread: unread.map((one) => ({ ...one, repository, branch })) }
}

/** The plan of the claim counts whether it is in force by now or not. */
function placeOf({ source, branch, commit, claim }: Asked): Omit<CascadeQuery, 'cascade'> {
  const at = { repository: source.settings.name, commit, branches: [branch] }
  return { ...at, ...planIn(at, claim) }
}

/** Hooks are made anew every time. What is forced to be is so only where it is not as declared. */
async function isMadeAnew(
  declared: DeclaredObject,
  { claim, old }: Asked,
  ground: Ground,
): Promise<boolean> {
  if (asksForRecreation(declared.object)) return true
  const { plan, recreates = false } = claim ?? {}
  const isOfPlan = plan !== undefined && declared.plans.some((one) => isSamePlan(one, plan))
  const isForced = asksForForce(declared.object) || (recreates && isOfPlan)
  return isForced && (await differencesOf(old, declared, ground)).length > 0
}

function isEndingIn(found: Declared | Broken, { ending }: Asked): boolean {
  return found.kind === 'declared' && isOf(ending, found.object)
}

function isOf(engine: EngineReference | undefined, { plans }: DeclaredObject): boolean {
  return engine !== undefined && plans.every((plan) => isOfOne(plan.engine, engine))
}

async function wouldGoWith(
  asked: Asked,
  where: string,
  ground: Ground,
): Promise<Refutation | undefined> {
  const { cascades, ending } = asked
  const at = placeOf(asked)
  for (const cascade of cascades) {
    const inside = await orBroken(ground.declarations.within({ ...at, cascade }, ground.signal))
    if (inside === 'pending') return stillRead(where)
    if ('kind' in inside) return mayDeclare(where, inside.why)
    const first = inside.find((object) => !isOf(ending, object))
    if (first !== undefined) return wouldGo(first, where)
  }
  return undefined
}

/**
 * Deleting a definition removes its instances, and no review is asked about any of them. The garbage
 * collector, which takes what the object owns, is asked, and needs no commit.
 */
function cascadesOf({ request }: Subject, { group, kind, name }: ObjectId): readonly Cascade[] {
  const old = request.oldObject ?? undefined
  const uid = stringAt(old, 'metadata', 'uid')
  const owned = uid === undefined ? [] : [{ owner: uid }]
  if (kind === 'Namespace' && group === '') return [{ namespace: name }, ...owned]
  if (kind !== 'CustomResourceDefinition' || group !== 'apiextensions.k8s.io') return owned
  const instances = stringAt(old, 'spec', 'names', 'kind') ?? ''
  return [{ group: stringAt(old, 'spec', 'group') ?? '', kind: instances }, ...owned]
}

function still(
  declared: Exclude<Declared, { readonly kind: 'absent' }>,
  where: string,
): Refutation {
  if (declared.kind === 'pending') return stillRead(where)
  const file = declared.kind === 'declared' ? place(declared.object) : declared.places[0]
  return refuted('StillDeclared', `${where} declares it in ${file}. Remove it there first`)
}

function mayDeclare(where: string, why: string): Refutation {
  return refuted('StillDeclared', `${where} may declare it: ${why}`)
}

function wouldGo(object: DeclaredObject, where: string): Refutation {
  const { kind, name } = object.id
  const why = `${kind} ${name}, which ${where} declares in ${place(object)}, would go with it`
  return refuted('StillDeclared', why)
}
