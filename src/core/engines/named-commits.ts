import { at, stringAt, type Json, type JsonObject } from '../manifest/json.ts'
import { saidRevisions } from './argo-cd/operation-revisions.ts'
import { readSources } from './argo-cd/sources.ts'
import { isCommitId } from './argo-cd/target-revision.ts'
import { parseRevision } from './flux/revision.ts'

export interface NamedCommit {
  /** The repository as the engine names it. */
  readonly url: string
  /** A full id, lower case. */
  readonly commit: string
}

/**
 * What the controller of an object has found in a repository, from the first moment that it says so:
 * writes that come from it follow. Nothing is proved by it; only a fetch can begin.
 */
export function namedCommits(object: JsonObject): readonly NamedCommit[] {
  const kind = stringAt(object, 'kind')
  const named =
    kind === 'GitRepository' ? inArtifact(object) : kind === 'Application' ? inSync(object) : []
  const keys = new Map(named.map((one) => [`${one.url} ${one.commit}`, one]))
  return [...keys.values()]
}

function inArtifact(object: JsonObject): readonly NamedCommit[] {
  const revision = parseRevision(stringAt(object, 'status', 'artifact', 'revision') ?? '')
  if (revision.kind !== 'known') return []
  return [{ url: stringAt(object, 'spec', 'url') ?? '', commit: revision.value.commit }]
}

/** The comparison comes first, then the operation that is asked for, then what it has resolved. */
function inSync(object: JsonObject): readonly NamedCommit[] {
  const sources = readSources((at(object, 'spec') ?? {}) as JsonObject)
  if (typeof sources === 'string') return []
  const { list, isMultiple } = sources
  const said: readonly (Json | undefined)[] = [
    at(object, 'status', 'sync'),
    at(object, 'operation', 'sync'),
    at(object, 'status', 'operationState', 'syncResult'),
  ]
  return said.flatMap((one) => {
    const revisions = saidRevisions(one ?? {}, isMultiple, list.length)
    return list.flatMap((source, i) => {
      const commit = revisions[i] ?? ''
      const url = stringAt(source, 'repoURL') ?? ''
      return typeof commit === 'string' && isCommitId(commit)
        ? [{ url, commit: commit.toLowerCase() }]
        : []
    })
  })
}
