import path from 'node:path'
import { GuardError } from '../../core/errors.ts'
import { authorIn, type Author } from '../../core/report/author.ts'
import { openCommitTexts, type CommitTexts } from '../../git/commit-texts.ts'
import type { Env } from '../env.ts'
import { searchPathOf } from '../renderers.ts'
import { overrideOf } from '../serve/settings.ts'

/** Who made commits, from directories of their repositories; each commit is read once. */
export interface Authors extends AsyncDisposable {
  of(repository: string, commit: string): Promise<Author>
}

export async function openAuthors(repo: readonly string[], env: Env): Promise<Authors> {
  const program = { searchPath: searchPathOf(env) }
  const repositories = new Map<string, CommitTexts>()
  const known = new Map<string, Author>()
  const close = async (): Promise<void> => {
    for (const one of repositories.values()) await one[Symbol.asyncDispose]()
  }
  try {
    for (const pair of repo) {
      const [name, directory] = overrideOf(pair, (given) => path.resolve(env.cwd, given))
      await repositories.get(name)?.[Symbol.asyncDispose]()
      repositories.set(name, await openCommitTexts(program, directory))
    }
  } catch (error) {
    await close()
    throw error
  }
  return {
    of: async (repository, commit) => {
      const key = `${repository} ${commit}`
      const author = known.get(key) ?? (await lookUp(repositories.get(repository), commit))
      known.set(key, author)
      return author
    },
    [Symbol.asyncDispose]: close,
  }
}

/** What a directory cannot tell is said in the report: it is no reason to have none. */
async function lookUp(texts: CommitTexts | undefined, commit: string): Promise<Author> {
  if (texts === undefined) return { kind: 'unknown', why: 'no repository given' }
  try {
    const text = await texts.read(commit)
    return text === undefined ? { kind: 'unknown', why: 'commit not there' } : authorIn(text)
  } catch (error) {
    if (!(error instanceof GuardError)) throw error
    return { kind: 'unknown', why: 'commit unreadable' }
  }
}
