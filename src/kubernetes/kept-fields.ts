import { isJsonObject, type Json, type JsonObject } from '../core/manifest/json.ts'
import { kindName, type WatchedKind } from './watch-state.ts'

/** Of a status that lists everything its object has ever made; others are kept whole. */
const statusFields: ReadonlyMap<string, readonly string[]> = new Map([
  ['Application.argoproj.io', ['operationState', 'sync']],
  ['ApplicationSet.argoproj.io', ['conditions']],
])

/** Paths of what nobody asks for, which is most of the size of an object. */
const dropped: readonly (readonly string[])[] = [
  ['metadata', 'managedFields'],
  ['status', 'operationState', 'syncResult', 'resources'],
]

/** An engine object as it is kept in memory. */
export function keptOf(kind: WatchedKind, object: JsonObject): JsonObject {
  const fields = statusFields.get(kindName(kind))
  const status = fields === undefined ? undefined : onlyOf(object['status'], fields)
  const kept = status === undefined ? object : { ...object, status }
  return dropped.reduce<Json>(without, kept) as JsonObject
}

function onlyOf(value: Json | undefined, fields: readonly string[]): JsonObject | undefined {
  if (!isJsonObject(value)) return undefined
  return Object.fromEntries(Object.entries(value).filter(([key]) => fields.includes(key)))
}

function without(value: Json, [key = '', ...rest]: readonly string[]): Json {
  if (!isJsonObject(value) || !Object.hasOwn(value, key)) return value
  const { [key]: found = null, ...others } = value
  return rest.length === 0 ? others : { ...value, [key]: without(found, rest) }
}
