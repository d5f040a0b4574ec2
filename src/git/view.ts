import { GuardError } from '../core/errors.ts'
import type { Tip } from '../core/provenance/repository.ts'
import { Ancestry } from './ancestry.ts'
import type { Git } from './local-git.ts'

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

/** The same from the view before: only what is new is read, unless something was taken away. */
export async function updateView(
  git: Git,
  branches: readonly string[],
  before: View,
): Promise<View> {
  const tips = await readTips(git, branches)
  const changed = tips.filter((tip) => headOf(before, tip.branch) !== tip.commit)
  const isOnlyMore =
    before.tips.every(({ branch }) => tips.some((tip) => tip.branch === branch)) &&
    (await areFastForwards(git, before, changed))
  if (!isOnlyMore) return loadView(git, branches)
  const added: Tip[] = []
  for (const { branch, commit } of changed) {
    const old = headOf(before, branch)
    const range = old === undefined ? [commit] : [commit, `^${old}`]
    await eachCommit(git, range, (oid) => added.push({ branch, commit: oid }))
  }
  // All at once, when nothing can fail any more.
  for (const { branch, commit } of added) before.ancestry.add(branch, commit)
  return { tips, ancestry: before.ancestry }
}

export function headOf({ tips }: View, branch: string): string | undefined {
  return tips.find((tip) => tip.branch === branch)?.commit
}

/** Exit 1 is an answer: the old head is not among the ancestors of the new one. */
export async function isFastForward(git: Git, from: string, to: string): Promise<boolean> {
  const { code } = await git(['merge-base', '--is-ancestor', from, to], { answers: [0, 1] })
  return code === 0
}

async function areFastForwards(git: Git, before: View, tips: readonly Tip[]): Promise<boolean> {
  for (const { branch, commit } of tips) {
    const old = headOf(before, branch)
    if (old !== undefined && !(await isFastForward(git, old, commit))) return false
  }
  return true
}

async function readTips(git: Git, branches: readonly string[]): Promise<readonly Tip[]> {
  const format = '--format=%(objecttype) %(objectname) %(refname)'
  const names = branches.map((branch) => `refs/heads/${branch}`)
  const { output } = await git(['for-each-ref', format, ...names])
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
      take(bytes.latin1Slice(from, to))
      from = to + 1
      count += 1
    }
    if (count > mostCommits) throw new GuardError('GitOutputTooLarge', 'the history is too long')
    rest = Buffer.from(bytes.subarray(from))
  }
  await git(['rev-list', ...range, '--'], { onOutput })
}
