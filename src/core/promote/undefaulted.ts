import { presentValue } from '../content/declared-value.ts'
import { dependentDefault } from '../content/dependent-defaults.ts'
import { exactField } from '../content/exact.ts'
import { isSameScalar } from '../content/meaning/same.ts'
import type { Field, Position } from '../content/position.ts'
import { isJsonObject, type Json, type JsonObject } from '../manifest/json.ts'
import { isList, isSame } from './edits.ts'

/** A live value, where it stands, and what Git says there; undefined where that is nothing. */
export interface Seen {
  readonly live: Json | undefined
  readonly declared: Json | undefined
  readonly field: Field
}

/** What is known of the whole: defaults of some fields depend on others. */
export interface Whole {
  readonly live: JsonObject
  /** Somebody has written it, and nothing was filled in. */
  readonly isWritten?: boolean
}

/**
 * What Git has to say so that the live value is what becomes of it: as it says it already wherever
 * that means the same, and nothing of what the API server fills in by itself.
 */
export function undefaulted(seen: Seen, whole: Whole): Json | undefined {
  const { live, declared, field } = seen
  if (live === undefined) return isDropped(declared, field) ? declared : undefined
  if (isJsonObject(live)) return undefaultedMap(live, seen, whole)
  if (isList(live)) return undefaultedList(live, seen, whole)
  const { meaning } = field.position
  return declared !== undefined && isSameScalar(live, declared, meaning) ? declared : live
}

/** Whether the API server keeps nothing of what Git says there. */
function isDropped(declared: Json | undefined, { empty }: Field): boolean {
  if (declared === undefined || empty === 'kept') return false
  if (isList(declared)) return declared.length === 0
  if (isJsonObject(declared)) return Object.keys(declared).length === 0
  return declared === null || declared === '' || declared === 0 || declared === false
}

function undefaultedMap(live: JsonObject, seen: Seen, whole: Whole): JsonObject {
  const { field } = seen
  const before = isJsonObject(seen.declared) ? seen.declared : {}
  const keys = [...new Set([...Object.keys(before), ...Object.keys(live)])]
  const entries = keys.flatMap((key): [string, Json][] => {
    const one = { live: own(live, key), declared: own(before, key) }
    if (isFilledIn({ ...one, key, parent: live, position: field.position }, whole)) return []
    const below = fieldAt(field.position, key)
    const value = undefaulted({ ...one, live: presentValue(one.live, below), field: below }, whole)
    return value === undefined || isLeftOver(value, one) ? [] : [[key, value]]
  })
  return Object.fromEntries(entries)
}

/** A map of which all was filled in. */
function isLeftOver(value: Json, { live, declared }: Pick<Seen, 'live' | 'declared'>): boolean {
  return declared === undefined && isEmptyMap(value) && !isEmptyMap(live)
}

function isEmptyMap(value: Json | undefined): boolean {
  return isJsonObject(value) && Object.keys(value).length === 0
}

export interface Filled {
  readonly key: string
  readonly live: Json | undefined
  readonly declared: Json | undefined
  /** Of the live object. */
  readonly parent: JsonObject
  readonly position: Position
}

/** What stands there by itself when Git says nothing. */
export function isFilledIn(
  { key, live, declared, parent, position }: Filled,
  { live: root, isWritten = false }: Whole,
): boolean {
  if (isWritten || declared !== undefined || live === undefined) return false
  const field = position.field(key)
  const without = { ...parent }
  delete (without as Record<string, Json>)[key]
  const fallback = dependentDefault(position.type, key, without, root) ?? field?.default
  if (fallback === undefined) return false
  return (
    isSame(live, fallback) || isSameScalar(live, fallback, fieldAt(position, key).position.meaning)
  )
}

function undefaultedList(live: readonly Json[], { declared, field }: Seen, whole: Whole): Json {
  const { position } = field
  const items = { ...exactField, position: position.items ?? exactField.position }
  const before = isList(declared) ? declared : []
  const partner = partnersOf(live, before, position)
  return live.map(
    (item, i) =>
      undefaulted({ live: item, declared: before[partner(i)], field: items }, whole) ?? item,
  )
}

/** Which item of Git's list an item stands for. */
function partnersOf(live: readonly Json[], before: readonly Json[], position: Position) {
  const keys = position.list.kind === 'map' ? position.list.keys : ['name']
  const keyOf = (item: Json | undefined) =>
    isJsonObject(item) ? JSON.stringify(keys.map((key) => own(item, key) ?? null)) : undefined
  const known = before.map(keyOf)
  const isKeyed = known.every((key) => key !== undefined) && new Set(known).size === known.length
  return (index: number): number => {
    if (isKeyed && before.length > 0) return known.indexOf(keyOf(live[index]) ?? '')
    return live.length === before.length ? index : -1
  }
}

export function fieldAt(position: Position, key: string): Field {
  return position.field(key) ?? exactField
}

function own(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined
}
