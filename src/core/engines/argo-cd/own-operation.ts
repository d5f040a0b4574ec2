import type { Condition } from '../../exceptions/row.ts'
import { at, isJsonObject, type Json, type JsonObject } from '../../manifest/json.ts'
import { isSameMeaning } from './meaning.ts'
import { whyNotFromGit } from './overrides.ts'
import { readSources } from './sources.ts'

/** The operation goes away, stays, or is a new one as automated sync starts it from the spec. */
export const isOwnOperation: Condition = {
  says: 'the operation ends, or is an automated sync of what the spec says',
  holds({ request: { oldObject, object } }) {
    const before = at(oldObject ?? {}, 'operation') ?? null
    const after = at(object ?? {}, 'operation') ?? null
    if (after === null || isSameMeaning(before, after)) return true
    return before === null && isAutomatic(after, at(object ?? {}, 'spec') ?? null)
  },
}

function isAutomatic(operation: Json, spec: Json): boolean {
  const sync = at(operation, 'sync')
  const automated = at(spec, 'syncPolicy', 'automated')
  if (!isJsonObject(sync) || !isJsonObject(spec) || !isJsonObject(automated)) return false
  const isAsked = at(operation, 'initiatedBy', 'automated') === true
  return isAsked && automated['enabled'] !== false && isAsSpecSays(sync, spec)
}

function isAsSpecSays(sync: JsonObject, spec: JsonObject): boolean {
  const sources = readSources(spec)
  if (typeof sources === 'string' || whyNotFromGit(sync, null, sources) !== undefined) return false
  const isPruning = sync['prune'] === true
  const mayPrune = at(spec, 'syncPolicy', 'automated', 'prune') === true
  const options = at(spec, 'syncPolicy', 'syncOptions') ?? []
  const isPlain = (sync['syncStrategy'] ?? null) === null && sync['dryRun'] !== true
  return isPlain && (mayPrune || !isPruning) && isSameMeaning(sync['syncOptions'] ?? [], options)
}
