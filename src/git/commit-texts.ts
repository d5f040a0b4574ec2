import { resolve } from 'node:path'
import { GuardError } from '../core/errors.ts'
import { CatFile } from './cat-file.ts'
import { gitOn } from './local-git.ts'
import { findGitDir } from './local-repository.ts'
import { ObjectReader } from './object-reader.ts'
import type { GitProgram } from './run.ts'

/** Commits of a repository directory, whatever branch they are on. Nothing is fetched or written. */
export interface CommitTexts extends AsyncDisposable {
  /** Text of the commit object, its hash checked; undefined where there is no such commit. */
  read(oid: string): Promise<string | undefined>
}

/** Rejects with GitFailed if the directory is no repository. */
export async function openCommitTexts(
  program: GitProgram,
  directory: string,
): Promise<CommitTexts> {
  const gitDir = await findGitDir(resolve(directory))
  await gitOn(
    program,
    gitDir,
  )(['rev-parse', '--git-dir']).catch((cause: unknown) => {
    throw new GuardError('GitFailed', `${directory} is not a Git repository`, { cause })
  })
  const catFile = new CatFile(program, gitDir)
  const reader = new ObjectReader(catFile)
  return {
    read: async (oid) => (isFullId(oid) ? reader.commit(oid) : undefined),
    [Symbol.asyncDispose]: () => catFile.close(),
  }
}

function isFullId(oid: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(oid)
}
