import { isJsonObject, type Json, type JsonObject } from '../../src/core/manifest/json.ts'
import type { ServedKind } from './kinds.ts'
import type { Schema, Shape } from './schema.ts'

/** A field, `[]` for the item of a list, `{}` for the value of a map. */
type Step = string

/** A place in the objects of a kind where a struct stands. */
export interface Spot {
  readonly served: ServedKind
  readonly steps: readonly Step[]
  readonly type: string
}

/** Every struct of a kind; a type within itself is entered once. */
export function spotsOf(served: ServedKind, { kinds, types }: Schema): readonly Spot[] {
  const spots: Spot[] = []
  const visit = (type: string, steps: readonly Step[], above: readonly string[]) => {
    spots.push({ served, steps, type })
    for (const [field, shape] of types.get(type) ?? []) {
      const { inner, steps: more } = unwrapped(shape)
      if (inner.kind !== 'type' || above.includes(inner.name)) continue
      visit(inner.name, [...steps, field, ...more], [...above, inner.name])
    }
  }
  const root = kinds.get(served.name) ?? ''
  visit(root, [], [root])
  return spots
}

function unwrapped(shape: Shape): { readonly inner: Shape; readonly steps: readonly Step[] } {
  const steps: Step[] = []
  let inner = shape
  for (;;) {
    if (inner.kind === 'list') {
      steps.push('[]')
      inner = inner.items
    } else if (inner.kind === 'map') {
      steps.push('{}')
      inner = inner.values
    } else return { inner, steps }
  }
}

const mapKey = 'k'

/** The smallest object of the kind with this struct in its place. */
export function objectWith({ served, steps }: Spot, struct: JsonObject): JsonObject {
  const whole = steps.toReversed().reduce<Json>((value, step) => {
    if (step === '[]') return [value]
    return { [step === '{}' ? mapKey : step]: value }
  }, struct)
  const { apiVersion, kind } = served
  return { ...(isJsonObject(whole) ? whole : {}), apiVersion, kind }
}

/** What stands in the place, if it is a struct. */
export function structAt(spot: Spot, object: Json): JsonObject | undefined {
  let value: Json | undefined = object
  for (const step of spot.steps) {
    if (step === '[]') value = Array.isArray(value) ? (value as readonly Json[])[0] : undefined
    else value = isJsonObject(value) ? value[step === '{}' ? mapKey : step] : undefined
  }
  return isJsonObject(value) ? value : undefined
}

/** As people write it: `spec.template.spec.containers[].ports[]`. */
export function pathOf({ steps }: Spot): string {
  return steps.reduce((path, step) => {
    if (step === '[]' || step === '{}') return path + step
    return path === '' ? step : `${path}.${step}`
  }, '')
}
