import type { Git } from './local-git.ts'
import type { BranchMove } from './mirror-event.ts'
import { loadHistory } from './reflog.ts'
import { remember, type TipHistory } from './tip-history.ts'
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
  const { view, moved, added } = await updateView(git, branches, before.view)
  const histories = new Map(before.histories)
  for (const { move, between } of moved) {
    const { branch, from = '', to = '' } = move
    // A branch that was deleted, or comes anew, has no past: git drops its reflog too.
    if (between === undefined) histories.delete(branch)
    else {
      const past = histories.get(branch) ?? []
      const seconds = Math.floor(at / 1000)
      histories.set(branch, remember(past, { from, to, at: seconds * 1000 }, between.passed))
    }
  }
  const takeOver = () => {
    for (const { branch, commit } of added) view.ancestry.add(branch, commit)
    return { view, histories }
  }
  return { moves: moved.map(({ move }) => move), takeOver }
}
