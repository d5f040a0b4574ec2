import { isJsonObject, type Json, type JsonObject } from '../../manifest/json.ts'
import { isSameMeaning } from './meaning.ts'
import type { Sources } from './sources.ts'

/**
 * Why an operation applies something that is not what the spec says: manifests sent along with it, or
 * other sources, of a rollback or typed in by somebody.
 */
export function whyNotFromGit(
  sync: JsonObject,
  result: Json,
  sources: Sources,
): string | undefined {
  const { manifests = null } = sync
  if (manifests !== null && !(Array.isArray(manifests) && manifests.length === 0)) {
    return 'its operation applies manifests that somebody sent along, not those of Git'
  }
  if (isOf(sources, sync) && (!isJsonObject(result) || isOf(sources, result))) return undefined
  return 'its operation applies other sources or parameters than its spec says'
}

/** An operation may leave out what it applies; what it says must be what the spec says. */
function isOf({ list, isMultiple }: Sources, said: JsonObject): boolean {
  const { source = null, sources = null } = said
  const isListed = Array.isArray(sources) && sources.length > 0
  if (isListed) return isMultiple && isSameMeaning(sources, list)
  if (source === null) return sources === null || Array.isArray(sources)
  return !isMultiple && isSameMeaning(source, list[0] ?? null)
}
