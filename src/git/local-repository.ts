import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { GuardError } from '../core/errors.ts'
import { gitOn, type Git } from './local-git.ts'
import type { GitRepository } from './mirror.ts'
import { OpenRepository } from './open-repository.ts'
import { readRefs } from './refs.ts'
import type { GitProgram } from './run.ts'
import { Tags } from './tags.ts'
import { loadView } from './view.ts'

export interface LocalOptions extends GitProgram {
  readonly now: () => number
}

/**
 * A repository directory as it stands, bare or with a working tree: its committed branches are the
 * tips, nothing is fetched and nothing is written. It may belong to another user, and its hooks and
 * configuration count for nothing. Rejects with GitFailed if it is no repository.
 */
export async function openLocalRepository(
  name: string,
  directory: string,
  branches: readonly string[],
  { searchPath, now }: LocalOptions,
): Promise<GitRepository> {
  const program = { searchPath }
  const gitDir = await findGitDir(resolve(directory))
  const git = gitOn(program, gitDir)
  await git(['rev-parse', '--git-dir']).catch((cause: unknown) => {
    throw new GuardError('GitFailed', `${directory} is not a Git repository`, { cause })
  })
  const view = await loadView(git, branches)
  const tags = await loadTags(git)
  const open = new OpenRepository(program, gitDir, { view, histories: new Map() })
  const problem =
    view.tips.length > 0 ? undefined : `${directory} has no commit on ${branches.join(', ')}`
  return {
    name,
    commit: (oid) => open.commit(oid),
    tips: () => view.tips,
    tag: (one) => tags.find(one),
    tipUntil: (branch, oid) => open.tipUntil(branch, oid),
    previousTips: () => [],
    trailers: (key, range) => open.trailers(key, range),
    firstParents: (commit, most) => open.firstParents(commit, most),
    fetchedAt: now,
    refresh: () => Promise.resolve(),
    problem: () => problem,
    list: (commit, path) => open.list(commit, path),
    treeAt: (commit, path) => open.treeAt(commit, path),
    blob: (oid, limit) => open.blob(oid, limit),
    start: () => Promise.resolve(),
    stop: () => open.close(),
  }
}

/** Exit 1: there are none. */
async function loadTags(git: Git): Promise<Tags> {
  const args = ['show-ref', '--dereference', '--heads', '--tags']
  const { output } = await git(args, { answers: [0, 1] })
  return new Tags(readRefs(output))
}

/** `.git` may be a file that names the directory (linked working trees); git follows it. */
export async function findGitDir(directory: string): Promise<string> {
  const inside = join(directory, '.git')
  return stat(inside).then(
    () => inside,
    () => directory,
  )
}
