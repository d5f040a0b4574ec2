import {
  covers,
  keyAt,
  type FieldPath,
  type FieldPattern,
  type FieldStep,
} from '../manifest/field-path.ts'
import { isJsonObject, type Json, type JsonObject } from '../manifest/json.ts'
import { isSameJson } from './json-equality.ts'
import { isSameScalar } from './meaning/same.ts'
import type { Position } from './position.ts'

/** A value that a request adds, changes or removes, without values below it. */
export interface Leaf {
  readonly path: FieldPath
  readonly position: Position
  readonly old: Json | undefined
  /** Undefined when the request removes it. */
  readonly next: Json | undefined
  readonly declared: Json | undefined
  readonly fallback: Json | undefined
}

/** What the leaves of one object may be explained by. */
export interface Rules {
  readonly position: Position
  /** What Git declares, whole. */
  readonly declared: JsonObject
  /** Fields of the object that the API server keeps for itself, whatever a request says. */
  readonly isIgnored: (path: readonly FieldStep[], key: string) => boolean
  /** The default of a field that depends on what else is declared beside it. */
  readonly dependentDefault: (
    type: string,
    field: string,
    parent: JsonObject,
    root: JsonObject,
  ) => Json | undefined
  /** Fields of a type that may have such a default. */
  readonly dependentFields: (type: string) => readonly string[]
  /** Why the API server has put a value there that was not there before. */
  readonly assigned: (leaf: Leaf) => string | undefined
  /** Why a value is the writer's own note. */
  readonly bookkeeping: (leaf: Leaf) => string | undefined
  /** Fields that the policy tolerates on this resource. */
  readonly tolerations: readonly FieldPattern[]
}

/** A reason for which a leaf may change; answers why, or undefined. */
interface Explanation {
  readonly name: string
  readonly why: (leaf: Leaf, rules: Rules) => string | undefined
}

/**
 * The first that answers wins. All but the first hold only for what Git does not declare, since
 * what it declares is the value.
 */
const explanations: readonly Explanation[] = [
  { name: 'declared', why: asDeclared },
  { name: 'not declared any more', why: notDeclaredAnyMore },
  { name: 'default', why: asDefault },
  { name: 'server-assigned', why: asAssigned },
  { name: 'bookkeeping', why: (leaf, { bookkeeping }) => whenUndeclared(leaf, bookkeeping) },
  { name: 'tolerated', why: asTolerated },
]

export function explain(leaf: Leaf, rules: Rules): string | undefined {
  for (const { why } of explanations) {
    const reason = why(leaf, rules)
    if (reason !== undefined) return reason
  }
  return undefined
}

function asDeclared({ next, declared, position }: Leaf): string | undefined {
  return isSame(next, declared, position) ? 'Git declares it' : undefined
}

/** Whoever removes a finalizer or an owner frees or orphans the object: Git has to say so. */
function notDeclaredAnyMore({ path, next, declared }: Leaf, rules: Rules): string | undefined {
  if (next !== undefined || declared !== undefined) return undefined
  const field = keyAt(path, 0) === 'metadata' ? keyAt(path, 1) : undefined
  const isGuarded = field === 'finalizers' || field === 'ownerReferences'
  if (isGuarded && !declaresMetadata(rules.declared, field)) return undefined
  return 'Git does not declare it any more'
}

function declaresMetadata({ metadata }: JsonObject, key: string): boolean {
  return isJsonObject(metadata) && Object.hasOwn(metadata, key) && metadata[key] !== null
}

function asDefault({ next, declared, fallback, position }: Leaf): string | undefined {
  if (declared !== undefined) return undefined
  return isSame(next, fallback, position) ? 'the API server fills it in' : undefined
}

/** What was there before is not assigned anew. */
function asAssigned(leaf: Leaf, { assigned }: Rules): string | undefined {
  return leaf.next === undefined ? undefined : whenUndeclared(leaf, assigned)
}

function asTolerated(leaf: Leaf, { tolerations }: Rules): string | undefined {
  return whenUndeclared(leaf, ({ path }) =>
    tolerations.some((pattern) => covers(pattern, path)) ? 'the policy tolerates it' : undefined,
  )
}

function whenUndeclared(leaf: Leaf, why: (leaf: Leaf) => string | undefined): string | undefined {
  return leaf.declared === undefined ? why(leaf) : undefined
}

function isSame(a: Json | undefined, b: Json | undefined, { meaning }: Position): boolean {
  if (a === undefined || b === undefined) return false
  return isSameScalar(a, b, meaning) || isSameJson(a, b)
}
