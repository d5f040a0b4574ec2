import { parseJson } from '../admission/parse-json.ts'
import { keyAt, type FieldPath } from '../manifest/field-path.ts'
import { isJsonObject, type Json, type JsonObject } from '../manifest/json.ts'
import { commitAnnotation, repositoryAnnotation } from '../manifest/own-annotations.ts'
import type { Leaf } from './explanations.ts'

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

const own: ReadonlySet<string> = new Set([repositoryAnnotation, commitAnnotation, lastApplied])

/**
 * The writer's own annotations. Our two name the commit that was just verified; what was applied
 * last must be what Git declares, since kubectl computes from it what to remove.
 */
export function bookkeepingOf(
  declared: JsonObject,
  marks: Marks = noMarks,
): (leaf: Leaf) => string | undefined {
  return ({ path, old, next }) => {
    if (isMark(path, next ?? old, marks)) return 'is the mark of the engine that applies it'
    const key = ownAnnotation(path)
    if (key === undefined || typeof next !== 'string') return undefined
    if (key !== lastApplied) return 'names the commit'
    return isDeclaration(next, declared, marks) ? 'is what Git declares' : undefined
  }
}

/** What an engine puts on an object by itself, with the exact values. */
export interface Marks {
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly finalizers?: readonly string[]
}

const noMarks: Marks = { labels: {}, annotations: {} }

function isMark(path: FieldPath, value: Json | undefined, marks: Marks): boolean {
  if (keyAt(path, 0) !== 'metadata' || typeof value !== 'string') return false
  const field = keyAt(path, 1)
  if (field === 'finalizers') return marks.finalizers?.includes(value) === true
  if ((field !== 'labels' && field !== 'annotations') || path.length !== 3) return false
  const key = keyAt(path, 2) ?? ''
  return Object.hasOwn(marks[field], key) && marks[field][key] === value
}

/** Whether it is one of the writer's notes: a wrong one follows from what else is wrong. */
export function isBookkeeping(path: FieldPath): boolean {
  return ownAnnotation(path) !== undefined
}

function ownAnnotation(path: FieldPath): string | undefined {
  if (keyAt(path, 0) !== 'metadata' || keyAt(path, 1) !== 'annotations') return undefined
  const key = path.length === 3 ? keyAt(path, 2) : undefined
  return key !== undefined && own.has(key) ? key : undefined
}

function isDeclaration(text: string, declared: JsonObject, marks: Marks): boolean {
  const applied = readJson(text)
  if (!isJsonObject(applied)) return false
  const said = (manifest: JsonObject) => withoutMarks(withoutOwn(withoutEmpty(manifest)), marks)
  return isSameManifest(said(named(applied, declared)), said(declared))
}

/** A declared object that only begins a name is applied under one that its engine has made up. */
function named(applied: JsonObject, declared: JsonObject): JsonObject {
  const [before, after] = [declared['metadata'], applied['metadata']]
  if (!isJsonObject(before) || !isJsonObject(after)) return applied
  const { generateName = null, name = null } = before
  const made = after['name']
  const isMadeUp = name === null && typeof generateName === 'string' && generateName !== ''
  if (!isMadeUp || typeof made !== 'string' || !made.startsWith(generateName)) return applied
  return { ...applied, metadata: { ...after, name: null } }
}

/** Typed clients write these out, and they say nothing. */
function withoutEmpty(manifest: JsonObject): JsonObject {
  const kept = Object.entries(manifest).filter(
    ([key, value]) =>
      !(['spec', 'status'].includes(key) && isJsonObject(value) && Object.keys(value).length === 0),
  )
  return Object.fromEntries(kept)
}

/** Marks that are as they should be say nothing about what Git declares. */
function withoutMarks(manifest: JsonObject, marks: Marks): JsonObject {
  const { metadata } = manifest
  if (!isJsonObject(metadata)) return manifest
  const kept = (field: 'labels' | 'annotations') => {
    const map = metadata[field]
    if (!isJsonObject(map)) return map ?? null
    const entries = Object.entries(map).filter(([key, value]) => marks[field][key] !== value)
    return entries.length === 0 ? null : Object.fromEntries(entries)
  }
  const finalizers = keptFinalizers(metadata['finalizers'] ?? null, marks)
  return {
    ...manifest,
    metadata: { ...metadata, finalizers, labels: kept('labels'), annotations: kept('annotations') },
  }
}

function keptFinalizers(finalizers: Json, marks: Marks): Json {
  if (!Array.isArray(finalizers)) return finalizers
  const kept = (finalizers as readonly Json[]).filter(
    (one) => typeof one !== 'string' || marks.finalizers?.includes(one) !== true,
  )
  return kept.length === 0 ? null : kept
}

function readJson(text: string): Json | undefined {
  try {
    return parseJson(Buffer.from(text))
  } catch {
    return undefined
  }
}

/** Without what names the commit, which is not in the commit. */
function withoutOwn(manifest: JsonObject): JsonObject {
  const { metadata } = manifest
  if (!isJsonObject(metadata) || !isJsonObject(metadata['annotations'])) return manifest
  const annotations = Object.fromEntries(
    Object.entries(metadata['annotations']).filter(([key]) => !own.has(key)),
  )
  const kept = Object.keys(annotations).length > 0 ? { annotations } : { annotations: null }
  return { ...manifest, metadata: { ...metadata, ...kept } }
}

/** As manifests: null says the same as nothing. */
function isSameManifest(a: Json | undefined, b: Json | undefined): boolean {
  if (Object.is(a ?? null, b ?? null)) return true
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, i) => isSameManifest(item as Json, b[i] as Json))
  }
  if (!isJsonObject(a) || !isJsonObject(b)) return false
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((key) =>
    isSameManifest(valueAt(a, key), valueAt(b, key)),
  )
}

function valueAt(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined
}
