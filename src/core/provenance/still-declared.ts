import { stringAt } from '../manifest/json.ts'
import type { ObjectId } from '../manifest/object-id.ts'
import { place, stillRead } from './absence.ts'
import type { Cascade, Declared, DeclaredObject, SourceProblem } from './declarations.ts'
import { unknownYet } from './ownership.ts'
import { refuted, type Ground, type Refutation, type Sourced, type Subject } from './proof.ts'

/** A file of a tip that could not be read. */
export interface Unread extends SourceProblem {
  readonly repository: string
  readonly branch: string
}

type Tips = { readonly kind: 'clear'; readonly unread: readonly Unread[] } | Refutation

/**
 * Whether no tip of any repository declares the object, or anything that would go with it. Of all,
 * since what others declare is not this writer's to remove.
 */
export async function askTips(subject: Subject, target: ObjectId, ground: Ground): Promise<Tips> {
  const cascade = cascadeOf(subject, target)
  const unread: Unread[] = []
  for (const settings of ground.policy.spec.repositories) {
    const mirror = ground.repositories.get(settings.name)
    if (mirror?.fetchedAt() === undefined) return unknownYet(settings)
    for (const tip of mirror.tips()) {
      const asked = { source: { settings, mirror }, ...tip, target, cascade }
      const answer = await askTip(asked, ground)
      if (answer.kind === 'refuted') return answer
      unread.push(...answer.unread)
    }
  }
  return { kind: 'clear', unread }
}

interface Asked {
  readonly source: Sourced
  readonly branch: string
  readonly commit: string
  readonly target: ObjectId
  readonly cascade: Cascade | undefined
}

async function askTip(asked: Asked, ground: Ground): Promise<Tips> {
  const { source, branch, commit, target, cascade } = asked
  const repository = source.settings.name
  const where = `${repository} (${branch})`
  const at = { repository, commit, branches: [branch] }
  const declared = await ground.declarations.find({ ...at, id: target }, ground.signal)
  if (declared.kind !== 'absent') return still(declared, where)
  const inside =
    cascade === undefined ? [] : await ground.declarations.within({ ...at, cascade }, ground.signal)
  if (inside === 'pending') return stillRead(where)
  const [first] = inside
  if (first !== undefined) return wouldGo(first, where)
  return { kind: 'clear', unread: declared.problems.map((one) => ({ ...one, repository, branch })) }
}

/** Deleting a definition removes its instances, and no review is asked about any of them. */
function cascadeOf({ request }: Subject, { group, kind, name }: ObjectId): Cascade | undefined {
  if (kind === 'Namespace' && group === '') return { namespace: name }
  if (kind !== 'CustomResourceDefinition' || group !== 'apiextensions.k8s.io') return undefined
  const old = request.oldObject ?? undefined
  const instances = stringAt(old, 'spec', 'names', 'kind') ?? ''
  return { group: stringAt(old, 'spec', 'group') ?? '', kind: instances }
}

function still(
  declared: Exclude<Declared, { readonly kind: 'absent' }>,
  where: string,
): Refutation {
  if (declared.kind === 'pending') return stillRead(where)
  const file = declared.kind === 'declared' ? place(declared.object) : declared.places[0]
  return refuted('StillDeclared', `${where} declares it in ${file}. Remove it there first`)
}

function wouldGo(object: DeclaredObject, where: string): Refutation {
  const { kind, name } = object.id
  const why = `${kind} ${name}, which ${where} declares in ${place(object)}, would go with it`
  return refuted('StillDeclared', why)
}
