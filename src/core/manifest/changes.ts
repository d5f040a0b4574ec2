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
  const search: Search = { found: [], most, path: [] }
  compare(old, next, search)
  const { found } = search
  return found.length > most ? found.slice(0, most) : found
}

interface Search {
  readonly found: FieldPath[]
  readonly most: number
  /** Where the search is. Copied only where something differs, which few places do. */
  readonly path: FieldStep[]
}

type Side = Json | undefined

function compare(old: Side, next: Side, search: Search): void {
  if (search.path.length > deepest) {
    throw new GuardError('ReviewMalformed', `the object is nested deeper than ${deepest} levels`)
  }
  if (arePair(old, next, isJsonObject)) {
    compareMaps(old as JsonObject | undefined, next as JsonObject | undefined, search)
  } else if (arePair(old, next, isList)) {
    compareLists((old ?? []) as readonly Json[], (next ?? []) as readonly Json[], search)
  } else if (!isSameLeaf(old, next)) {
    search.found.push([...search.path])
  }
}

/** Both sides are containers of one kind. An absent side is an empty one, unless both are empty. */
function arePair(old: Side, next: Side, is: (value: unknown) => boolean): boolean {
  if (old === undefined) return is(next) && !isEmpty(next)
  if (next === undefined) return is(old) && !isEmpty(old)
  return is(old) && is(next)
}

function compareMaps(
  old: JsonObject | undefined,
  next: JsonObject | undefined,
  search: Search,
): void {
  let shared = 0
  for (const key of keysOf(next)) {
    const before = own(old, key)
    if (before !== undefined) shared += 1
    compareKey(before, next?.[key], key, search)
  }
  const oldKeys = keysOf(old)
  // Mostly there are no others.
  if (oldKeys.length === shared) return
  for (const key of oldKeys) {
    if (own(next, key) === undefined) compareKey(old?.[key], undefined, key, search)
  }
}

function keysOf(object: JsonObject | undefined): readonly string[] {
  return object === undefined ? [] : Object.keys(object)
}

function compareKey(old: Side, next: Side, key: string, search: Search): void {
  // Most leaves are equal.
  if (old === next && (typeof old === 'string' || typeof old === 'boolean')) return
  if (search.found.length >= search.most) return
  search.path.push({ kind: 'key', key })
  compare(old, next, search)
  search.path.pop()
}

function compareLists(old: readonly Json[], next: readonly Json[], search: Search): void {
  // The usual case, in which names and positions come to the same.
  if (areAligned(old, next)) return compareByPosition(old, next, search)
  const oldNames = uniqueNames(old)
  const nextNames = uniqueNames(next)
  if (oldNames === undefined || nextNames === undefined) return compareByPosition(old, next, search)
  const before = [...oldNames.keys()].filter((name) => nextNames.has(name))
  const after = [...nextNames.keys()].filter((name) => oldNames.has(name))
  if (before.some((name, i) => name !== after[i])) search.found.push([...search.path])
  for (const name of new Set([...oldNames.keys(), ...nextNames.keys()])) {
    compareItems(old[oldNames.get(name) ?? -1], next[nextNames.get(name) ?? -1], search)
  }
}

/** The same names, or none, at the same positions. */
function areAligned(old: readonly Json[], next: readonly Json[]): boolean {
  if (old.length !== next.length) return old.length === 0 || next.length === 0
  return old.every((item, i) => nameOf(item) === nameOf(next[i]))
}

function compareByPosition(old: readonly Json[], next: readonly Json[], search: Search): void {
  const length = Math.max(old.length, next.length)
  for (let i = 0; i < length && search.found.length < search.most; i += 1) {
    compareItems(old[i], next[i], search)
  }
}

function compareItems(old: Side, next: Side, search: Search): void {
  if (old === next && typeof old === 'string') return
  search.path.push({ kind: 'item', items: itemsOf(old, next) })
  compare(old, next, search)
  search.path.pop()
}

function itemsOf(old: Side, next: Side): readonly Json[] {
  if (old === undefined) return next === undefined ? [] : [next]
  return next === undefined ? [old] : [old, next]
}

/** Positions by `name`, when every item is an object with a name of its own. */
function uniqueNames(items: readonly Json[]): ReadonlyMap<string, number> | undefined {
  const positions = new Map<string, number>()
  for (const [position, item] of items.entries()) {
    const name = nameOf(item)
    if (typeof name !== 'string' || positions.has(name)) return undefined
    positions.set(name, position)
  }
  return positions
}

function nameOf(item: Side): Side {
  return isJsonObject(item) ? own(item, 'name') : undefined
}

function own(object: JsonObject | undefined, key: string): Side {
  return object !== undefined && Object.hasOwn(object, key) ? object[key] : undefined
}

function isList(value: unknown): value is readonly Json[] {
  return Array.isArray(value)
}

function isEmpty(value: Json | undefined): boolean {
  if (isList(value)) return value.length === 0
  return isJsonObject(value) && Object.keys(value).length === 0
}

function isSameLeaf(old: Side, next: Side): boolean {
  if (isOutOfRange(old) || isOutOfRange(next)) {
    throw new GuardError('ReviewMalformed', 'the object holds a number out of range')
  }
  return Object.is(old, next)
}

function isOutOfRange(side: Side): boolean {
  return typeof side === 'number' && !Number.isFinite(side)
}
