import { dependentDefault } from '../../../src/core/content/dependent-defaults.ts'
import { declaredValue } from '../../../src/core/content/declared-value.ts'
import type { Field, Position } from '../../../src/core/content/position.ts'
import { isJsonObject, type Json, type JsonObject } from '../../../src/core/manifest/json.ts'

/** What the API server makes of an object, as far as the catalogue and the named rules say. */
export function readByServer(
  object: JsonObject,
  position: Position,
  fieldsOf: (type: string) => readonly string[],
): JsonObject {
  const readMap = (map: JsonObject, at: Position): JsonObject => {
    const keys = fieldsOf(at.type)
    const known = keys.length > 0 ? keys : Object.keys(map)
    const entries = known.flatMap((key) => {
      const field = at.field(key)
      const value = field === undefined ? undefined : readField(map, key, { field, at })
      return value === undefined ? [] : [[key, value] as const]
    })
    return Object.fromEntries(entries)
  }
  const readField = (map: JsonObject, key: string, where: { field: Field; at: Position }) => {
    const { field, at } = where
    const given = declaredValue(Object.hasOwn(map, key) ? map[key] : undefined, field)
    if (given !== undefined) return readValue(given, field.position)
    return dependentDefault(at.type, key, map, object) ?? field.default
  }
  const readValue = (value: Json, at: Position): Json => {
    if (Array.isArray(value)) {
      const { items } = at
      const list = value as readonly Json[]
      return items === undefined ? list : list.map((item) => readValue(item, items))
    }
    return isJsonObject(value) && at.unknownKeys === 'dropped' ? readMap(value, at) : value
  }
  return readMap(object, position)
}
