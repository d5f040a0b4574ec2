import type { Git } from './local-git.ts'

const fullId = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/

/** See Repository.firstParents. 128: the commit is not there any more. */
export async function readFirstParents(
  git: Git,
  commit: string,
  most: number,
): Promise<readonly string[]> {
  if (!fullId.test(commit)) return []
  const args = ['rev-list', '--first-parent', '--skip=1', `--max-count=${most}`, commit, '--']
  const { output } = await git(args, { answers: [0, 128] })
  return output
    .toString('utf8')
    .split('\n')
    .filter((line) => fullId.test(line))
}
