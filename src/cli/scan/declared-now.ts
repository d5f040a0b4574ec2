import type { Circumstances } from '../../core/decision/case.ts'
import { stringAt, type JsonObject } from '../../core/manifest/json.ts'
import { objectKey, type ObjectId } from '../../core/manifest/object-id.ts'
import { planName } from '../../core/plans/plan.ts'
import type { Repository, Tip } from '../../core/provenance/repository.ts'
import type { DeclaredList, Listings } from '../../core/scan/scene.ts'
import type { Tally } from '../../core/scan/tally.ts'

/** All that the heads declare, until each of it is seen in the cluster. */
export interface DeclaredNow {
  /** Keys of what engines create where nobody declares it. */
  readonly created: ReadonlySet<string>
  /** How many objects that is. */
  readonly count: number
  seen(id: ObjectId): void
  unseen(): Iterable<ObjectId>
}

const mostProblems = 20

/** Reads every head. What could not be read is told: it may declare anything. */
export async function readDeclared(
  listings: Listings,
  { policy, repositories }: Pick<Circumstances, 'policy' | 'repositories'>,
  counted: Tally,
): Promise<DeclaredNow> {
  const open = new Map<string, ObjectId>()
  const created = new Set<string>()
  const take = (list: DeclaredList) => {
    const named = list.entries.filter(({ id }) => id.name !== '')
    for (const { id } of named) open.set(objectKey(id), id)
    for (const key of createdBy(list)) created.add(key)
  }
  for (const { name } of policy.spec.repositories) {
    for (const tip of tipsOf(name, repositories.get(name), counted)) {
      for (const list of await listsAt({ name, ...tip }, listings, counted)) take(list)
    }
  }
  return {
    created,
    count: open.size,
    seen: (id) => open.delete(objectKey(id)),
    unseen: () => open.values(),
  }
}

function tipsOf(name: string, mirror: Repository | undefined, counted: Tally): readonly Tip[] {
  const tips = mirror?.tips() ?? []
  if (tips.length > 0) return tips
  const why = mirror?.problem() ?? 'it has no commit yet'
  counted.addUnknown({ what: `repository ${name}`, why, objects: 0 })
  return []
}

async function listsAt(
  { name, branch, commit }: Tip & { readonly name: string },
  listings: Listings,
  counted: Tally,
): Promise<readonly DeclaredList[]> {
  const all = await listings.list(name, commit)
  const lists = all.filter(({ source }) => source.branch === branch)
  for (const list of lists) tellProblems(list, `${name}@${commit.slice(0, 12)}`, counted)
  return lists
}

function createdBy({ source: { creates = [] } }: DeclaredList): readonly string[] {
  return creates.map((object) => objectKey(idOf(object)))
}

function tellProblems({ source, problems, failure }: DeclaredList, at: string, counted: Tally) {
  const what = `${at} ${planName(source) || '.'}`
  if (failure !== undefined) counted.addUnknown({ what, why: failure.message, objects: 0 })
  const hiding = problems.filter(({ hides }) => hides !== 'nothing')
  for (const { file, line, message } of hiding.slice(0, mostProblems)) {
    const why = `${file}:${line}: ${message.slice(0, 160)}`
    counted.addUnknown({ what, why, objects: 0 })
  }
  const more = hiding.length - mostProblems
  if (more > 0) counted.addUnknown({ what, why: `${more} more problems in it`, objects: 0 })
}

function idOf(object: JsonObject): ObjectId {
  const apiVersion = stringAt(object, 'apiVersion') ?? ''
  return {
    group: apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '',
    kind: stringAt(object, 'kind') ?? '',
    namespace: stringAt(object, 'metadata', 'namespace') ?? '',
    name: stringAt(object, 'metadata', 'name') ?? '',
  }
}
