import { GuardError } from '../errors.ts'
import type { FieldPath, FieldStep } from './field-path.ts'
import { isJsonObject, type Json, type JsonObject } from './json.ts'

const deepest = 200

/**
 * The leaves in which two values differ; none exactly when they are equal, order and duplicates
 * included. An absent side counts every leaf of the other. Empty maps and lists are leaves. Lists
 * whose items all have a unique `name` are compared by it, others position by position. With
 * `most`, the search ends there.
 */
export function changedPaths(
  old: Json | undefined,
  next: Json | undefined,
  most = Infinity,
): readonly FieldPath[] {
  const found: FieldPath[] = []
  compare(old, next, [], { found, most })
  return found.length > most ? found.slice(0, most) : found
}

interface Search {
  readonly found: FieldPath[]
  readonly most: number
}

type Side = Json | undefined

function compare(old: Side, next: Side, path: FieldPath, search: Search): void {
  if (path.length > deepest) {
    throw new GuardError('ReviewMalformed', `the object is nested deeper than ${deepest} levels`)
  }
  const maps = pair(old, next, isJsonObject)
  if (maps !== undefined) return compareMaps(maps, path, search)
  const lists = pair(old, next, isList)
  if (lists !== undefined) return compareLists(lists, path, search)
  if (!isSameLeaf(old, next)) search.found.push(path)
}

/** Both sides as containers of one kind, an absent side as an empty one; undefined for leaves. */
function pair<T extends Json>(
  old: Side,
  next: Side,
  is: (value: unknown) => value is T,
): { readonly old: T | undefined; readonly next: T | undefined } | undefined {
  if (old === undefined) return is(next) && !isEmpty(next) ? { old, next } : undefined
  if (next === undefined) return is(old) && !isEmpty(old) ? { old, next } : undefined
  return is(old) && is(next) ? { old, next } : undefined
}

interface Sides<T> {
  readonly old: T | undefined
  readonly next: T | undefined
}

function compareMaps(sides: Sides<JsonObject>, path: FieldPath, search: Search): void {
  for (const key of keysOf(sides)) {
    if (search.found.length >= search.most) return
    const [old, next] = [own(sides.old, key), own(sides.next, key)]
    // Most leaves: a path is only built where something may differ.
    if (old === next && (typeof old === 'string' || typeof old === 'boolean')) continue
    compare(old, next, [...path, { kind: 'key', key }], search)
  }
}

/** Of both, each once, without a set where the next one only adds or keeps. */
function keysOf({ old, next }: Sides<JsonObject>): readonly string[] {
  const keys = Object.keys(next ?? {})
  for (const key of Object.keys(old ?? {})) {
    if (next === undefined || !Object.hasOwn(next, key)) keys.push(key)
  }
  return keys
}

function compareLists(sides: Sides<readonly Json[]>, path: FieldPath, search: Search): void {
  const old = sides.old ?? []
  const next = sides.next ?? []
  const oldNames = uniqueNames(old)
  const nextNames = uniqueNames(next)
  if (oldNames === undefined || nextNames === undefined)
    return compareByPosition(old, next, path, search)
  const before = [...oldNames.keys()].filter((name) => nextNames.has(name))
  const after = [...nextNames.keys()].filter((name) => oldNames.has(name))
  if (before.some((name, i) => name !== after[i])) search.found.push(path)
  for (const name of new Set([...oldNames.keys(), ...nextNames.keys()])) {
    compareItems(old[oldNames.get(name) ?? -1], next[nextNames.get(name) ?? -1], path, search)
  }
}

function compareByPosition(
  old: readonly Json[],
  next: readonly Json[],
  path: FieldPath,
  search: Search,
): void {
  const length = Math.max(old.length, next.length)
  for (let i = 0; i < length && search.found.length < search.most; i += 1) {
    compareItems(old[i], next[i], path, search)
  }
}

function compareItems(old: Side, next: Side, path: FieldPath, search: Search): void {
  const items = [old, next].filter((item) => item !== undefined)
  const step: FieldStep = { kind: 'item', items }
  compare(old, next, [...path, step], search)
}

/** Positions by `name`, when every item is an object with a name of its own. */
function uniqueNames(items: readonly Json[]): ReadonlyMap<string, number> | undefined {
  const positions = new Map<string, number>()
  for (const [position, item] of items.entries()) {
    const name = isJsonObject(item) ? own(item, 'name') : undefined
    if (typeof name !== 'string' || positions.has(name)) return undefined
    positions.set(name, position)
  }
  return positions
}

function own(object: JsonObject | undefined, key: string): Side {
  return object !== undefined && Object.hasOwn(object, key) ? object[key] : undefined
}

function isList(value: unknown): value is readonly Json[] {
  return Array.isArray(value)
}

function isEmpty(value: Json): boolean {
  return isList(value) ? value.length === 0 : isJsonObject(value) && Object.keys(value).length === 0
}

function isSameLeaf(old: Side, next: Side): boolean {
  for (const side of [old, next]) {
    if (typeof side === 'number' && !Number.isFinite(side)) {
      throw new GuardError('ReviewMalformed', 'the object holds a number out of range')
    }
  }
  return Object.is(old, next)
}
