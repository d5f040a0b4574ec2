import { stringAt } from '../manifest/json.ts'
import type { ObjectId } from '../manifest/object-id.ts'
import { place } from './absence.ts'
import { commitAnnotation, repositoryAnnotation } from './annotation.ts'
import type { Declared, DeclaredObject } from './declarations.ts'
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

/** Earlier tips that are asked whether they declared the object. */
const mostEarlierTips = 20

/**
 * DELETE by a writer, check 8: Git must once have declared the object, and after a fetch no tip may
 * declare it, or anything that would go with it.
 */
export async function verifyDeletion(subject: Subject, ground: Ground): Promise<Proof> {
  const { writer, target } = subject
  if (target === undefined) return refuted('NotDeclared', 'a subresource is not declared')
  const sources = writer.repositories.flatMap((name) => sourceNamed(name, ground))
  const stale = await firstStale(sources, ground)
  if (stale !== undefined) return stale
  // Also the repositories of others: what they declare is not this writer's to remove.
  for (const { name } of ground.policy.spec.repositories) {
    const [source] = sourceNamed(name, ground)
    const still = source && (await stillDeclared(source, target, ground))
    if (still !== undefined) return still
  }
  const declaredBefore = await storedDeclaration(subject, ground)
  if (declaredBefore !== undefined) return declaredBefore
  for (const source of sources) {
    const earlier = await declaredEarlier(source, subject, ground)
    if (earlier !== undefined) return earlier
  }
  const why = `nothing shows that ${writer.repositories.join(' or ')} ever declared it`
  return refuted('NotDeclared', why)
}

function sourceNamed(name: string, { policy, repositories }: Ground): readonly Sourced[] {
  const settings = policy.spec.repositories.find((one) => one.name === name)
  const mirror = repositories.get(name)
  return settings === undefined || mirror === undefined ? [] : [{ settings, mirror }]
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

async function stillDeclared(
  source: Sourced,
  target: ObjectId,
  ground: Ground,
): Promise<Refutation | undefined> {
  const { name: repository } = source.settings
  for (const { branch, commit } of source.mirror.tips()) {
    const at = { repository, commit, branches: [branch] }
    const declared = await ground.declarations.find({ ...at, id: target }, ground.signal)
    const found = whyStill(declared, `${repository} (${branch})`)
    if (found !== undefined) return found
    if (target.kind !== 'Namespace' || target.group !== '') continue
    const query = { ...at, namespace: target.name }
    const inside = await ground.declarations.inNamespace(query, ground.signal)
    if (inside === 'pending') return pending(repository)
    const [first] = inside
    if (first !== undefined) return goesWith(first, `${repository} (${branch})`)
  }
  return undefined
}

function whyStill(declared: Declared, where: string): Refutation | undefined {
  if (declared.kind === 'absent') return undefined
  if (declared.kind === 'pending') return pending(where)
  const file = declared.kind === 'declared' ? place(declared.object) : declared.places[0]
  return refuted('StillDeclared', `${where} declares it in ${file}. Remove it there first`)
}

function goesWith(object: DeclaredObject, where: string): Refutation {
  const { kind, name } = object.id
  const why = `${kind} ${name}, which ${where} declares in ${place(object)}, would go with it`
  return refuted('StillDeclared', why)
}

function pending(where: string): Refutation {
  return refuted('IndexPending', `${where} is still being read. Try again`)
}

/**
 * The annotations that the object carries since it was applied, if their commit declares this very
 * object: children carry copies of their parent's.
 */
async function storedDeclaration(subject: Subject, ground: Ground): Promise<Proof | undefined> {
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
  const at = { repository: settings.name, commit, branches: status.branches }
  return declaredAt(at, 'annotation', { subject, ground })
}

async function declaredEarlier(
  { settings, mirror }: Sourced,
  subject: Subject,
  ground: Ground,
): Promise<Proof | undefined> {
  const earlier = settings.branches.flatMap((branch) =>
    mirror.previousTips(branch).map(({ commit }) => ({ commit, branches: [branch] })),
  )
  for (const one of earlier.slice(0, mostEarlierTips)) {
    const at = { repository: settings.name, ...one }
    const found = await declaredAt(at, 'history', { subject, ground })
    if (found !== undefined) return found
  }
  return undefined
}

async function declaredAt(
  at: {
    readonly repository: string
    readonly commit: string
    readonly branches: readonly string[]
  },
  evidence: Provenance['evidence'],
  { subject, ground }: { readonly subject: Subject; readonly ground: Ground },
): Promise<Proof | undefined> {
  const { target } = subject
  if (target === undefined) return undefined
  const declared = await ground.declarations.find({ ...at, id: target }, ground.signal)
  if (declared.kind === 'pending') return pending(at.repository)
  if (declared.kind !== 'declared') return undefined
  const { repository, commit } = at
  return {
    kind: 'proven',
    provenance: { repository, commit, path: place(declared.object), evidence },
  }
}
