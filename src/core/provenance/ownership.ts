import { generateNameOf } from '../admission/target.ts'
import type { Plan } from '../plans/plan.ts'
import type { PolicyRepository } from '../policy/schema.ts'
import { orBroken, orHidden, place, stillRead, type Broken } from './absence.ts'
import type { Declared, DeclaredObject } from './declarations.ts'
import { refuted, type Ground, type Refutation, type Sourced, type Subject } from './proof.ts'

/** A claim whose repository is known. */
export interface Looking {
  readonly source: Sourced
  readonly subject: Subject
  readonly ground: Ground
  /** Of the claim, if an engine makes it. */
  readonly plan?: Plan | undefined
}

/**
 * Each object has one plan. Of two repositories that declare it the first one in the policy owns it:
 * else whoever may write to any of them could take over what all others declare. Two branches of one
 * repository leave it open who does, so neither counts. What an engine only creates where nothing
 * declares it is anybody's who does.
 */
export async function ownedElsewhere(
  declared: DeclaredObject,
  looking: Looking,
): Promise<Refutation | undefined> {
  for (const settings of looking.ground.policy.spec.repositories) {
    const found = await ownedBy(settings, declared, looking)
    const isLast = settings.name === declared.repository && declared.isCreated !== true
    if (found !== undefined || isLast) return found
  }
  return undefined
}

async function ownedBy(
  settings: PolicyRepository,
  declared: DeclaredObject,
  { subject, ground }: Looking,
): Promise<Refutation | undefined> {
  const mirror = ground.repositories.get(settings.name)
  if (mirror?.fetchedAt() === undefined) return unknownYet(settings)
  const { target: id = declared.id, request } = subject
  const query = { repository: settings.name, id, generateName: generateNameOf(request) }
  const isOwn = settings.name === declared.repository
  for (const { branch, commit } of mirror.tips()) {
    if (isOwn && branch === declared.branch) continue
    const at = { ...query, commit, branches: [branch] }
    const found = await orBroken(ground.declarations.find(at, ground.signal))
    const other = orHidden(found, id.name)
    const where = `${settings.name} (${branch})`
    const against = isOwn ? shared(other, where) : foreign(other, where)
    if (against !== undefined) return against
  }
  return undefined
}

function shared(other: Declared | Broken, where: string): Refutation | undefined {
  if (other.kind === 'broken') {
    return refuted('NotDeclared', `${where} may declare it as well: ${other.why}`)
  }
  const file = fileOf(other)
  if (file === undefined) return notYet(other, where)
  const why = `${where} declares it as well, in ${file}, so neither branch counts`
  return refuted('NotDeclared', why)
}

function foreign(other: Declared | Broken, where: string): Refutation | undefined {
  if (other.kind === 'broken') {
    return refuted('EvidenceConflict', `it may belong to ${where}: ${other.why}`)
  }
  const file = fileOf(other)
  if (file === undefined) return notYet(other, where)
  return refuted('EvidenceConflict', `it belongs to ${where}, which declares it in ${file}`)
}

function fileOf(declared: Declared): string | undefined {
  if (declared.kind === 'declared') return place(declared.object)
  return declared.kind === 'duplicate' ? declared.places[0] : undefined
}

function notYet({ kind }: Declared, where: string): Refutation | undefined {
  return kind === 'pending' ? stillRead(where) : undefined
}

/** What a repository declares cannot be told before its first fetch. */
export function unknownYet({ name }: PolicyRepository): Refutation {
  const why = `repository ${name} could not be fetched yet, so nobody knows what it declares`
  return refuted('MirrorStale', why)
}
