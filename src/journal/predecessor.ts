import type { ChainHead } from '../core/audit/chain.ts'
import type { Checkpoint } from '../core/audit/checkpoint.ts'
import { closingOf, headOf, lastLineOf, namedFiles } from './record-files.ts'

export interface Predecessor {
  readonly head: ChainHead
  /** What it ended with, if it ended as it should. */
  readonly closing: Checkpoint | undefined
}

/**
 * Where the latest earlier process of this pod stopped writing. Its files are only read, half a line
 * at their end included: nothing tells whether that process is really gone.
 */
export async function findPredecessor(
  directory: string,
  pod: string,
): Promise<Predecessor | undefined> {
  const files = (await namedFiles(directory)).filter((file) => file.pod === pod)
  for (const { path } of files.toReversed()) {
    const line = await lastLineOf(path)
    if (line === undefined) continue
    const head = headOf(line)
    return head === undefined ? undefined : { head, closing: closingOf(line) }
  }
  return undefined
}
