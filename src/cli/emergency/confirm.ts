import { createInterface } from 'node:readline/promises'
import type { Env } from '../env.ts'
import { UsageError } from '../exit.ts'
import { printable } from '../output.ts'

/** Asks on a terminal. Without one, somebody has to have said yes beforehand. */
export async function confirm(question: string, env: Env): Promise<boolean> {
  if (env.stdin.isTTY !== true) {
    throw new UsageError(
      'nobody can be asked here: say --yes, or --dry-run to see what would be done',
    )
  }
  const reader = createInterface({ input: env.stdin, output: env.stderr })
  try {
    const answer = await reader.question(`${printable(question)} [y/N] `, { signal: env.signal })
    return /^y(es)?$/i.test(answer.trim())
  } finally {
    reader.close()
  }
}
