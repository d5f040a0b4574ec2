import { isJsonObject, type Json } from '../manifest/json.ts'
import { declaredValue } from './declared-value.ts'
import { exactField } from './exact.ts'
import type { ListShape, Position } from './position.ts'

type List = readonly Json[] | undefined

/** The items of one list on its sides, by what tells them apart. */
export interface Pairing {
  /** Of all sides, the new one's first; of the fallback only where Git declares no list. */
  readonly keys: ReadonlySet<string>
  readonly old: Items
  readonly next: Items
  readonly declared: Items
  readonly fallback: Items
}

type Items = ReadonlyMap<string, Json>

interface Lists {
  readonly old: List
  readonly next: List
  readonly declared: List
  readonly fallback: List
}

/** Undefined where items cannot be told apart: the shape has no keys, or a side has one twice. */
export function pairItems(lists: Lists, shape: ListShape, items: Position): Pairing | undefined {
  if (shape.kind === 'atomic') return undefined
  const keyOf =
    shape.kind === 'set' ? keyOfScalar : (item: Json) => keyOfMap(item, shape.keys, items)
  const old = byKey(lists.old, keyOf)
  const next = byKey(lists.next, keyOf)
  const declared = byKey(lists.declared, keyOf)
  const fallback = byKey(lists.fallback, keyOf)
  if (old === undefined || next === undefined || declared === undefined || fallback === undefined) {
    return undefined
  }
  const wanted = lists.declared === undefined ? fallback : declared
  const keys = new Set(next.keys())
  for (const side of [old, wanted]) for (const key of side.keys()) keys.add(key)
  return { keys, old, next, declared, fallback }
}

const noItems: Items = new Map()

function byKey(list: List, keyOf: (item: Json) => string | undefined): Items | undefined {
  if (list === undefined) return noItems
  const found = new Map<string, Json>()
  for (const item of list) {
    const key = keyOf(item)
    if (key === undefined || found.has(key)) return undefined
    found.set(key, item)
  }
  return found
}

function keyOfScalar(item: Json): string | undefined {
  return typeof item === 'string' ? `"${item}` : undefined
}

/** A key that the manifest leaves out has its default: the protocol of a port. */
function keyOfMap(item: Json, keys: readonly string[], items: Position): string | undefined {
  if (!isJsonObject(item)) return undefined
  let text = ''
  for (const key of keys) {
    const field = items.field(key) ?? exactField
    const value =
      declaredValue(Object.hasOwn(item, key) ? item[key] : undefined, field) ?? field.default
    if (typeof value === 'object' && value !== null) return undefined
    text += `${typeof value} ${String(value)}\n`
  }
  return text
}
