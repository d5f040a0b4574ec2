import { createHash, createHmac } from 'node:crypto'
import { canonicalJson } from '../manifest/canonical.ts'
import {
  formatFieldPath,
  keyAt,
  parseFieldPattern,
  type FieldPath,
  type FieldPattern,
} from '../manifest/field-path.ts'
import { patternsOf } from '../manifest/field-patterns.ts'
import { at, isJsonObject, type Json, type JsonObject } from '../manifest/json.ts'

const mostPaths = 32
const mostCharacters = 2048

/**
 * What a use names as changed, short enough to be kept: the fields, or those above them where there
 * are many, or `*`.
 */
export function keptPaths(changed: readonly FieldPath[]): readonly string[] {
  for (const shorten of [whole, below, above]) {
    const paths = [...new Set(changed.map((path) => formatFieldPath(shorten(path))))]
    if (paths.length <= mostPaths && paths.join('').length <= mostCharacters) return paths
  }
  return ['*']
}

function whole(path: FieldPath): FieldPath {
  return path
}

function below(path: FieldPath): FieldPath {
  return path.slice(0, 2)
}

/** What the API server writes by itself stands in the metadata: they are never named as a whole. */
function above(path: FieldPath): FieldPath {
  return path.slice(0, keyAt(path, 0) === 'metadata' ? 2 : 1)
}

/**
 * Digest of what an object has at these paths, as `keptPaths` writes them: equal for two objects
 * exactly if they say the same there. `key` hides values that could be guessed. Undefined without an
 * object or paths.
 */
export function digestAt(
  object: JsonObject | null,
  paths: readonly string[],
  key?: Uint8Array,
): string | undefined {
  if (object === null || paths.length === 0) return undefined
  const text = canonicalJson(patternsOf(paths).map((pattern) => valuesAt(object, pattern)))
  const hash = key === undefined ? createHash('sha256') : createHmac('sha256', key)
  return `${key === undefined ? 'sha256' : 'hmac-sha256'}:${hash.update(text, 'utf8').digest('hex')}`
}

/** What stands at one such path; none where nothing does. */
export function valuesOf(object: JsonObject, path: string): readonly Json[] {
  return valuesAt(object, parseFieldPattern(path))
}

/** No value and the value null are two things; so are an item that is gone and an empty one. */
function valuesAt(object: JsonObject, pattern: FieldPattern): readonly Json[] {
  let found: readonly Json[] = [pattern.length === 0 ? withoutKept(object) : object]
  for (const step of pattern) found = found.flatMap((value) => stepInto(value, step))
  return found
}

function stepInto(value: Json, step: FieldPattern[number]): readonly Json[] {
  if (step.kind === 'key') {
    const below = at(value, step.key)
    return below === undefined ? [] : [below]
  }
  if (!Array.isArray(value)) return []
  const items = value as readonly Json[]
  return step.kind === 'any' ? items : items.filter((item) => at(item, step.field) === step.value)
}

/** What the API server writes by itself with every change, and what controllers report. */
function withoutKept(object: JsonObject): JsonObject {
  const { status: _status, ...rest } = object
  const metadata = at(object, 'metadata')
  if (!isJsonObject(metadata)) return rest
  const { resourceVersion: _1, generation: _2, managedFields: _3, ...own } = metadata
  return { ...rest, metadata: own }
}
