import type { FieldDifference } from '../../core/promote/differences.ts'
import type { View } from './estate.ts'
import type { WorkRepository } from './repositories.ts'
import { titleOf, type Wanted } from './wanted.ts'

/** What became of one wish. */
export interface Outcome {
  readonly wanted: Wanted
  /** `same`: Git says so already. `skipped`: Git has nothing to do with it. */
  readonly kind: 'written' | 'same' | 'skipped' | 'blocked'
  readonly why?: string
  /** Where in Git; absent where there is no such place. */
  readonly place?: FilePlace
  /** What Git makes of it now, and what it would have to be. */
  readonly difference?: readonly FieldDifference[]
}

export interface FilePlace {
  readonly repository: WorkRepository
  readonly branch: string
  readonly file: string
}

/** Files as they are to be, of one branch of one repository. */
export interface Draft {
  readonly repository: WorkRepository
  readonly branch: string
  /** Undefined for a file that goes. */
  readonly files: Map<string, string | undefined>
}

export interface WritingOptions {
  /** For what Git does not declare yet. */
  readonly file?: string
  /** Values that look like secrets are written too. */
  readonly confidential?: boolean
}

export interface Writing extends WritingOptions {
  readonly repositories: readonly WorkRepository[]
  readonly view: View
  readonly drafts: Draft[]
}

export function draftOf(
  { repository, branch }: Pick<FilePlace, 'repository' | 'branch'>,
  { drafts }: Writing,
): Draft {
  const known = drafts.find((one) => one.repository === repository && one.branch === branch)
  if (known !== undefined) return known
  const draft: Draft = { repository, branch, files: new Map() }
  drafts.push(draft)
  return draft
}

/** As an earlier wish has left it, or as it is. */
export async function readDraft(place: FilePlace, writing: Writing): Promise<string | undefined> {
  const { repository, branch, file } = place
  const { files } = draftOf(place, writing)
  if (files.has(file)) return files.get(file)
  return repository.work.read(writing.view.head(repository, branch), file)
}

export function blocked(wanted: Wanted, why: string): Outcome {
  return { wanted, kind: 'blocked', why: `${titleOf(wanted.id)}: ${why}` }
}

export function secretText(paths: readonly string[]): string | undefined {
  if (paths.length === 0) return undefined
  return `${paths.slice(0, 3).join(', ')} may be a secret, which has no place in Git as it is; --confidential writes it all the same`
}
