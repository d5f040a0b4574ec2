import { isJsonObject, type Json, type JsonObject } from '../../core/manifest/json.ts'
import {
  differencesOf,
  secretLooking,
  type FieldDifference,
} from '../../core/promote/differences.ts'
import { isSame } from '../../core/promote/edits.ts'
import { isBelow } from '../../core/promote/new-file.ts'
import {
  objectsIn,
  withObject,
  withoutObject,
  type FileObject,
  type Rewritten,
} from '../../core/promote/manifest-file.ts'
import type { DeclaredObject } from '../../core/provenance/declarations.ts'
import { blocked, draftOf, readDraft, secretText, type Outcome, type Writing } from './drafts.ts'
import type { Place } from './estate.ts'
import type { Wanted } from './wanted.ts'

/** Writes a wish into the file that declares the object. */
export async function draftDeclared(
  wanted: Wanted,
  { repository, branch, object: declared }: Extract<Place, { readonly kind: 'declared' }>,
  writing: Writing,
): Promise<Outcome> {
  const place = { repository, branch, file: declared.file }
  const before = isJsonObject(declared.object) ? declared.object : {}
  const next = nextOf(wanted, before)
  if (typeof next === 'string') return { ...blocked(wanted, next), place }
  if (next !== undefined && isSame(before, next)) return { wanted, kind: 'same', place }
  const difference = differenceOf(before, next)
  const file = await readDraft(place, writing)
  const written =
    obstacleTo(wanted, { before, next, declared }, writing) ?? rewritten(file, declared, wanted)
  if (typeof written === 'string') return { ...blocked(wanted, written), place, ...difference }
  const text = written.kind === 'nothing' ? undefined : written.text
  draftOf(place, writing).files.set(declared.file, text)
  return { wanted, kind: 'written', place, ...difference }
}

/** Undefined for what is to go. */
function nextOf({ change }: Wanted, declared: JsonObject): JsonObject | string | undefined {
  return change.kind === 'remove' ? undefined : change.next(declared)
}

function differenceOf(before: JsonObject, next: JsonObject | undefined) {
  const difference: readonly FieldDifference[] =
    next === undefined ? [] : differencesOf(before, next)
  return { difference }
}

interface Contents {
  readonly before: JsonObject
  readonly next: JsonObject | undefined
  readonly declared: DeclaredObject
}

function obstacleTo(
  { id }: Wanted,
  { before, next, declared }: Contents,
  { confidential = false }: Writing,
): string | undefined {
  if (declared.isEncrypted === true) return `${declared.file} is encrypted: change it with sops`
  if (declared.isCreated === true) return 'its engine creates it: no file declares it'
  const folder = foreignFolder(declared)
  if (folder !== undefined)
    return `${declared.file} is outside of ${folder}: others may be made of it`
  if (next === undefined || confidential) return undefined
  return secretText(secretLooking(before, next, id))
}

/** Of a rendering that takes the object from elsewhere. */
function foreignFolder({ file, plans }: DeclaredObject): string | undefined {
  const folders = plans.flatMap(({ renderer, path }) => (renderer === 'plain' ? [] : [path]))
  return folders.find((folder) => !isBelow(folder, file))
}

export function generatedText({ file, plans }: DeclaredObject): string {
  const how = plans[0]?.renderer ?? 'plain'
  return `it is rendered (${how}) from ${file} and others, and no one file says this`
}

type Written = Exclude<Rewritten, { readonly kind: 'refused' }>

function rewritten(
  file: string | undefined,
  declared: DeclaredObject,
  wanted: Wanted,
): Written | string {
  const target = file === undefined ? undefined : targetIn(file, declared)
  if (file === undefined || target === undefined) return generatedText(declared)
  const next = nextOf(wanted, target.object)
  if (typeof next === 'string') return next
  const result = next === undefined ? withoutObject(file, target) : withObject(file, target, next)
  return result.kind === 'refused' ? `${declared.file}: ${result.why}` : result
}

/** The document that a declared object was read from: of its kind and name, or on its line. */
function targetIn(file: string, { id, line, object }: DeclaredObject): FileObject | undefined {
  const ofKind = objectsIn(file, id.namespace === '' ? 'default' : id.namespace).filter(
    (one) => one.group === id.group && one.kind === id.kind,
  )
  const same = ofKind.filter((one) => isSame(one.object, object as Json))
  const named = ofKind.filter((one) => one.name === id.name)
  const placed = named.filter(({ namespaces }) => namespaces.includes(id.namespace))
  const found = [same, placed, named, ofKind.filter((one) => one.line === line)]
  return found.find(({ length }) => length === 1)?.[0]
}
