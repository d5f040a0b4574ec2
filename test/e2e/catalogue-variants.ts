import type { Probe } from '../../scripts/catalogue/decoder.ts'
import type { ServedKind } from '../../scripts/catalogue/kinds.ts'
import type { Schema, Shape } from '../../scripts/catalogue/schema.ts'
import { objectWith, pathOf, spotsOf } from '../../scripts/catalogue/spots.ts'
import type { Json } from '../../src/core/manifest/json.ts'

export interface Variant extends Probe {
  readonly kind: string
  /** `spec.strategy.type="Recreate"`. */
  readonly label: string
}

/** For each field of each struct of a kind: the smallest object in which it has a value. */
export function variantsOf(served: ServedKind, schema: Schema): readonly Variant[] {
  return spotsOf(served, schema).flatMap((spot) => {
    const [first] = spot.steps
    if (first === 'metadata') return []
    const fields = [...(schema.types.get(spot.type) ?? [])]
    return fields.flatMap(([field, shape]) => {
      if (first === undefined && isOfEveryObject(field)) return []
      return valuesOf(shape).map((value) => ({
        kind: served.name,
        label: `${[pathOf(spot), field].filter(Boolean).join('.')}=${JSON.stringify(value)}`,
        collection: served.collection,
        object: objectWith(spot, { [field]: value }),
      }))
    })
  })
}

function isOfEveryObject(field: string): boolean {
  return field === 'apiVersion' || field === 'kind' || field === 'metadata'
}

function valuesOf(shape: Shape): readonly Json[] {
  if (shape.kind === 'any') return [{ x: 1 }]
  if (shape.kind === 'type') return [{}]
  if (shape.kind === 'list') return valuesOf(shape.items).map((item) => [item])
  if (shape.kind === 'map') return valuesOf(shape.values).map((value) => ({ k: value }))
  if (shape.values.length > 0) return shape.values.filter((value) => value !== '')
  if (shape.meaning === 'bytes') return ['eA==']
  return scalarValues[shape.type]
}

const scalarValues = {
  string: ['x'],
  integer: [1],
  boolean: [true, false],
  'int-or-string': [1],
  quantity: ['1'],
  time: [],
} as const
