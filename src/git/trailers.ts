import type { CommitRange } from '../core/provenance/repository.ts'
import type { Git } from './local-git.ts'

/** Whoever says more has said enough. */
const mostCommits = 1000
const fullId = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/

/** See Repository.trailers. 128: one of the commits is not there any more. */
export async function readTrailers(
  git: Git,
  key: string,
  { since, until, madeFrom = -Infinity }: CommitRange,
): Promise<readonly string[]> {
  if (!fullId.test(since) || !fullId.test(until)) return []
  const format = `--format=%x00%ct%n%(trailers:key=${key},valueonly,unfold)`
  const limit = `--max-count=${mostCommits}`
  const args = ['log', '--no-color', '--no-show-signature', format, limit, until, `^${since}`, '--']
  const { output } = await git(args, { answers: [0, 128] })
  const commits = output.toString('utf8').split('\0').slice(1)
  return commits.flatMap((text) => {
    const [seconds, ...values] = text.split('\n').map((line) => line.trim())
    return Number(seconds) * 1000 < madeFrom ? [] : values.filter((value) => value !== '')
  })
}
