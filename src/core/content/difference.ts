import type { FieldPath } from '../manifest/field-path.ts'
import type { Json } from '../manifest/json.ts'

/** A leaf, or a whole part of an object, that the request changes and nothing explains. */
export interface Difference {
  readonly path: FieldPath
  readonly kind:
    /** The new object has it, Git does not declare it. */
    | 'added'
    /** It has another value than Git declares. */
    | 'changed'
    /** The request takes away what Git declares. */
    | 'removed'
    /** Git declares it, and what the request makes new lacks it. */
    | 'missing'
    /** The items are the declared ones in another order. */
    | 'reordered'
  readonly live: Json | undefined
  readonly declared: Json | undefined
}
