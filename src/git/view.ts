import type { Tip } from '../core/provenance/repository.ts'
import { Ancestry } from './ancestry.ts'
import { readBetween, type Between } from './between.ts'
import { eachLine } from './commit-lines.ts'
import type { Git } from './local-git.ts'
import type { BranchMove } from './mirror-event.ts'

/** What the refs of a repository say at one moment. */
export interface View {
  /** In policy order. */
  readonly tips: readonly Tip[]
  readonly ancestry: Ancestry
}

/** Reads everything anew. */
export async function loadView(git: Git, branches: readonly string[]): Promise<View> {
  const tips = await readTips(git, branches)
  const ancestry = new Ancestry(branches)
  for (const { branch, commit } of tips) {
    await eachCommit(git, commit, (oid) => ancestry.add(branch, oid))
  }
  return { tips, ancestry }
}

/** A branch that moved, and what lies between its heads. */
export interface Moved {
  readonly move: BranchMove
  /** Undefined for a branch that is new or gone. */
  readonly between: Between | undefined
}

export interface UpdatedView {
  readonly view: View
  readonly moved: readonly Moved[]
  /** Commits that the ancestry of the view, which the view before shares, does not have yet. */
  readonly added: readonly Tip[]
}

/**
 * The same from the view before: only what is new is read, unless something was taken away. A commit
 * must not count before its branch has the new head, so that whoever takes the view over adds the
 * commits at the same moment.
 */
export async function updateView(
  git: Git,
  branches: readonly string[],
  before: View,
): Promise<UpdatedView> {
  const tips = await readTips(git, branches)
  const moved = await compareTips(git, branches, { before: before.tips, after: tips })
  const isOnlyMore = moved.every(({ move }) => move.to !== undefined && !move.isForced)
  if (!isOnlyMore) return { view: await loadView(git, branches), moved, added: [] }
  const added: Tip[] = []
  for (const { move, between } of moved) {
    const { branch, to = '' } = move
    const take = (commit: string) => void added.push({ branch, commit })
    if (between === undefined) await eachCommit(git, to, take)
    else between.added.forEach(take)
  }
  return { view: { tips, ancestry: before.ancestry }, moved, added }
}

/** In policy order. */
export async function compareTips(
  git: Git,
  branches: readonly string[],
  tips: { readonly before: readonly Tip[]; readonly after: readonly Tip[] },
): Promise<readonly Moved[]> {
  const moved: Moved[] = []
  for (const branch of branches) {
    const from = headOf(tips.before, branch)
    const to = headOf(tips.after, branch)
    if (from === to) continue
    const isBetween = from !== undefined && to !== undefined
    const between = isBetween ? await readBetween(git, from, to) : undefined
    moved.push({ move: { branch, from, to, isForced: between?.isForced ?? false }, between })
  }
  return moved
}

export function headOf(tips: readonly Tip[], branch: string): string | undefined {
  return tips.find((tip) => tip.branch === branch)?.commit
}

/** Ids are copied one by one out of each line: a part of a text would keep all of it. */
async function eachCommit(git: Git, until: string, take: (oid: string) => void): Promise<void> {
  await eachLine(git, { range: [until] }, (line) => take(line.toString('latin1')))
}

async function readTips(git: Git, branches: readonly string[]): Promise<readonly Tip[]> {
  const format = '--format=%(objecttype) %(objectname) %(refname)'
  const names = branches.map((branch) => `refs/heads/${branch}`)
  const { output } = await git(['for-each-ref', format, '--end-of-options', ...names])
  const commits = new Map<string, string>()
  for (const line of output.toString('utf8').split('\n')) {
    const [type, oid = '', ref = ''] = line.split(' ')
    if (type === 'commit') commits.set(ref, oid)
  }
  return branches.flatMap((branch) => {
    const commit = commits.get(`refs/heads/${branch}`)
    return commit === undefined ? [] : [{ branch, commit }]
  })
}
