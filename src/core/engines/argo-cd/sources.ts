import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../../manifest/json.ts'

/** The sources of a spec, as a running operation repeats them. */
export interface Sources {
  readonly list: readonly JsonObject[]
  /** They stand under `sources`: an operation then has a list of revisions. */
  readonly isMultiple: boolean
}

/** `sources` count before `source`; a hydrator syncs what it has written to a branch. */
export function readSources(spec: JsonObject): Sources | string {
  const hydrator = spec['sourceHydrator'] ?? null
  const many = spec['sources'] ?? []
  if (!Array.isArray(many)) return 'its sources are no list'
  if (hydrator !== null) {
    // Which of the two an operation takes depends on who starts it.
    if (many.length > 0) return 'it has both sources and a sourceHydrator'
    return { list: [hydratedBy(hydrator)], isMultiple: false }
  }
  const list = many.length > 0 ? (many as readonly Json[]) : [spec['source'] ?? null]
  if (!list.every(isJsonObject)) return 'it has no source, or one that is no object'
  return { list, isMultiple: many.length > 0 }
}

function hydratedBy(hydrator: Json): JsonObject {
  const own = stringAt(hydrator, 'syncSource', 'repoURL') ?? ''
  const repoURL = own === '' ? (stringAt(hydrator, 'drySource', 'repoURL') ?? '') : own
  const path = at(hydrator, 'syncSource', 'path') ?? ''
  return { repoURL, path, targetRevision: at(hydrator, 'syncSource', 'targetBranch') ?? '' }
}
