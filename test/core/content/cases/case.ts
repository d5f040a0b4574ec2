import type { Json, JsonObject } from '../../../../src/core/manifest/json.ts'

/** A default that depends on what stands beside it, in an object that the API server accepts. */
export interface DependentCase {
  readonly title: string
  readonly object: JsonObject
  /** To the map that lacks the field. */
  readonly path: readonly (string | number)[]
  readonly field: string
  /** Undefined: there is none. */
  readonly expected: Json | undefined
  /** No request may bring such a field along; what it would become is measured for the catalogue. */
  readonly isNeverDeclared?: true
}
