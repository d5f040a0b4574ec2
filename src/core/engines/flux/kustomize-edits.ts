import { at, isJsonObject, type Json, type JsonObject } from '../../manifest/json.ts'
import { isText, isTextMap } from './object-fields.ts'
import { known, refused, type Outcome } from './outcome.ts'

/** What a Kustomization adds to what kustomize finds at its path. */
const edits: Readonly<Record<string, (value: Json) => boolean>> = {
  targetNamespace: isText,
  namePrefix: isText,
  nameSuffix: isText,
  patches: listOf(isPatch),
  images: listOf(
    (image) => isTextMap(image) && hasOnly(image, ['name', 'newName', 'newTag', 'digest']),
  ),
  components: listOf(isText),
  ignoreMissingComponents: (value) => typeof value === 'boolean',
  commonMetadata: isMetadata,
  buildMetadata: listOf(isText),
}

/** Under their own names; what is empty is what is absent to Flux, and left out. */
export function readEdits(spec: Json | undefined): Outcome<JsonObject> {
  const read = Object.create(null) as Record<string, Json>
  for (const [name, isValid] of Object.entries(edits)) {
    const value = at(spec, name) ?? null
    if (value === null) continue
    if (!isValid(value)) return refused(`spec.${name} is not of the form that Flux takes`)
    if (!isEmpty(value)) read[name] = value
  }
  return known(read)
}

function listOf(isItem: (item: Json) => boolean): (value: Json) => boolean {
  return (value) => Array.isArray(value) && (value as readonly Json[]).every(isItem)
}

function isPatch(value: Json): boolean {
  if (!isJsonObject(value) || !hasOnly(value, ['patch', 'target'])) return false
  const { patch = null, target = null } = value
  return isText(patch) && (target === null || isTextMap(target))
}

function isMetadata(value: Json): boolean {
  if (!isJsonObject(value) || !hasOnly(value, ['labels', 'annotations'])) return false
  return Object.values(value).every((map) => map === null || isTextMap(map))
}

function hasOnly(object: JsonObject, keys: readonly string[]): boolean {
  return Object.keys(object).every((key) => keys.includes(key))
}

function isEmpty(value: Json): boolean {
  if (Array.isArray(value)) return value.length === 0
  if (isJsonObject(value)) return Object.values(value).every(hasNothing)
  return value === '' || value === false
}

function hasNothing(map: Json): boolean {
  return map === null || (isJsonObject(map) && Object.keys(map).length === 0)
}
