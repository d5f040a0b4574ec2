import type { Json } from '../manifest/json.ts'

/**
 * One position in an object, as the schema that the API server serves describes it. Positions of
 * built-in kinds come from the catalogue, those of custom resources from their definition.
 */
export interface Position {
  /** Name of the schema type, such as `io.k8s.api.core.v1.PodSpec`; '' where there is none. */
  readonly type: string
  /** What stands under a key: undefined for a key that the schema does not know. */
  field(key: string): Field | undefined
  /** What the API server does with keys that the schema does not know. */
  readonly unknownKeys: 'dropped' | 'kept'
  /** The position of the items of a list. */
  readonly items: Position | undefined
  readonly list: ListShape
  readonly meaning: Meaning
}

/** A key of a map, with what depends on where it stands and not on the type of its value. */
export interface Field {
  readonly position: Position
  /** What the API server puts there when the key is absent and nothing else is said: the whole value. */
  readonly default: Json | undefined
  /**
   * What the API server makes of an empty value (null apart: `''`, 0, false, `[]`, `{}`): it keeps
   * it, leaves the key out, or puts something else there.
   */
  readonly empty: 'kept' | 'dropped' | 'replaced'
  /** Whether null is kept as a value of its own; elsewhere it says the same as an absent key. */
  readonly isNullable: boolean
}

export type ListShape =
  /** Items are told apart by these fields. In an `ordered` one their relative order counts. */
  | { readonly kind: 'map'; readonly keys: readonly string[]; readonly isOrdered: boolean }
  /** Items are told apart by their whole value. */
  | { readonly kind: 'set' }
  /** One value: its items have positions and no names. */
  | { readonly kind: 'atomic' }

/** How two values are compared that need not look alike. */
export type Meaning = 'exact' | 'quantity' | 'duration' | 'timestamp' | 'bytes'
