import { isJsonObject, type Json, type JsonObject } from '../manifest/json.ts'

/** A value with the defaults of its schema, at every depth, as the API server fills them in. */
export function defaulted(value: Json, schema: JsonObject): Json {
  if (Array.isArray(value)) {
    const { items } = schema
    const list = value as readonly Json[]
    return isJsonObject(items) ? list.map((item) => defaulted(item, items)) : list
  }
  return isJsonObject(value) ? withDefaults(value, schema) : value
}

function withDefaults(object: JsonObject, schema: JsonObject): JsonObject {
  const { properties, additionalProperties } = schema
  const filled = Object.create(null) as Record<string, Json>
  const named = isJsonObject(properties) ? properties : {}
  for (const [key, value] of Object.entries(object)) {
    const own = Object.hasOwn(named, key) ? named[key] : additionalProperties
    if (!isJsonObject(own)) filled[key] = value
    else if (!isReplaced(value, own)) filled[key] = defaulted(value, own)
  }
  for (const [key, own] of Object.entries(named)) {
    if (!isJsonObject(own) || Object.hasOwn(filled, key)) continue
    const standard = own['default']
    if (standard !== undefined) filled[key] = defaulted(standard, own)
  }
  return filled
}

/** Null where it is not allowed gives way to the default. */
function isReplaced(value: Json, schema: JsonObject): boolean {
  return value === null && schema['nullable'] !== true && schema['default'] !== undefined
}
