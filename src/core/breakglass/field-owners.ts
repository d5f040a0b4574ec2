import type { AdmissionRequest } from '../admission/request.ts'
import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../manifest/json.ts'

/**
 * Whether an update makes others the owners of fields, which it may by sending managedFields along: an
 * engine takes away what it owns and does not declare. By itself the API server only gives fields to
 * whoever sends the request, and applying is all that such a request does.
 */
export function givesToOthers({ object, oldObject, options }: AdmissionRequest): boolean {
  const before = new Map(ownersOf(oldObject).map((one) => [keyOf(one), one]))
  const gaining = ownersOf(object).filter((one) =>
    isMore(at(before.get(keyOf(one)), 'fieldsV1') ?? {}, at(one, 'fieldsV1') ?? {}),
  )
  const [applied] = gaining.filter((one) => stringAt(one, 'operation') === 'Apply')
  if (applied === undefined) return false
  return gaining.length > 1 || stringAt(applied, 'manager') !== stringAt(options, 'fieldManager')
}

/** Entries of `metadata.managedFields`. */
export function ownersOf(object: JsonObject | null): readonly Json[] {
  const entries = at(object ?? undefined, 'metadata', 'managedFields')
  return Array.isArray(entries) ? (entries as readonly Json[]) : []
}

function keyOf(entry: Json): string {
  return JSON.stringify(
    ['manager', 'operation', 'apiVersion', 'subresource'].map((key) => stringAt(entry, key) ?? ''),
  )
}

/** Of two sets of fields, as FieldsV1 nests them. */
function isMore(before: Json, after: Json): boolean {
  if (!isJsonObject(after)) return false
  return Object.entries(after).some(([key, below]) => {
    const known = at(before, key)
    return known === undefined || isMore(known, below)
  })
}
