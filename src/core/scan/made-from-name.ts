import type { FieldPath } from '../manifest/field-path.ts'
import { at } from '../manifest/json.ts'
import { orBroken } from '../provenance/absence.ts'
import type { DeclaredObject } from '../provenance/declarations.ts'
import { compare } from './comparison.ts'
import { idOf, type LiveObject } from './live-object.ts'
import type { Scene } from './scene.ts'

/**
 * Of an object that the server has named: where it is not what a manifest with only the beginning of the
 * name makes, now or in one of the last commits; undefined where there is none. Objects of old commits
 * stay, as nobody takes them away.
 */
export async function madeFromName(
  live: LiveObject,
  scene: Scene,
): Promise<readonly FieldPath[] | undefined> {
  const generateName = at(live.object, 'metadata', 'generateName')
  if (typeof generateName !== 'string' || generateName === '') return undefined
  const tried = new Set<string>()
  let first: readonly FieldPath[] | undefined
  for await (const declared of beginnings(live, generateName, scene)) {
    if (tried.has(declared.digest)) continue
    tried.add(declared.digest)
    const compared = await compare(live, declared, scene)
    if (compared?.paths.length === 0) return []
    first ??= compared?.paths ?? [[{ kind: 'key', key: 'apiVersion' }]]
  }
  return first
}

/** What the heads declare goes before what commits before them did. */
async function* beginnings(
  live: LiveObject,
  generateName: string,
  { policy, repositories, declarations, former, signal }: Scene,
): AsyncGenerator<DeclaredObject> {
  const tips = policy.spec.repositories.flatMap(({ name: repository }) =>
    (repositories.get(repository)?.tips() ?? []).map((tip) => ({ repository, ...tip })),
  )
  const find = async (repository: string, branch: string, commit: string) => {
    const query = { repository, commit, branches: [branch], id: idOf(live), generateName }
    const found = await orBroken(declarations.find(query, signal))
    return found.kind === 'declared' ? [found.object] : []
  }
  for (const { repository, branch, commit } of tips) yield* await find(repository, branch, commit)
  for (const { repository, branch } of tips) {
    for (const commit of await former(repository, branch)) {
      yield* await find(repository, branch, commit)
    }
  }
}
