import type { Json } from '../manifest/json.ts'

/**
 * What `scripts/catalogue.ts` has measured on the API server of one minor version. Facts are those
 * of a type wherever it occurs; `exceptions` has the places where they are others.
 */
export interface StoredCatalogue {
  /** Minor version, such as `1.36`. */
  readonly version: string
  /** What the API server called itself. */
  readonly server: string
  /** `apps/v1/Deployment` or `v1/Pod` -> type. */
  readonly kinds: Readonly<Record<string, string>>
  readonly types: Readonly<Record<string, StoredType>>
  /** Kind -> path of a struct -> field -> its facts there. */
  readonly exceptions: Readonly<Record<string, StoredExceptions>>
}

type StoredType = Readonly<Record<string, StoredField>>
export type StoredExceptions = Readonly<Record<string, Readonly<Record<string, StoredFacts>>>>

export interface StoredField extends StoredFacts {
  readonly of: StoredShape
}

/** Absent: no default, an empty value is dropped, null says the same as absent. */
export interface StoredFacts {
  readonly default?: Json
  /** `kept` or `replaced`. */
  readonly empty?: string
  readonly isNullable?: boolean
}

/** A `Meaning`, `any`, or the name of a type, which has dots. */
export type StoredShape = string | StoredList | StoredMap

export interface StoredList {
  readonly list: StoredShape
  /** Of a list whose items are told apart by fields. */
  readonly keys?: readonly string[]
  readonly isOrdered?: boolean
  readonly isSet?: boolean
}

interface StoredMap {
  readonly map: StoredShape
}
