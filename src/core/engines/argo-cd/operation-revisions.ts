import { type Json, type JsonObject } from '../../manifest/json.ts'
import type { Revision } from '../engine.ts'
import type { Applying } from './reading.ts'
import { shown } from './names.ts'
import type { Followed } from './source-plan.ts'
import { isCommitId, isSameTarget, readTarget } from './target-revision.ts'

/**
 * The commit of each source that holds manifests. The result has it once Argo CD has resolved what the
 * operation asks for; before, a branch or nothing stands for the head of what the spec follows.
 */
export function revisionsOf(
  sync: JsonObject,
  result: Json,
  { sources, followed }: Applying,
): readonly Revision[] | string {
  const { length } = sources.list
  const listIn = (said: Json) => saidRevisions(said, sources.isMultiple, length)
  const [asked, found] = [listIn(sync), listIn(result)]
  const revisions: Revision[] = []
  for (const one of followed) {
    const revision = revisionOf(one, asked[one.position] ?? '', found[one.position] ?? '')
    if (typeof revision === 'string') return revision
    revisions.push(revision)
  }
  return revisions
}

/** One for each source. Argo CD takes a list of another length than the sources for none at all. */
export function saidRevisions(said: Json, isMultiple: boolean, length: number): readonly Json[] {
  const { revision, revisions } = (said ?? {}) as JsonObject
  if (!isMultiple) return [revision ?? '']
  return Array.isArray(revisions) && revisions.length === length
    ? (revisions as readonly Json[])
    : []
}

function revisionOf(followed: Followed, asked: Json, found: Json): Revision | string {
  if (typeof asked !== 'string' || typeof found !== 'string') return 'a revision is no text'
  if (!isWhatSpecSays(asked, followed)) {
    return `its operation asks for ${shown(asked)}, and its spec for something else`
  }
  const { target } = followed
  const id = [found, asked].find(isCommitId)?.toLowerCase()
  if (target.kind === 'name') {
    return id === undefined ? { kind: 'branch', name: target.name } : { kind: 'commit', id }
  }
  const isOther = id !== undefined && id !== target.id
  if (isOther) return 'its operation applies another commit than the one that its spec names'
  return { kind: 'commit', id: target.id }
}

/** A commit says nothing about the branch that it was asked for as: where it lies, Git shows. */
function isWhatSpecSays(asked: string, { target, tagPrefix }: Followed): boolean {
  if (asked === '' || isCommitId(asked)) return true
  const read = readTarget(asked, tagPrefix)
  return typeof read === 'object' && isSameTarget(read, target)
}
