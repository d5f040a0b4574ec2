import type { AdmissionRequest } from '../admission/request.ts'
import { changedFields } from '../exceptions/changed-fields.ts'
import { canonicalJson } from '../manifest/canonical.ts'
import { changedPaths } from '../manifest/changes.ts'
import { formatFieldPath, type FieldPath } from '../manifest/field-path.ts'
import { isJsonObject, type Json, type JsonObject } from '../manifest/json.ts'

/** What a request changes; each looked for when somebody asks, and once. */
export interface Changes {
  /** What exceptions have to cover. */
  readonly all: () => readonly FieldPath[]
  /** The same as text, at most 20, for records and messages. */
  readonly shown: () => readonly string[]
  /**
   * Row 7: an update of a main resource that changes nothing but what the API server keeps. For a
   * human managedFields count, their times apart: they decide what a later apply removes.
   */
  readonly areNone: (isHuman: boolean) => boolean
}

const mostShown = 20

export function changesOf(request: AdmissionRequest): Changes {
  const all = once(() => changedFields(request))
  const some = once(() => someChanges(request))
  const shown = once(() => toTexts(some()))
  const isUpdate = request.operation === 'UPDATE' && request.subresource === ''
  return {
    all,
    shown,
    areNone: (isHuman) =>
      isUpdate && some().length === 0 && !(isHuman && areManagersChanged(request)),
  }
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => (made ??= { value: make() }).value
}

/** Only items of lists can look alike. */
function toTexts(paths: readonly FieldPath[]): readonly string[] {
  const texts = paths.map(formatFieldPath)
  const hasItems = paths.some((path) => path.some(({ kind }) => kind === 'item'))
  return hasItems ? [...new Set(texts)] : texts
}

/** The search ends at what can be shown: a large object need not be gone through to its end. */
function someChanges({ operation, object, oldObject }: AdmissionRequest): readonly FieldPath[] {
  if (operation === 'DELETE' || operation === 'CONNECT') return []
  return changedPaths(withoutKept(oldObject), withoutKept(object), mostShown)
}

/** What the API server writes by itself with every change. */
function withoutKept(object: JsonObject | null): JsonObject | undefined {
  if (object === null) return undefined
  const metadata = Object.hasOwn(object, 'metadata') ? object['metadata'] : undefined
  if (!isJsonObject(metadata)) return object
  const { resourceVersion: _1, generation: _2, managedFields: _3, ...rest } = metadata
  return { ...object, metadata: rest }
}

function areManagersChanged({ object, oldObject }: AdmissionRequest): boolean {
  // As text: the same keys in the same order, since one encoder wrote both.
  return managersText(oldObject) !== managersText(object)
}

function managersText(object: JsonObject | null): string | undefined {
  const metadata =
    object !== null && Object.hasOwn(object, 'metadata') ? object['metadata'] : undefined
  if (!isJsonObject(metadata) || !Object.hasOwn(metadata, 'managedFields')) return undefined
  const entries = metadata['managedFields']
  const list = Array.isArray(entries) ? (entries as readonly Json[]).map(withoutTime) : entries
  return canonicalOrPlain(list ?? null)
}

function withoutTime(entry: Json): Json {
  if (!isJsonObject(entry)) return entry
  const { time: _, ...rest } = entry
  return rest
}

/** Integers beyond 2^53 have no place there; a forged review may bring them all the same. */
function canonicalOrPlain(value: Json): string {
  try {
    return JSON.stringify(value)
  } catch {
    return canonicalJson(value)
  }
}
