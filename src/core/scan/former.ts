import type { ObjectId } from '../manifest/object-id.ts'
import { orBroken } from '../provenance/absence.ts'
import type { DeclaredObject } from '../provenance/declarations.ts'
import { compare } from './comparison.ts'
import type { LiveObject } from './live-object.ts'
import type { Scene } from './scene.ts'

/** What an object was declared as counts so often; then it has a history of its own. */
const mostVersions = 5

/** The newest commit before the head by which the object is as it is. */
export async function formerState(
  live: LiveObject,
  declared: DeclaredObject,
  scene: Scene,
): Promise<DeclaredObject | undefined> {
  const tried = new Set([declared.digest])
  const { repository, branch, id } = declared
  for await (const former of declarationsBefore(id, { repository, branch }, scene)) {
    if (tried.has(former.digest)) continue
    tried.add(former.digest)
    if (tried.size > mostVersions) return undefined
    const compared = await compare(live, former, scene)
    if (compared?.paths.length === 0) return former
  }
  return undefined
}

/** The newest commit of any branch that has declared the object, which nothing declares any more. */
export async function lastDeclared(
  id: ObjectId,
  scene: Scene,
): Promise<DeclaredObject | undefined> {
  const branches = scene.policy.spec.repositories.flatMap(({ name: repository }) =>
    (scene.repositories.get(repository)?.tips() ?? []).map(({ branch }) => ({
      repository,
      branch,
    })),
  )
  for (const branch of branches) {
    for await (const found of declarationsBefore(id, branch, scene)) return found
  }
  return undefined
}

interface Branch {
  readonly repository: string
  readonly branch: string
}

/** Newest first. */
async function* declarationsBefore(
  id: ObjectId,
  { repository, branch }: Branch,
  { declarations, former, signal }: Scene,
): AsyncGenerator<DeclaredObject> {
  for (const commit of await former(repository, branch)) {
    const query = { repository, commit, branches: [branch], id }
    const found = await orBroken(declarations.find(query, signal))
    if (found.kind === 'declared') yield found.object
  }
}
