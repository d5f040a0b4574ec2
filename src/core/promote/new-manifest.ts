import { assignedBy } from '../content/assigned.ts'
import { builtInKind } from '../content/catalogue.ts'
import { exactField, exactPosition } from '../content/exact.ts'
import type { Position } from '../content/position.ts'
import { parseJson } from '../admission/parse-json.ts'
import type { FieldPath } from '../manifest/field-path.ts'
import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../manifest/json.ts'
import { commitAnnotation, repositoryAnnotation } from '../manifest/own-annotations.ts'
import { isList, isSame } from './edits.ts'
import { undefaulted } from './undefaulted.ts'

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

/** Of an object: what the API server keeps of it, and what says where it came from. */
const foreignMetadata: ReadonlySet<string> = new Set([
  'creationTimestamp',
  'deletionGracePeriodSeconds',
  'deletionTimestamp',
  'generation',
  'managedFields',
  'ownerReferences',
  'resourceVersion',
  'selfLink',
  'uid',
])
const foreignAnnotations: ReadonlySet<string> = new Set([
  lastApplied,
  commitAnnotation,
  repositoryAnnotation,
  'deployment.kubernetes.io/revision',
])

/** How the API server describes what the object is of; exact where nobody knows it. */
export function positionOf(object: JsonObject): Position {
  return builtInKind(kindOf(object)) ?? exactPosition
}

function kindOf(object: JsonObject) {
  const [group = '', version] = (stringAt(object, 'apiVersion') ?? '').split('/')
  const kind = stringAt(object, 'kind') ?? ''
  return version === undefined ? { group: '', version: group, kind } : { group, version, kind }
}

/**
 * An object as Git would declare it: without what the API server adds to one that it has stored.
 * `declared` is what Git
 * says of it already, and stays wherever it means the same.
 */
export function manifestOf(object: JsonObject, declared?: JsonObject): JsonObject {
  const isWritten = at(object, 'metadata', 'uid') === undefined
  const before = declared ?? appliedTo(object) ?? {}
  const live = withoutForeign(isWritten ? object : withoutAssigned(object, before), before)
  const field = { ...exactField, position: positionOf(object) }
  const manifest = undefaulted({ live, declared: before, field }, { live, isWritten })
  return inOrder(isJsonObject(manifest) ? manifest : live)
}

/** What was given to kubectl, if it was this object. */
function appliedTo(object: JsonObject): JsonObject | undefined {
  const text = stringAt(object, 'metadata', 'annotations', lastApplied)
  if (text === undefined) return undefined
  const applied = readJson(text)
  const isOfThis = (...path: readonly string[]) => isSame(at(applied, ...path), at(object, ...path))
  if (!isJsonObject(applied) || !isOfThis('kind') || !isOfThis('metadata', 'name')) return undefined
  return isOfThis('apiVersion') ? withoutForeign(applied, {}) : undefined
}

function readJson(text: string): Json | undefined {
  try {
    return parseJson(Buffer.from(text))
  } catch {
    return undefined
  }
}

function withoutForeign(object: JsonObject, declared: JsonObject): JsonObject {
  const { status: _, ...rest } = object
  const metadata = at(object, 'metadata')
  if (!isJsonObject(metadata)) return rest
  const said = at(declared, 'metadata')
  const kept = Object.entries(metadata).flatMap(([key, value]): [string, Json][] => {
    if (foreignMetadata.has(key)) {
      const own = at(said, key)
      return own === undefined ? [] : [[key, own]]
    }
    if (key !== 'annotations' || !isJsonObject(value)) return [[key, value]]
    const annotations = Object.entries(value).filter(([name]) => !foreignAnnotations.has(name))
    return annotations.length === 0 ? [] : [[key, Object.fromEntries(annotations)]]
  })
  return { ...rest, metadata: Object.fromEntries(kept) }
}

const nobody = { username: '', uid: '', groups: [], extra: new Map<string, readonly string[]>() }

/** Such as the address of a Service. */
function withoutAssigned(object: JsonObject, declared: JsonObject): JsonObject {
  const { group, version, kind } = kindOf(object)
  const name = `${group === '' ? version : `${group}/${version}`} ${kind}`
  const why = assignedBy({ kind: name, next: object, declared, user: nobody })
  const isAssigned = (path: FieldPath, next: Json) =>
    why({
      path,
      next,
      position: exactPosition,
      old: undefined,
      declared: undefined,
      fallback: undefined,
    }) !== undefined
  const strip = (value: Json, path: FieldPath): Json => {
    if (isList(value)) {
      return value.map((item) => strip(item, [...path, { kind: 'item', items: [item] }]))
    }
    if (!isJsonObject(value)) return value
    const entries = Object.entries(value).flatMap(([key, below]): [string, Json][] => {
      const place: FieldPath = [...path, { kind: 'key', key }]
      // Git may name the object by itself.
      const isName = place.length === 2 && key === 'name'
      return !isName && isAssigned(place, below) ? [] : [[key, strip(below, place)]]
    })
    return Object.fromEntries(entries)
  }
  const stripped = strip(object, [])
  return isJsonObject(stripped) ? stripped : object
}

const first = ['apiVersion', 'kind', 'metadata', 'spec']

function inOrder(object: JsonObject): JsonObject {
  const known = first.flatMap((key): [string, Json][] => {
    const value = object[key]
    return value === undefined ? [] : [[key, value]]
  })
  return { ...Object.fromEntries(known), ...object }
}
