import { GuardError } from '../core/errors.ts'
import type { Tip } from '../core/provenance/repository.ts'
import { Ancestry } from './ancestry.ts'
import type { Git } from './local-git.ts'
import type { BranchMove } from './mirror-event.ts'

/** What the refs of a repository say at one moment. */
export interface View {
  /** In policy order. */
  readonly tips: readonly Tip[]
  readonly ancestry: Ancestry
}

const mostCommits = 20_000_000

/** Reads everything anew. */
export async function loadView(git: Git, branches: readonly string[]): Promise<View> {
  const tips = await readTips(git, branches)
  const ancestry = new Ancestry(branches)
  for (const { branch, commit } of tips) {
    await eachCommit(git, [commit], (oid) => ancestry.add(branch, oid))
  }
  return { tips, ancestry }
}

export interface UpdatedView {
  readonly view: View
  readonly moves: readonly BranchMove[]
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
  const moves = await compareTips(git, branches, { before: before.tips, after: tips })
  const isOnlyMore = moves.every(({ to, isForced }) => to !== undefined && !isForced)
  if (!isOnlyMore) return { view: await loadView(git, branches), moves, added: [] }
  const added: Tip[] = []
  for (const { branch, from, to = '' } of moves) {
    const range = from === undefined ? [to] : [to, `^${from}`]
    await eachCommit(git, range, (oid) => added.push({ branch, commit: oid }))
  }
  return { view: { tips, ancestry: before.ancestry }, moves, added }
}

/** Branches that moved, in policy order. */
export async function compareTips(
  git: Git,
  branches: readonly string[],
  tips: { readonly before: readonly Tip[]; readonly after: readonly Tip[] },
): Promise<readonly BranchMove[]> {
  const moves: BranchMove[] = []
  for (const branch of branches) {
    const from = headOf(tips.before, branch)
    const to = headOf(tips.after, branch)
    if (from === to) continue
    const isForced = from !== undefined && to !== undefined && !(await isAncestor(git, from, to))
    moves.push({ branch, from, to, isForced })
  }
  return moves
}

export function headOf(tips: readonly Tip[], branch: string): string | undefined {
  return tips.find((tip) => tip.branch === branch)?.commit
}

/** Exit 1 is an answer; after a rebuild the old head may be gone altogether (128). */
async function isAncestor(git: Git, from: string, to: string): Promise<boolean> {
  const args = ['merge-base', '--is-ancestor', '--end-of-options', from, to]
  const { code } = await git(args, { answers: [0, 1, 128] })
  return code === 0
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

/** Ids are copied one by one out of each chunk: slices of one long text would keep all of it. */
async function eachCommit(
  git: Git,
  range: readonly string[],
  take: (oid: string) => void,
): Promise<void> {
  let rest = Buffer.alloc(0)
  let count = 0
  const onOutput = (chunk: Buffer): void => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let from = 0
    for (let to = bytes.indexOf(0x0a); to !== -1; to = bytes.indexOf(0x0a, from)) {
      take(bytes.toString('latin1', from, to))
      from = to + 1
      count += 1
    }
    if (count > mostCommits) throw new GuardError('GitOutputTooLarge', 'the history is too long')
    rest = Buffer.from(bytes.subarray(from))
  }
  await git(['rev-list', ...range, '--'], { onOutput })
}
