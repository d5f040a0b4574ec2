import { dependentDefault } from '../../../../src/core/content/dependent-defaults.ts'
import { exactField } from '../../../../src/core/content/exact.ts'
import type { Field, Position } from '../../../../src/core/content/position.ts'
import { isJsonObject, type Json, type JsonObject } from '../../../../src/core/manifest/json.ts'
import { fieldsOf } from './declared.ts'
import type { Random } from './random.ts'
import { respelt } from './scalars.ts'

/** A model of the API server: what it stores of a manifest. */
export function storedForm(declared: JsonObject, position: Position): JsonObject {
  return storedMap(declared, position, declared)
}

function storedMap(map: JsonObject, position: Position, root: JsonObject): JsonObject {
  const stored = Object.create(null) as Record<string, Json>
  for (const [key, value] of Object.entries(map)) {
    const field = fieldAt(key, position)
    const kept = field === undefined ? undefined : storedField(value, field, root)
    if (kept !== undefined) stored[key] = kept
  }
  for (const key of fieldsOf(position)) {
    const standard = Object.hasOwn(stored, key) ? undefined : defaultOf(key, position, map, root)
    if (standard !== undefined) stored[key] = standard
  }
  return stored
}

function storedField(value: Json, field: Field, root: JsonObject): Json | undefined {
  if (value === null) return field.isNullable ? null : undefined
  const stored = storedValue(value, field.position, root)
  return field.empty !== 'kept' && isEmpty(stored) ? undefined : stored
}

function storedValue(value: Json, position: Position, root: JsonObject): Json {
  if (isJsonObject(value)) return storedMap(value, position, root)
  const { items } = position
  if (!Array.isArray(value) || items === undefined) return value
  return (value as readonly Json[]).map((item) => storedValue(item, items, root))
}

/** What the API server puts there beside what is declared. */
export function defaultOf(
  key: string,
  position: Position,
  parent: JsonObject,
  root: JsonObject,
): Json | undefined {
  return dependentDefault(position.type, key, parent, root) ?? position.field(key)?.default
}

function fieldAt(key: string, position: Position): Field | undefined {
  return position.field(key) ?? (position.unknownKeys === 'kept' ? exactField : undefined)
}

function isEmpty(value: Json): boolean {
  if (Array.isArray(value)) return value.length === 0
  if (isJsonObject(value)) return Object.keys(value).length === 0
  return value === '' || value === 0 || value === false
}

/** Another form of the same: order that has no meaning, spelling, null for nothing. */
export function respeltValue(value: Json, position: Position, random: Random): Json {
  if (isJsonObject(value)) return respeltMap(value, position, random)
  if (!Array.isArray(value)) return respelt(value, position.meaning, random)
  const { items, list } = position
  const same = (value as readonly Json[]).map((item) => {
    return items === undefined ? item : respeltValue(item, items, random)
  })
  const hasOrder = list.kind === 'atomic' || (list.kind === 'map' && list.isOrdered)
  return hasOrder ? same : random.shuffled(same)
}

function respeltMap(map: JsonObject, position: Position, random: Random): JsonObject {
  const same = Object.create(null) as Record<string, Json>
  for (const key of random.shuffled(Object.keys(map))) {
    const below = position.field(key)?.position ?? exactField.position
    same[key] = respeltValue(map[key] ?? null, below, random)
  }
  const absent = random.pick(fieldsOf(position))
  const isNothing = absent !== undefined && position.field(absent)?.isNullable === false
  if (isNothing && !Object.hasOwn(same, absent) && random.chance(0.1)) same[absent] = null
  return same
}
