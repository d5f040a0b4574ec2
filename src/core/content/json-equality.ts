import type { Json, JsonObject } from '../manifest/json.ts'

/** Equal, order of lists included, order of keys not. */
export function isSameJson(a: Json | undefined, b: Json | undefined): boolean {
  if (typeof a !== 'object' || typeof b !== 'object') return Object.is(a, b)
  if (a === b) return true
  if (a === null || b === null) return false
  if (isList(a)) return isList(b) && isSameList(a, b)
  return !isList(b) && isSameMap(a as JsonObject, b as JsonObject)
}

function isSameMap(a: JsonObject, b: JsonObject): boolean {
  const keys = Object.keys(a)
  const others = Object.keys(b)
  if (keys.length !== others.length) return false
  for (let i = 0; i < keys.length; i += 1) {
    const key = keys[i] ?? ''
    // Mostly they come in one order, and looking a key up is what costs.
    if (key !== others[i] && !Object.hasOwn(b, key)) return false
    const one = a[key]
    const other = b[key]
    if (one !== other && (typeof one !== 'object' || !isSameJson(one, other))) return false
  }
  return true
}

function isSameList(a: readonly Json[], b: readonly Json[]): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i += 1) {
    if (!isSameJson(a[i], b[i])) return false
  }
  return true
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}
