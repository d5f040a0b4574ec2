import type { Json, JsonObject } from '../manifest/json.ts'
import { keptField, keptValue, presentValue } from './declared-value.ts'
import type { Field, Position } from './position.ts'
import { isIgnored, keysOf, own, record, type MapSides, type Walk } from './walk.ts'

/**
 * What the new map lacks although Git declares it. Of a map that Git does not declare, what the API
 * server makes of that has to be whole too.
 */
export function findMissing(map: MapSides, position: Position, walk: Walk): void {
  const wanted = map.declared ?? map.fallback
  for (const key of keysOf(wanted)) {
    const field = keptField(key, position)
    if (field === undefined || !isExpected(key, map) || isIgnored(key, walk)) continue
    const value = keptValue(own(wanted, key), field)
    if (value !== undefined && !isThere(own(map.next, key), value, field)) {
      recordAt(key, 'missing', value, walk)
    }
  }
  if (map.isNew && map.declared !== undefined)
    findUnfilled({ ...map, declared: map.declared }, position, walk)
}

/** A default that depends on other fields goes away when a request fills in one of those. */
function findUnfilled(
  { next, declared }: MapSides & { readonly declared: JsonObject },
  position: Position,
  walk: Walk,
): void {
  const { rules } = walk
  for (const key of rules.dependentFields(position.type)) {
    const field = keptField(key, position)
    if (field === undefined || keptValue(own(declared, key), field) !== undefined) continue
    const standard = rules.dependentDefault(position.type, key, declared, rules.declared)
    const value = keptValue(standard, field)
    if (value !== undefined && !isThere(own(next, key), value, field)) {
      recordAt(key, 'missing', value, walk)
    }
  }
}

/** What was below the key may go; that it is there at all is declared as well: an empty selector. */
export function findRemoved(
  key: string,
  { next, declared, isNew }: MapSides,
  field: Field,
  walk: Walk,
): void {
  // In a new map it is missing.
  if (next === undefined || isNew) return
  const value = keptValue(own(declared, key), field)
  if (value !== undefined && !isThere(own(next, key), value, field))
    recordAt(key, 'removed', value, walk)
}

/** In a map that was there before, what had drifted away may stay away. */
function isExpected(key: string, { old, declared, isNew }: MapSides): boolean {
  return isNew || (declared === undefined && own(old, key) !== undefined)
}

/** The API server writes null for some lists that are empty. */
function isThere(value: Json | undefined, wanted: Json, field: Field): boolean {
  if (presentValue(value, field) !== undefined) return true
  return value === null && Array.isArray(wanted) && wanted.length === 0
}

function recordAt(key: string, kind: 'missing' | 'removed', declared: Json, walk: Walk): void {
  walk.path.push({ kind: 'key', key })
  record(kind, { next: undefined, declared }, walk)
  walk.path.pop()
}
