import { isJsonObject, type Json, type JsonObject } from '../../manifest/json.ts'

/** A map of values that may be changed; without a prototype, since its keys are anybody's. */
export interface ValueMap {
  [key: string]: Json
}

export function emptyMap(): ValueMap {
  return Object.create(null) as ValueMap
}

/** Of what copyOf and merged made, every map is one that may be changed. */
export function isValueMap(value: Json | undefined): value is ValueMap {
  return isJsonObject(value)
}

/** With all the maps in it; lists are never changed. */
export function copyOf(object: JsonObject): ValueMap {
  const copy = emptyMap()
  for (const [key, value] of Object.entries(object)) {
    copy[key] = isJsonObject(value) ? copyOf(value) : value
  }
  return copy
}

/**
 * The second over the first, map by map. A map that only one of them has is shared with it, as in
 * Flux: what is set in it later shows in both.
 */
export function merged(below: ValueMap, above: ValueMap): ValueMap {
  const result = Object.assign(emptyMap(), below)
  for (const [key, value] of Object.entries(above)) {
    const other = result[key]
    result[key] = isValueMap(value) && isValueMap(other) ? merged(other, value) : value
  }
  return result
}
