import { GuardError } from '../core/errors.ts'
import type { Plan } from '../core/plans/plan.ts'
import type { SourceProblem } from '../core/provenance/declarations.ts'
import type { Entry, SourceAt } from './source-index.ts'
import type { TreeIndexes } from './tree-indexes.ts'

/** All that one plan says at a commit. */
export interface SourceListing {
  readonly source: Plan
  /** In the order of their files. */
  readonly entries: readonly Entry[]
  readonly problems: readonly SourceProblem[]
  readonly failure?: GuardError
}

export async function listSource(indexes: TreeIndexes, at: SourceAt): Promise<SourceListing> {
  const { source } = at
  try {
    const { entries, problems } = await indexes.get(at)
    return { source, entries: [...entries.values()].flat().toSorted(byPlace), problems }
  } catch (error) {
    if (!(error instanceof GuardError)) throw error
    return { source, entries: [], problems: [], failure: error }
  }
}

function byPlace(one: Entry, other: Entry): number {
  if (one.file !== other.file) return one.file < other.file ? -1 : 1
  return one.line - other.line || one.ordinal - other.ordinal
}
