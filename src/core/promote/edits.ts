import { isJsonObject, type Json, type JsonObject } from '../manifest/json.ts'

export type EditPath = readonly (string | number)[]

/** One change of a document. They are made one after the other: each path is that of its moment. */
export type Edit =
  /** Another value in place of the one there. */
  | { readonly kind: 'set'; readonly path: EditPath; readonly value: Json }
  /** One more key of the map, at its end. */
  | { readonly kind: 'add'; readonly path: EditPath; readonly key: string; readonly value: Json }
  /** One more item of the list, before the one that is `index`. */
  | {
      readonly kind: 'insert'
      readonly path: EditPath
      readonly index: number
      readonly value: Json
    }
  /** The key or the item at its end is gone. */
  | { readonly kind: 'remove'; readonly path: EditPath }

/** What has to be written where, so that one value says the other: as little as there is between them. */
export function editsBetween(old: Json, next: Json, path: EditPath = []): readonly Edit[] {
  if (isSame(old, next)) return []
  if (isJsonObject(old) && isFilledMap(next)) return mapEdits(old, next, path)
  if (isFilledList(old) && isFilledList(next)) {
    return listEdits(old, next, path) ?? [{ kind: 'set', path, value: next }]
  }
  return [{ kind: 'set', path, value: next }]
}

/** Nothing is taken away before all is there: a map that is empty for a moment loses its shape. */
function mapEdits(old: JsonObject, next: JsonObject, path: EditPath): readonly Edit[] {
  const entries = Object.entries(next)
  return [
    ...entries.flatMap(([key, value]) => {
      const before = own(old, key)
      return before === undefined ? [] : editsBetween(before, value, [...path, key])
    }),
    ...entries
      .filter(([key]) => own(old, key) === undefined)
      .map(([key, value]): Edit => ({ kind: 'add', path, key, value })),
    ...Object.keys(old)
      .filter((key) => own(next, key) === undefined)
      .map((key): Edit => ({ kind: 'remove', path: [...path, key] })),
  ]
}

/** Undefined where the two have no item in common, or in another order. */
function listEdits(
  old: readonly Json[],
  next: readonly Json[],
  path: EditPath,
): readonly Edit[] | undefined {
  const pairs = pairItems(old, next)
  if (pairs === undefined) return undefined
  const kept = new Set(pairs.map(([before]) => before))
  const paired = new Set(pairs.map(([, after]) => after))
  const changes = pairs.flatMap(([before, after]) =>
    editsBetween(old[before] ?? null, next[after] ?? null, [...path, before]),
  )
  const removals = [...old.keys()].filter((index) => !kept.has(index)).toReversed()
  const insertions = [...next.keys()].filter((index) => !paired.has(index))
  return [
    ...changes,
    ...removals.map((index): Edit => ({ kind: 'remove', path: [...path, index] })),
    ...insertions.map((index): Edit => ({
      kind: 'insert',
      path,
      index,
      value: next[index] ?? null,
    })),
  ]
}

type Pair = readonly [before: number, after: number]

function pairItems(old: readonly Json[], next: readonly Json[]): readonly Pair[] | undefined {
  const before = old.map(nameOf)
  const after = next.map(nameOf)
  const pairs = isUnique(before) && isUnique(after) ? byName(before, after) : byPlace(old, next)
  const isInOrder = pairs.every(([, position], i) => i === 0 || position > (pairs[i - 1]?.[1] ?? 0))
  return pairs.length > 0 && isInOrder ? pairs : undefined
}

function byName(before: readonly Json[], after: readonly Json[]): readonly Pair[] {
  return before.flatMap((name, i): Pair[] => {
    const position = after.indexOf(name)
    return position < 0 ? [] : [[i, position]]
  })
}

/** What is alike at both ends, and in between one after the other. */
function byPlace(old: readonly Json[], next: readonly Json[]): readonly Pair[] {
  const shorter = Math.min(old.length, next.length)
  let head = 0
  while (head < shorter && isSame(old[head], next[head])) head += 1
  let tail = 0
  while (tail < shorter - head && isSame(old.at(-1 - tail), next.at(-1 - tail))) tail += 1
  return Array.from({ length: shorter }, (_, i): Pair => {
    if (i < shorter - tail) return [i, i]
    return [old.length - shorter + i, next.length - shorter + i]
  })
}

function nameOf(item: Json): Json {
  return isJsonObject(item) ? (own(item, 'name') ?? null) : null
}

function isUnique(names: readonly Json[]): boolean {
  return names.every((name) => typeof name === 'string') && new Set(names).size === names.length
}

export function isSame(a: Json | undefined, b: Json | undefined): boolean {
  if (Object.is(a, b)) return true
  if (isList(a) && isList(b)) {
    return a.length === b.length && a.every((item, i) => isSame(item, b[i]))
  }
  if (!isJsonObject(a) || !isJsonObject(b)) return false
  const keys = Object.keys(a)
  return (
    keys.length === Object.keys(b).length && keys.every((key) => isSame(own(a, key), own(b, key)))
  )
}

function own(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

function isFilledMap(value: Json): value is JsonObject {
  return isJsonObject(value) && Object.keys(value).length > 0
}

function isFilledList(value: Json): value is readonly Json[] {
  return isList(value) && value.length > 0
}

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value)
}
