import { canonicalJson } from '../../manifest/canonical.ts'
import { isJsonObject, type Json, type JsonObject } from '../../manifest/json.ts'

/** Members whose presence or zero says something: pointers in the types of Argo CD, and maps. */
const telling: ReadonlySet<string> = new Set([
  'automated',
  'enabled',
  'prune',
  'selfHeal',
  'allowEmpty',
  'retry',
  'backoff',
  'factor',
  'managedNamespaceMetadata',
  'revisionHistoryLimit',
  'sourceHydrator',
  'hydrateTo',
  'target',
  'plugin',
  'count',
  'valuesObject',
  'clusters',
  'maxUpdate',
  'requeueAfterSeconds',
])

/** Whatever stands in them is somebody else's. */
const foreign: ReadonlySet<string> = new Set([
  'valuesObject',
  'commonLabels',
  'commonAnnotations',
  'labels',
  'annotations',
  'options',
  'elements',
])

/** Whether two parts of a spec are one to Argo CD, whose types leave out what is empty. */
export function isSameMeaning(one: Json | undefined, other: Json | undefined): boolean {
  return canonicalJson(meaningOf(one ?? null)) === canonicalJson(meaningOf(other ?? null))
}

/** Without the members that say nothing. */
function meaningOf(value: Json): Json {
  if (isList(value)) return value.map(meaningOf)
  return isJsonObject(value) ? meaningOfObject(value) : value
}

export function meaningOfObject(object: JsonObject): JsonObject {
  const kept = Object.create(null) as Record<string, Json>
  for (const [key, value] of Object.entries(object)) {
    const meant = foreign.has(key) ? value : meaningOf(value)
    if (value !== null && (telling.has(key) || !isZero(meant))) kept[key] = meant
  }
  return kept
}

function isZero(value: Json): boolean {
  if (isList(value)) return value.length === 0
  if (isJsonObject(value)) return Object.keys(value).length === 0
  return value === null || value === '' || value === false || value === 0
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}
