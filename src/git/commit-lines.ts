import { GuardError } from '../core/errors.ts'
import type { Git } from './local-git.ts'

const mostCommits = 20_000_000

/**
 * Reads `git rev-list` line by line, without the line breaks; each line is gone after `take`. Resolves
 * to its exit code, one of `answers`.
 */
export async function eachLine(
  git: Git,
  { range, answers = [0] }: { range: readonly string[]; answers?: readonly number[] },
  take: (line: Buffer) => void,
): Promise<number> {
  let rest = Buffer.alloc(0)
  let count = 0
  const onOutput = (chunk: Buffer): void => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let from = 0
    for (let to = bytes.indexOf(0x0a); to !== -1; to = bytes.indexOf(0x0a, from)) {
      take(bytes.subarray(from, to))
      from = to + 1
      count += 1
    }
    if (count > mostCommits) throw new GuardError('GitOutputTooLarge', 'the history is too long')
    rest = Buffer.from(bytes.subarray(from))
  }
  const { code } = await git(['rev-list', ...range, '--'], { onOutput, answers })
  return code
}
