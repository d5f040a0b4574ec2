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
      for (const { engine } of declared.object.plans) {
        if (engine !== undefined && !found.some((one) => isOfOne(one, engine))) found.push(engine)
      }
    }
  }
  return found
}
