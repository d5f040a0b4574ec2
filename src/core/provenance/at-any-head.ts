import type { ObjectId } from '../manifest/object-id.ts'
import { orBroken, type Broken } from './absence.ts'
import type { Declared } from './declarations.ts'
import type { Ground } from './proof.ts'

/** Whether that holds of what any head of any repository of the policy says of an object. */
export async function atAnyHead(
  id: ObjectId,
  { policy, repositories, declarations, signal }: Ground,
  holds: (found: Declared | Broken) => boolean,
): Promise<boolean> {
  for (const { name: repository } of policy.spec.repositories) {
    for (const { branch, commit } of repositories.get(repository)?.tips() ?? []) {
      const query = { repository, commit, branches: [branch], id }
      if (holds(await orBroken(declarations.find(query, signal)))) return true
    }
  }
  return false
}
