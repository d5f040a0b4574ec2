import type { Circumstances } from '../decision/case.ts'
import type { Plan } from '../plans/plan.ts'
import type { DeclaredObject, SourceProblem } from '../provenance/declarations.ts'

/** What one plan declares at a commit, without the objects themselves. */
export interface DeclaredList {
  readonly source: Plan
  readonly entries: readonly Pick<DeclaredObject, 'id' | 'apiVersion' | 'generateName'>[]
  readonly problems: readonly SourceProblem[]
  /** Why it could not be read at all. */
  readonly failure?: Error
}

/** All that the plans of a repository declare at a commit. */
export interface Listings {
  list(repository: string, commit: string): Promise<readonly DeclaredList[]>
}

/** What objects are judged by. */
export interface Scene extends Circumstances {
  /** Ids of objects that engines create where nobody declares them. */
  readonly created: ReadonlySet<string>
  /** Whether an object is explained that owns others, by what references to it say. */
  readonly owners: Map<string, boolean>
  /** Commits of a branch before its head, newest first; none where nobody knows. */
  readonly former: (repository: string, branch: string) => Promise<readonly string[]>
}
