import { isJsonObject, type Json } from '../../src/core/manifest/json.ts'

/** The API server writes null where it could as well write nothing. */
export function withoutNull(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(withoutNull)
  if (!isJsonObject(value)) return value
  const kept = Object.entries(value).filter(([, inner]) => inner !== null)
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutNull(inner)]))
}
