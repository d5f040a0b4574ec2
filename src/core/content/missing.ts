import type { Json, JsonObject } from '../manifest/json.ts'
import { keptField, keptValue, presentValue } from './declared-value.ts'
import type { Field, Position } from './position.ts'
import { isIgnored, keysOf, own, record, type MapSides, type Walk } from './walk.ts'

/**
 * What the new map lacks although Git declares it. Of a map that Git does not declare, what the API
 * server makes of that has to be whole too.
 */
export function findMissing(map: MapSides, position: Position, walk: Walk): void {
  const { next } = map
  const wanted = map.declared ?? map.fallback
  for (const key of keysOf(wanted)) {
    if (saysSomething(own(next, key)) || !isExpected(key, map) || isIgnored(key, walk)) continue
    findUnkept(key, own(wanted, key), { next, position, walk })
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
    if (saysSomething(own(next, key))) continue
    const field = keptField(key, position)
    if (field === undefined || keptValue(own(declared, key), field) !== undefined) continue
    const standard = rules.dependentDefault(position.type, key, declared, rules.declared)
    findUnkept(key, standard, { next, position, walk })
  }
}

interface Kept {
  readonly next: JsonObject | undefined
  readonly position: Position
  readonly walk: Walk
}

/** Of what is wanted there, as far as the API server keeps it. */
function findUnkept(key: string, wanted: Json | undefined, { next, position, walk }: Kept): void {
  const field = keptField(key, position)
  const value = field && keptValue(wanted, field)
  if (field === undefined || value === undefined || isThere(own(next, key), value, field)) return
  recordAt(key, 'missing', value, walk)
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

/** The usual case: whatever it says, it is there. */
function saysSomething(value: Json | undefined): boolean {
  return value !== undefined && value !== null
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
