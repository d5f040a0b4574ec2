import type { FieldStep } from '../manifest/field-path.ts'
import type { Json, JsonObject } from '../manifest/json.ts'
import type { Difference } from './difference.ts'
import { explain, type Leaf, type Rules } from './explanations.ts'
import type { Position } from './position.ts'

export interface Walk {
  readonly rules: Rules
  /** Where the walk is; copied only where something is found. */
  readonly path: FieldStep[]
  readonly found: Difference[]
  /** Leaves that needed an explanation so far. */
  leaves: number
}

export type Side = Json | undefined

export interface Sides {
  readonly old: Side
  readonly next: Side
  /** What Git says; undefined also where it says something empty that the API server does not keep. */
  readonly declared: Side
  /** What the API server puts here, where Git says nothing. */
  readonly fallback: Side
  /** Whether the request adds the map, list or item that this is part of. */
  readonly isNew: boolean
}

export interface MapSides extends Sides {
  readonly old: JsonObject | undefined
  readonly next: JsonObject | undefined
  readonly declared: JsonObject | undefined
  readonly fallback: JsonObject | undefined
}

export function isIgnored(key: string, { path, rules }: Walk): boolean {
  return path.length < 2 && rules.isIgnored(path, key)
}

export function judge(sides: Sides, position: Position, walk: Walk): void {
  walk.leaves += 1
  const { rules, path } = walk
  const { old, next, declared, fallback } = sides
  const leaf: Leaf = { path, position, old, next, declared, fallback }
  if (explain(leaf, rules) !== undefined) return
  if (sides.next === undefined) record('removed', sides, walk)
  else record(sides.declared === undefined ? 'added' : 'changed', sides, walk)
}

export function record(
  kind: Difference['kind'],
  { next, declared }: Pick<Sides, 'next' | 'declared'>,
  walk: Walk,
): void {
  walk.found.push({ path: [...walk.path], kind, live: next, declared })
}

export function keysOf(object: JsonObject | undefined): readonly string[] {
  return object === undefined ? [] : Object.keys(object)
}

export function own(object: JsonObject | undefined, key: string): Side {
  return object !== undefined && Object.hasOwn(object, key) ? object[key] : undefined
}
