import type { FieldPattern } from '../manifest/field-path.ts'
import { at, isJsonObject, type Json, type JsonObject } from '../manifest/json.ts'

/**
 * The object with other values at these places, where it has any: what a write of those values would
 * have found, so that each of them needs an explanation.
 */
export function withOtherValues(object: JsonObject, patterns: readonly FieldPattern[]): JsonObject {
  let other: Json = object
  for (const pattern of patterns) other = changed(other, pattern)
  return isJsonObject(other) ? other : object
}

function changed(value: Json, [step, ...rest]: FieldPattern): Json {
  if (step === undefined) return another(value)
  if (step.kind === 'key') {
    if (!isJsonObject(value) || !Object.hasOwn(value, step.key)) return value
    return { ...value, [step.key]: changed(value[step.key] ?? null, rest) }
  }
  if (!Array.isArray(value)) return value
  return (value as readonly Json[]).map((item) => {
    const isMeant = step.kind === 'any' || at(item, step.field) === step.value
    return isMeant ? changed(item, rest) : item
  })
}

function another(value: Json): Json {
  if (isList(value)) return value.map(another)
  if (isJsonObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, below]) => [key, another(below)]))
  }
  if (typeof value === 'boolean') return !value
  return `${String(value)}~`
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}
