import { runGit, type GitAnswer, type GitCall, type GitProgram } from './run.ts'

/** Git on one repository directory. */
export type Git = (
  args: readonly string[],
  options?: Partial<Omit<GitCall, 'args' | 'gitDir'>>,
) => Promise<GitAnswer>

const localMilliseconds = 120_000

export function gitOn(program: GitProgram, gitDir: string, signal?: AbortSignal): Git {
  return (args, options) =>
    runGit(program, {
      milliseconds: localMilliseconds,
      ...(signal === undefined ? {} : { signal }),
      ...options,
      args,
      gitDir,
    })
}
