import { generateNameOf } from '../admission/target.ts'
import { at, stringAt, type Json } from '../manifest/json.ts'
import { commitAnnotation, repositoryAnnotation } from '../manifest/own-annotations.ts'
import { planIn, type Claim } from './claim.ts'
import { mayHide, orBroken, place, stillRead } from './absence.ts'
import type { DeclarationQuery, DeclaredObject } from './declarations.ts'
import { endingEngine, stillWanted } from './ending-engine.ts'
import { isListed } from './engine-list.ts'
import { formerClaims } from './former-plans.ts'
import { headsOf } from './former-needs.ts'
import {
  refuted,
  type Ground,
  type Proof,
  type Provenance,
  type Refutation,
  type Sourced,
  type Subject,
} from './proof.ts'
import { repositoryNamed } from './repository-claim.ts'
import { askTips, type Unread } from './still-declared.ts'
import { returnRefuted } from './verify.ts'

/**
 * DELETE by a writer, check 8: Git must once have declared the object, and after a fetch no tip of any
 * repository may declare it, or anything that would go with it. Spared is what a declaration has recreated.
 */
export async function verifyDeletion(
  subject: Subject,
  ground: Ground,
  claim?: Claim,
): Promise<Proof> {
  const { target, request } = subject
  if (target === undefined) return refuted('NotDeclared', 'a subresource is not declared')
  if (leavesOrphans(request.options)) {
    const why = 'it would leave behind what the object owns, and no plan asks for that'
    return refuted('EvidenceRefused', why)
  }
  const all = ground.policy.spec.repositories.map(({ name }) => name)
  const stale = await firstStale(sourcesNamed(all, ground), ground)
  if (stale !== undefined) return stale
  const ending = await endingEngine(claim, ground)
  const tips =
    stillWanted(claim, ending) ?? (await askTips({ ...subject, target, ending, claim }, ground))
  if (tips.kind === 'refuted') return tips
  const { recreated } = tips
  if (recreated !== undefined) return mayReturn(recreated, { subject, ground, claim })
  const before = await declaredBefore(subject, ground, claim)
  if (before.kind !== 'found')
    return provenByList({ subject, ground, claim }, tips.unread) ?? before
  return unreadNow(before.object, tips.unread) ?? proven(before)
}

/** What is deleted to be made anew. */
async function mayReturn(
  object: DeclaredObject,
  { subject, ground, claim }: Asking,
): Promise<Proof> {
  const against = claim?.plan && (await returnRefuted(claim, subject, ground))
  return against ?? proven({ kind: 'found', object, evidence: 'tip' })
}

/** What it was declared by may have changed since, or its commit be known no more. */
function provenByList(
  { subject, ground, claim }: Asking,
  unread: readonly Unread[],
): Proof | undefined {
  const name = subject.target?.name ?? ''
  // Nothing tells which file it was in: one of which no name is known may be that one.
  const isClear = !unread.some((one) => one.names === undefined || mayHide(one, name))
  const mayRemove = claim !== undefined && claim.onlyRecreates !== true && isClear
  if (!mayRemove || !isListed(claim, subject, ground)) return undefined
  const { repository, commit } = claim
  const provenance = { repository, commit, path: undefined, evidence: 'inventory' }
  return { kind: 'proven', provenance }
}

async function declaredBefore(
  subject: Subject,
  ground: Ground,
  claim: Claim | undefined,
): Promise<Earlier | Refutation> {
  if (claim?.onlyRecreates === true) {
    const why = 'its engine removes nothing now but what asks to be made anew'
    return refuted('EvidenceRefused', why)
  }
  const sources = sourcesNamed(subject.writer.repositories, ground)
  return declaredOnce(sources, { subject, ground, claim })
}

function leavesOrphans(options: Json): boolean {
  return at(options, 'propagationPolicy') === 'Orphan' || at(options, 'orphanDependents') === true
}

/** The file that declared it last may still do so, or one that has its name: nobody can tell. */
function unreadNow(object: DeclaredObject, unread: readonly Unread[]): Refutation | undefined {
  const { repository, file, id } = object
  const isItsFile = (one: Unread) => one.repository === repository && one.file === file
  const now = unread.find(isItsFile) ?? unread.find((one) => mayHide(one, id.name))
  if (now === undefined) return undefined
  const where = `${now.repository} (${now.branch})`
  const why = `${where} may declare it: ${now.file}:${now.line} cannot be read there: ${now.message.slice(0, 160)}`
  return refuted('StillDeclared', why)
}

interface Earlier {
  readonly kind: 'found'
  readonly object: DeclaredObject
  readonly evidence: Provenance['evidence']
}

function proven({ object, evidence }: Earlier): Proof {
  const { repository, commit } = object
  return { kind: 'proven', provenance: { repository, commit, path: place(object), evidence } }
}

interface Asking {
  readonly subject: Subject
  readonly ground: Ground
  /** Its plan may be in force no more. */
  readonly claim: Claim | undefined
}

async function declaredOnce(
  sources: readonly Sourced[],
  asking: Asking,
): Promise<Earlier | Refutation> {
  const stored = await storedDeclaration(asking)
  if (stored !== undefined) return stored
  for (const source of sources) {
    const earlier = await declaredEarlier(source, asking)
    if (earlier !== undefined) return earlier
  }
  const former = await declaredFormerly(sources, asking)
  if (former !== undefined) return former
  const names = asking.subject.writer.repositories.join(' or ')
  return refuted('NotDeclared', `nothing shows that ${names} ever declared it`)
}

function sourcesNamed(
  names: readonly string[],
  { policy, repositories }: Ground,
): readonly Sourced[] {
  return names.flatMap((name) => {
    const settings = policy.spec.repositories.find((one) => one.name === name)
    const mirror = repositories.get(name)
    return settings === undefined || mirror === undefined ? [] : [{ settings, mirror }]
  })
}

async function firstStale(
  sources: readonly Sourced[],
  ground: Ground,
): Promise<Refutation | undefined> {
  await Promise.all(sources.map(({ mirror }) => mirror.refresh(ground.signal)))
  return sources.map((source) => staleness(source, ground)).find((one) => one !== undefined)
}

function staleness({ settings, mirror }: Sourced, ground: Ground): Refutation | undefined {
  const fetchedAt = mirror.fetchedAt()
  if (fetchedAt !== undefined && ground.now() - fetchedAt <= settings.maxStaleness) return undefined
  const why = `the mirror of ${settings.name} is missing or stale, so nobody knows what it declares now`
  return refuted('MirrorStale', why)
}

/**
 * The annotations that the object carries since it was applied, if their commit declares this very
 * object: children carry copies of their parent's.
 */
async function storedDeclaration(asking: Asking): Promise<Earlier | Refutation | undefined> {
  const { subject, ground } = asking
  const annotations = ['metadata', 'annotations'] as const
  const old = subject.request.oldObject ?? undefined
  const said = stringAt(old, ...annotations, repositoryAnnotation)
  const commit = stringAt(old, ...annotations, commitAnnotation)
  if (said === undefined || commit === undefined) return undefined
  const settings = repositoryNamed(ground.policy.spec.repositories, said)
  if (settings === undefined || !subject.writer.repositories.includes(settings.name))
    return undefined
  const mirror = ground.repositories.get(settings.name)
  if (mirror === undefined || !/^[0-9a-f]{40,64}$/.test(commit)) return undefined
  const status = await mirror.commit(commit)
  if (status.kind !== 'reachable') return undefined
  const where = { repository: settings.name, commit, branches: status.branches }
  return declaredAt(where, 'annotation', asking)
}

/** No head declares it: those were asked already. By a plan that is not in force, one of them may. */
async function declaredEarlier(
  source: Sourced,
  asking: Asking,
): Promise<Earlier | Refutation | undefined> {
  for (const { commit, branch } of headsOf(source)) {
    const where = { repository: source.settings.name, commit, branches: [branch] }
    const found = await declaredAt(where, 'history', asking)
    if (found !== undefined) return found
  }
  return undefined
}

/** What the engine object of the claim said before is in force no more, and what it made may be there. */
async function declaredFormerly(
  sources: readonly Sourced[],
  asking: Asking,
): Promise<Earlier | Refutation | undefined> {
  const { claim: now, ground } = asking
  const former = now === undefined ? [] : await formerClaims(now, ground)
  for (const claim of former) {
    for (const source of sources) {
      const found = await declaredEarlier(source, { ...asking, claim })
      if (found !== undefined) return found
    }
  }
  return undefined
}

async function declaredAt(
  where: Omit<DeclarationQuery, 'id'>,
  evidence: Provenance['evidence'],
  { subject, ground, claim }: Asking,
): Promise<Earlier | Refutation | undefined> {
  const { target } = subject
  if (target === undefined) return undefined
  const generateName = generateNameOf(subject.request)
  const query = { ...where, id: target, generateName, ...planIn(where, claim) }
  const asking = ground.declarations.find(query, ground.signal)
  const declared = await orBroken(asking)
  if (declared.kind === 'pending') return stillRead(where.repository)
  return declared.kind === 'declared'
    ? { kind: 'found', object: declared.object, evidence }
    : undefined
}
