import { at, isJsonObject, type Json, type JsonObject } from '../../manifest/json.ts'
import { referenceKey, type Found, type Need } from '../engine.ts'
import { unknownField } from './known-fields.ts'
import { flagAt, isObjectName, isTerminating, isText, listAt, textAt } from './object-fields.ts'
import { known, none, refused, type Obstacle, type Outcome } from './outcome.ts'

/** A ConfigMap or Secret beside the object that refers to it. */
export interface DataReference {
  readonly kind: 'ConfigMap' | 'Secret'
  readonly namespace: string
  readonly name: string
  readonly isOptional: boolean
}

export type Data = ReadonlyMap<string, string>

export type ReferenceField = 'substituteFrom' | 'valuesFrom'

/**
 * What `postBuild.substituteFrom` or `valuesFrom` of an engine object names. One that is being deleted
 * only removes what it made: what it refers to may be gone before.
 */
export function readReferences(
  object: JsonObject,
  field: ReferenceField,
): Outcome<readonly DataReference[]> {
  const list = listAt(referencesIn(object, field))
  if (list === undefined) return refused(`${field} is no list`)
  const references: DataReference[] = []
  for (const item of list) {
    const reference = readReference(item, object, field)
    if (reference.kind !== 'known') return reference
    references.push(reference.value)
  }
  return known(references)
}

export function referencesIn(object: JsonObject, field: ReferenceField): Json | undefined {
  const keys = field === 'substituteFrom' ? ['postBuild', field] : [field]
  return at(object, 'spec', ...keys)
}

function readReference(
  item: Json,
  object: JsonObject,
  field: ReferenceField,
): Outcome<DataReference> {
  const unknown = unknownField(field, item)
  if (unknown !== undefined) return unknown
  const kind = textAt(item, 'kind')
  const name = textAt(item, 'name')
  const isOptional = flagAt(item, 'optional')
  const isKind = kind === 'ConfigMap' || kind === 'Secret'
  if (!isKind || !isObjectName(name) || isOptional === undefined) {
    return refused(`${field} refers to what is neither a ConfigMap nor a Secret`)
  }
  const namespace = textAt(object, 'metadata', 'namespace') ?? ''
  return known({ kind, namespace, name, isOptional: isOptional || isTerminating(object) })
}

export function dataNeed({ kind, namespace, name, isOptional }: DataReference): Need {
  return { group: '', kind, namespace, name, isGoverned: true, isOptional }
}

/** Undefined if it is absent, and may be. */
export function readData(reference: DataReference, found: Found): Outcome<Data | undefined> {
  const { kind, namespace, name, isOptional } = reference
  const object = found.get(referenceKey({ group: '', kind, namespace, name }))
  if (object !== undefined) return kind === 'Secret' ? readSecret(object) : readTexts(object)
  return isOptional ? known(undefined) : none(`${kind} ${namespace}/${name} does not exist`)
}

function readTexts(object: JsonObject): Outcome<Data> {
  const data = at(object, 'data') ?? {}
  if (!isJsonObject(data)) return malformed(object)
  const texts = Object.entries(data)
  return texts.every(isTextEntry) ? known(new Map(texts)) : malformed(object)
}

function isTextEntry(entry: [string, Json]): entry is [string, string] {
  return isText(entry[1])
}

function readSecret(object: JsonObject): Outcome<Data> {
  const encoded = readTexts(object)
  if (encoded.kind !== 'known') return encoded
  const data = new Map<string, string>()
  for (const [key, text] of encoded.value) {
    const decoded = decode(text)
    if (decoded === undefined) return malformed(object)
    data.set(key, decoded)
  }
  return known(data)
}

/** Undefined unless it is base64 of UTF-8. */
function decode(text: string): string | undefined {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.toString('base64') !== text) return undefined
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

function malformed(object: JsonObject): Obstacle {
  const kind = textAt(object, 'kind') ?? ''
  const name = textAt(object, 'metadata', 'name') ?? ''
  return refused(`${kind} ${name} holds what is no text`)
}
