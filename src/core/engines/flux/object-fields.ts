import { at, isJsonObject, stringAt, type Json, type JsonObject } from '../../manifest/json.ts'
import { known, refused, type Outcome } from './outcome.ts'

/** A text, with absent and empty alike, as Flux reads its own fields; undefined for anything else. */
export function textAt(value: Json | undefined, ...keys: readonly string[]): string | undefined {
  const found = at(value, ...keys) ?? ''
  return typeof found === 'string' ? found : undefined
}

/** A flag, with absent as false; undefined for anything else. */
export function flagAt(value: Json | undefined, ...keys: readonly string[]): boolean | undefined {
  const found = at(value, ...keys) ?? false
  return typeof found === 'boolean' ? found : undefined
}

/** A list, with absent as an empty one; undefined for anything else. */
export function listAt(
  value: Json | undefined,
  ...keys: readonly string[]
): readonly Json[] | undefined {
  const found = at(value, ...keys) ?? []
  return Array.isArray(found) ? (found as readonly Json[]) : undefined
}

export function isText(value: Json): value is string {
  return typeof value === 'string'
}

/** Neither absent nor null, which are one to Kubernetes. */
export function isSet(value: Json | undefined): value is Json {
  return value !== undefined && value !== null
}

export interface Identity {
  readonly namespace: string
  readonly name: string
}

export function identityOf(object: JsonObject): Outcome<Identity> {
  const namespace = stringAt(object, 'metadata', 'namespace')
  const name = stringAt(object, 'metadata', 'name')
  if (!isObjectName(namespace) || !isObjectName(name)) return refused('it has no valid name')
  return known({ namespace, name })
}

/** Names become parts of URLs. */
export function isObjectName(name: Json | undefined): name is string {
  return typeof name === 'string' && /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/.test(name)
}

export function isTerminating(object: JsonObject): boolean {
  return isSet(at(object, 'metadata', 'deletionTimestamp'))
}

/** Both controllers write down which generation of the spec they have dealt with once they have. */
export function isBehind(object: JsonObject): boolean {
  const observed = at(object, 'status', 'observedGeneration')
  const generation = at(object, 'metadata', 'generation')
  return typeof observed === 'number' && typeof generation === 'number' && observed < generation
}

/** Both controllers hold an object back with it until they have deleted what it made. */
export function isFinalized(object: JsonObject): boolean {
  return listAt(object, 'metadata', 'finalizers')?.includes('finalizers.fluxcd.io') === true
}

export function isTextMap(value: Json | undefined): value is Readonly<Record<string, string>> {
  return isJsonObject(value) && Object.values(value).every(isText)
}
