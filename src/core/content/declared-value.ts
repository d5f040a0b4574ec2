import { isJsonObject, type Json, type JsonObject } from '../manifest/json.ts'
import { exactField } from './exact.ts'
import type { Field, Position } from './position.ts'

/** Where null is no value of its own, it says the same as nothing. */
export function presentValue(value: Json | undefined, field: Field): Json | undefined {
  return value === null && !field.isNullable ? undefined : value
}

/** What a manifest says there: nothing, where the API server would not keep the empty value. */
export function declaredValue(value: Json | undefined, field: Field): Json | undefined {
  const present = presentValue(value, field)
  if (present === undefined || field.empty === 'kept') return present
  return isEmptyValue(present) ? undefined : present
}

/**
 * What would be left of a declared value in a stored object; undefined if nothing. A null need not be
 * left even where it is a value: kubectl apply leaves it out.
 */
export function keptValue(value: Json | undefined, field: Field): Json | undefined {
  const declared = declaredValue(value ?? undefined, field)
  if (!isJsonObject(declared) || field.empty === 'kept') return declared
  const isKept = Object.keys(declared).some((key) => {
    const below = keptField(key, field.position)
    return below !== undefined && keptValue(declared[key], below) !== undefined
  })
  return isKept ? declared : undefined
}

/** Undefined for a key that the API server leaves out. */
export function keptField(key: string, position: Position): Field | undefined {
  return position.field(key) ?? (position.unknownKeys === 'kept' ? exactField : undefined)
}

/** Whether a stored map says nothing but that it is there. */
export function isBare(map: JsonObject, position: Position): boolean {
  for (const key of Object.keys(map)) {
    // Most maps say something at once, and most values are not null.
    if (map[key] !== null) return false
    if (presentValue(null, position.field(key) ?? exactField) !== undefined) return false
  }
  return true
}

function isEmptyValue(value: Json): boolean {
  if (Array.isArray(value)) return value.length === 0
  if (isJsonObject(value)) return Object.keys(value).length === 0
  return value === '' || value === 0 || value === false
}
