import type { Json, JsonObject } from '../../manifest/json.ts'

/** A default that depends on what is declared beside the field. */
export interface DependentDefault {
  /** Name of the schema type whose field it is; of a map, with the field that holds it. */
  readonly type: string
  /** `*` for every key of a map. */
  readonly field: string
  /** What the rule says, in a few words. */
  readonly name: string
  /** `parent` is the declared map that lacks the field `key`, `root` the whole declared object. */
  readonly value: (parent: JsonObject, root: JsonObject, key: string) => Json | undefined
}

export const core = 'io.k8s.api.core.v1.'
export const apps = 'io.k8s.api.apps.v1.'

/** Whether something stands there that the API server does not take for nothing. */
export function isGiven(value: Json | undefined): value is Json {
  return value !== undefined && value !== null && value !== '' && value !== 0
}

export function isAmong(value: Json | undefined, ...names: readonly string[]): boolean {
  return typeof value === 'string' && names.includes(value)
}

export function hasItems(value: Json | undefined): boolean {
  return Array.isArray(value) && value.length > 0
}
