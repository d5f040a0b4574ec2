import type { Json, JsonObject } from '../manifest/json.ts'

/** Equal, order of lists included, order of keys not. */
export function isSameJson(a: Json | undefined, b: Json | undefined): boolean {
  if (typeof a !== 'object' || typeof b !== 'object') return Object.is(a, b)
  if (a === b) return true
  if (a === null || b === null) return false
  if (isList(a)) return isList(b) && isSameList(a, b)
  return !isList(b) && isSameMap(a as JsonObject, b as JsonObject)
}

/** With `for in`, which takes half the time of lists of keys: what was parsed inherits none. */
function isSameMap(a: JsonObject, b: JsonObject): boolean {
  if (countKeys(a) !== countKeys(b)) return false
  for (const key in a) {
    const one = a[key]
    const other = b[key]
    if (one === other && one !== undefined) continue
    // Nobody inherits a scalar, and absent is none. An object has to be b's own: `__proto__` is found
    // in all of them.
    if (typeof one !== 'object' || !Object.hasOwn(b, key) || !isSameJson(one, other)) return false
  }
  return true
}

function countKeys(map: JsonObject): number {
  let count = 0
  for (const _ in map) count += 1
  return count
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
