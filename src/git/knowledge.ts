import type { Git } from './local-git.ts'
import type { BranchMove } from './mirror-event.ts'
import { extendHistory, loadHistory } from './reflog.ts'
import type { TipHistory } from './tip-history.ts'
import { loadView, updateView, type View } from './view.ts'

/** What is known about the branches of a repository: held in memory, replaced as a whole. */
export interface Knowledge {
  readonly view: View
  readonly histories: ReadonlyMap<string, TipHistory>
}

/** From the refs and reflogs on disk. */
export async function loadKnowledge(
  git: Git,
  gitDir: string,
  branches: readonly string[],
): Promise<Knowledge> {
  const view = await loadView(git, branches)
  const histories = new Map<string, TipHistory>()
  for (const { branch } of view.tips) {
    histories.set(branch, await loadHistory(git, gitDir, branch))
  }
  return { view, histories }
}

export interface UpdatedKnowledge {
  readonly moves: readonly BranchMove[]
  /** In place of the knowledge before; nothing of it counts until then. */
  readonly takeOver: () => Knowledge
}

/** After a fetch that began `at` (epoch ms). */
export async function updateKnowledge(
  git: Git,
  branches: readonly string[],
  { before, at }: { readonly before: Knowledge; readonly at: number },
): Promise<UpdatedKnowledge> {
  const { view, moves, added } = await updateView(git, branches, before.view)
  const histories = new Map(before.histories)
  for (const { branch, from, to } of moves) {
    // A branch that was deleted, or comes anew, has no past: git drops its reflog too.
    if (from === undefined || to === undefined) histories.delete(branch)
    else {
      const move = { from, to, at: Math.floor(at / 1000) * 1000 }
      histories.set(branch, await extendHistory(git, histories.get(branch) ?? [], move))
    }
  }
  const takeOver = () => {
    for (const { branch, commit } of added) view.ancestry.add(branch, commit)
    return { view, histories }
  }
  return { moves, takeOver }
}
