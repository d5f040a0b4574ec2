import { generateNameOf } from '../admission/target.ts'
import { isOfOne, type EngineReference } from '../plans/plan.ts'
import { orBroken } from './absence.ts'
import type { Ground, Subject } from './proof.ts'

/** The engine objects whose plans declare the object at a head of a repository of the writer. */
export async function plansDeclaring(
  { writer, target, request }: Subject,
  { repositories, declarations, signal }: Ground,
): Promise<readonly EngineReference[]> {
  if (target === undefined) return []
  const found: EngineReference[] = []
  for (const repository of writer.repositories) {
    for (const { branch, commit } of repositories.get(repository)?.tips() ?? []) {
      const query = { repository, commit, branches: [branch], id: target }
      const asking = declarations.find({ ...query, generateName: generateNameOf(request) }, signal)
      const declared = await orBroken(asking)
      if (declared.kind !== 'declared') continue
      found.push(...declared.object.plans.flatMap(({ engine }) => engine ?? []))
    }
  }
  return found.filter((one, i) => found.findIndex((other) => isOfOne(one, other)) === i)
}
