import type { AdmissionRequest } from '../admission/request.ts'
import { changedPaths } from '../manifest/changes.ts'
import { formatFieldPath } from '../manifest/field-path.ts'
import { isJsonObject, type Json, type JsonObject } from '../manifest/json.ts'

/** Fields that records and messages show. */
const mostShown = 20

/** Kept by the API server: it changes them with every write. */
const kept: ReadonlySet<string> = new Set(['resourceVersion', 'generation'])
const keptAndManagers: ReadonlySet<string> = new Set([...kept, 'managedFields'])

/** What a request adds, changes or removes, at most 20 fields; none for DELETE and CONNECT. */
export function changedFields(request: AdmissionRequest): readonly string[] {
  if (request.operation === 'DELETE' || request.operation === 'CONNECT') return []
  const [old, next] = [request.oldObject, request.object].map((object) =>
    object === null ? undefined : without(object, keptAndManagers),
  )
  const paths = changedPaths(old, next, mostShown).map(formatFieldPath)
  return [...new Set(paths)]
}

/**
 * Row 7: an update that changes nothing but what the API server keeps. For a human managedFields
 * count, their times apart: they decide what a later apply removes.
 */
export function isUnchanged(request: AdmissionRequest, isHuman: boolean): boolean {
  const { operation, subresource, object, oldObject } = request
  if (operation !== 'UPDATE' || subresource !== '' || object === null || oldObject === null) {
    return false
  }
  const dropped = isHuman ? kept : keptAndManagers
  const [old, next] = [oldObject, object].map((one) => withoutTimes(without(one, dropped)))
  return changedPaths(old, next, 1).length === 0
}

function without(object: JsonObject, dropped: ReadonlySet<string>): JsonObject {
  const metadata = Object.hasOwn(object, 'metadata') ? object['metadata'] : undefined
  if (!isJsonObject(metadata)) return object
  const rest = Object.entries(metadata).filter(([key]) => !dropped.has(key))
  return { ...object, metadata: toObject(rest) }
}

function withoutTimes(object: JsonObject): JsonObject {
  const metadata = Object.hasOwn(object, 'metadata') ? object['metadata'] : undefined
  if (!isJsonObject(metadata) || !Object.hasOwn(metadata, 'managedFields')) return object
  const entries = metadata['managedFields']
  if (!Array.isArray(entries)) return object
  const managedFields = (entries as readonly Json[]).map((entry) =>
    isJsonObject(entry) ? toObject(Object.entries(entry).filter(([key]) => key !== 'time')) : entry,
  )
  return { ...object, metadata: { ...metadata, managedFields } }
}

/** `__proto__` is a key like any other. */
function toObject(entries: readonly (readonly [string, Json])[]): JsonObject {
  const object = Object.create(null) as Record<string, Json>
  for (const [key, value] of entries) object[key] = value
  return object
}
