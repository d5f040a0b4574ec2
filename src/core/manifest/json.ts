/**
 * JSON as the API server sends it. Integers beyond 2^53 arrive as bigint (see
 * admission/parse-json.ts). Keys are user-chosen (`__proto__` is a legal ConfigMap key), so objects
 * are only ever read through own properties, and none is made by assigning such keys to one that has
 * a prototype: a spread makes them its own.
 */
export type Json = null | boolean | number | bigint | string | readonly Json[] | JsonObject
export interface JsonObject {
  readonly [key: string]: Json
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value at a chain of own keys, or undefined when any step is missing or not an object. */
export function at(value: Json | undefined, ...keys: readonly string[]): Json | undefined {
  let current = value
  for (const key of keys) {
    if (!isJsonObject(current) || !Object.hasOwn(current, key)) return undefined
    current = current[key]
  }
  return current
}

export function stringAt(value: Json | undefined, ...keys: readonly string[]): string | undefined {
  const found = at(value, ...keys)
  return typeof found === 'string' ? found : undefined
}
