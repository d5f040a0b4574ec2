import { GuardError } from '../errors.ts'
import { isJsonObject, type Json, type JsonObject } from '../manifest/json.ts'
import { declaredValue, isBare, presentValue } from './declared-value.ts'
import type { Difference } from './difference.ts'
import type { Rules } from './explanations.ts'
import { exactField, exactPosition } from './exact.ts'
import { isSameJson } from './json-equality.ts'
import { pairItems, type Pairing } from './list-items.ts'
import { findMissing, findRemoved } from './missing.ts'
import type { Field, ListShape, Position } from './position.ts'
import {
  isIgnored,
  judge,
  keysOf,
  own,
  record,
  type MapSides,
  type Side,
  type Sides,
  type Walk,
} from './walk.ts'

/** One object three times. `old` is undefined on CREATE. */
export interface Contents {
  readonly old: JsonObject | undefined
  readonly next: JsonObject
  readonly declared: JsonObject
}

const deepest = 200

/**
 * What a request changes that nothing explains; empty when all of it is explained. Leaves that the
 * request leaves alone need no explanation: old drift never blocks a partial update. What it adds has
 * to be whole: each declared leaf must be there.
 */
export function compareContent(contents: Contents, rules: Rules): readonly Difference[] {
  const walk: Walk = { rules, path: [], found: [], leaves: 0 }
  const { old, next, declared } = contents
  const sides: Sides = { old, next, declared, fallback: undefined, isNew: old === undefined }
  compareMaps(sides, rules.position, walk)
  return walk.found
}

function compareValues(sides: Sides, field: Field, walk: Walk): void {
  const { old, next, declared, isNew } = sides
  if (!isNew && isSameJson(old, next)) return
  if (walk.path.length > deepest) {
    throw new GuardError('ReviewMalformed', `the object is nested deeper than ${deepest} levels`)
  }
  const shown = next === undefined ? old : next
  if (isJsonObject(shown) && isMapOrAbsent(declared) && !isForeignBareMap(sides, field.position)) {
    compareMaps(sides, field.position, walk)
  } else if (isFilledList(shown) && isListOrAbsent(declared)) {
    compareLists(sides, field.position, walk)
  } else {
    judge(sides, field.position, walk)
  }
}

/** A value that the request leaves alone. */
function isLeftAlone(isNew: boolean, before: Side, after: Side): boolean {
  return !isNew && before === after && typeof after !== 'object'
}

/** The usual case, told fast. What is empty may mean nothing in a manifest: that takes a closer look. */
function isAsDeclared(next: Side, declared: Side): boolean {
  if (typeof next !== 'object') return next === declared && Boolean(next)
  if (next === null || !isSameJson(next, declared)) return false
  return isList(next) ? next.length > 0 : Object.keys(next).length > 0
}

/** `{}` says something by itself where nobody puts a map: an empty selector selects everything. */
function isForeignBareMap({ next, declared, fallback }: Sides, position: Position): boolean {
  const isForeign = declared === undefined && !isJsonObject(fallback)
  return isForeign && isJsonObject(next) && isBare(next, position)
}

function compareMaps(sides: Sides, position: Position, walk: Walk): void {
  const old = mapOf(sides.old)
  const next = mapOf(sides.next)
  const declared = mapOf(sides.declared)
  const isNew = sides.isNew || isMade(old, next, position)
  const map: MapSides = { old, next, declared, fallback: mapOf(sides.fallback), isNew }
  const before = { leaves: walk.leaves, found: walk.found.length }
  for (const key of keysOf(next)) compareKey({ key, after: next?.[key] }, map, position, walk)
  for (const key of keysOf(old)) {
    if (own(next, key) === undefined) compareKey({ key, after: undefined }, map, position, walk)
  }
  if (next === undefined) return
  findMissing(map, position, walk)
  if (isNew && declared === undefined) foldAdded(next, before, walk)
}

/** One that is emptied is made anew: of what is declared nothing is left as it was. */
function isMade(old: Side, next: JsonObject | undefined, position: Position): boolean {
  return next !== undefined && (old === undefined || isBare(next, position))
}

interface Entry {
  readonly key: string
  readonly after: Side
}

function compareKey({ key, after }: Entry, map: MapSides, position: Position, walk: Walk): void {
  const before = own(map.old, key)
  const said = own(map.declared, key)
  if (isLeftAlone(map.isNew, before, after) || isAsDeclared(after, said)) return
  if (isIgnored(key, walk)) return
  const field = position.field(key) ?? exactField
  const [old, next] = [presentValue(before, field), presentValue(after, field)]
  if (old === undefined && next === undefined) return
  const declared = declaredValue(said, field)
  const sides: Sides = {
    old,
    next,
    declared,
    fallback: fallbackOf(key, map, { position, field, declared, walk }),
    isNew: map.isNew,
  }
  const found = walk.found.length
  walk.path.push({ kind: 'key', key })
  compareValues(sides, field, walk)
  walk.path.pop()
  if (next === undefined && walk.found.length === found) findRemoved(key, map, field, walk)
}

interface At {
  readonly position: Position
  readonly field: Field
  readonly declared: Side
  readonly walk: Walk
}

/** Where Git declares no map at all, only what the API server makes of that counts as its default. */
function fallbackOf(key: string, map: MapSides, { position, field, declared, walk }: At): Side {
  if (declared !== undefined) return undefined
  if (map.declared === undefined) return own(map.fallback, key)
  const { rules } = walk
  const dependent = rules.dependentDefault(position.type, key, map.declared, rules.declared)
  return dependent ?? field.default
}

function compareLists(sides: Sides, position: Position, walk: Walk): void {
  const declared = listOf(sides.declared)
  const fallback = listOf(sides.fallback)
  const lists = { old: listOf(sides.old), next: listOf(sides.next), declared, fallback }
  const items = position.items ?? exactPosition
  const pairing = pairItems(lists, position.list, items)
  if (pairing === undefined) return compareWholeLists(sides, position, walk)
  const isNew = sides.isNew || (sides.old === undefined && sides.next !== undefined)
  for (const key of pairing.keys) comparePair(pairing, key, { isNew, items, walk })
  const { list } = position
  if (isOrdered(list) && isReordered(pairing, isNew)) record('reordered', sides, walk)
}

function isOrdered(list: ListShape): boolean {
  return list.kind === 'map' && list.isOrdered
}

interface PairAt {
  readonly isNew: boolean
  readonly items: Position
  readonly walk: Walk
}

function comparePair(pairing: Pairing, key: string, { isNew, items, walk }: PairAt): void {
  const old = pairing.old.get(key)
  const next = pairing.next.get(key)
  const declared = pairing.declared.get(key)
  const fallback = declared === undefined ? pairing.fallback.get(key) : undefined
  const shown = [old, next].filter((item) => item !== undefined)
  walk.path.push({ kind: 'item', items: shown.length > 0 ? shown : [declared ?? fallback ?? null] })
  const sides = { old, next, declared, fallback, isNew: isNew || old === undefined }
  if (next === undefined) judgeAbsentItem(sides, { isNew, items, walk })
  else compareItems(sides, items, walk)
  walk.path.pop()
}

/** Of a list that Git does not declare, what the API server makes of that has to be whole. */
function judgeAbsentItem(sides: Sides, { isNew, items, walk }: PairAt): void {
  const { old, declared, fallback } = sides
  const wanted = declared ?? fallback
  if (old !== undefined && fallback === undefined) judge(sides, items, walk)
  else if (wanted !== undefined && (isNew || old !== undefined)) {
    record('missing', { next: undefined, declared: wanted }, walk)
  }
}

function compareItems(sides: Sides, items: Position, walk: Walk): void {
  if (isAsDeclared(sides.next, sides.declared)) return
  compareValues(sides, { ...exactField, position: items }, walk)
}

/** Additions and moves are judged by the declared order; a removal moves nothing. */
function isReordered({ old, next, declared }: Pairing, isNew: boolean): boolean {
  const now = [...next.keys()]
  if (!isNew && now.every((key) => old.has(key))) {
    const kept = [...old.keys()].filter((key) => next.has(key))
    if (kept.every((key, i) => key === now[i])) return false
  }
  const actual = now.filter((key) => declared.has(key))
  const wanted = [...declared.keys()].filter((key) => next.has(key))
  return wanted.some((key, i) => key !== actual[i])
}

/** One value: a request that changes it makes all of it, whatever was there. */
function compareWholeLists(sides: Sides, position: Position, walk: Walk): void {
  const next = listOf(sides.next)
  const wanted = listOf(sides.declared ?? sides.fallback)
  if (next === undefined || wanted === undefined) return judge(sides, position, walk)
  const items = position.items ?? exactPosition
  for (let i = 0; i < Math.max(next.length, wanted.length); i += 1) {
    const [item, want] = [next[i], wanted[i]]
    walk.path.push({ kind: 'item', items: [item ?? want ?? null] })
    if (item === undefined) {
      record('missing', { next: item, declared: want }, walk)
    } else {
      const said = sides.declared === undefined ? { fallback: want } : { declared: want }
      compareItems({ ...absent, next: item, ...said }, items, walk)
    }
    walk.path.pop()
  }
}

const absent = { old: undefined, declared: undefined, fallback: undefined, isNew: true } as const

/** What is foreign from top to bottom is named once. */
function foldAdded(
  next: JsonObject,
  before: { readonly leaves: number; readonly found: number },
  walk: Walk,
): void {
  const found = walk.found.slice(before.found)
  const leaves = walk.leaves - before.leaves
  const isForeign = found.length === leaves && found.every(({ kind }) => kind === 'added')
  if (found.length === 0 || !isForeign || walk.path.length === 0) return
  // A part of it that was folded already counts for as many leaves as it holds.
  walk.leaves = before.leaves + 1
  walk.found.length = before.found
  record('added', { next, declared: undefined }, walk)
}

function isMapOrAbsent(value: Side): boolean {
  return value === undefined || isJsonObject(value)
}

function isListOrAbsent(value: Side): boolean {
  return value === undefined || isList(value)
}

function isFilledList(value: Side): boolean {
  return isList(value) && value.length > 0
}

function isList(value: unknown): value is readonly Json[] {
  return Array.isArray(value)
}

function mapOf(value: Side): JsonObject | undefined {
  return isJsonObject(value) ? value : undefined
}

function listOf(value: Side): readonly Json[] | undefined {
  return isList(value) ? value : undefined
}
