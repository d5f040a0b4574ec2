import { isDeepStrictEqual } from 'node:util'
import { canonicalJson } from '../../src/core/manifest/canonical.ts'
import { isJsonObject, type Json, type JsonObject } from '../../src/core/manifest/json.ts'
import type { StoredFacts } from '../../src/core/content/stored-catalogue.ts'
import type { Decoder, Reading } from './decoder.ts'
import type { Schema, Shape } from './schema.ts'
import { objectWith, pathOf, structAt, type Spot } from './spots.ts'

/** What the API server does with one field of the struct in one spot. */
export interface Measurement {
  readonly spot: Spot
  readonly field: string
  readonly facts: StoredFacts
}

/** A position that the API server would not read, and what it said. */
interface Unvisited {
  readonly place: string
  readonly refusal: string
}

interface Measured {
  readonly measurements: readonly Measurement[]
  readonly unvisited: readonly Unvisited[]
}

/** Each spot with an empty struct, and each of its fields with its empty value and with null. */
export async function measure(
  decoder: Pick<Decoder, 'read'>,
  spots: readonly Spot[],
  schema: Schema,
): Promise<Measured> {
  const ask = questions(decoder)
  const fields = spots.flatMap((spot) => fieldsAt(spot, schema))
  const bare = await ask(spots.map((spot) => ({ spot, struct: {} })))
  const bareOf = new Map(spots.map((spot, index) => [spot, bare[index]]))
  const emptied = await ask(
    fields.flatMap(({ spot, field, shape }) =>
      emptyValues(shape).map((value) => ({ spot, struct: { [field]: value } })),
    ),
  )
  const nullable = await nullableFields(ask, spots, { schema, bareOf })
  const answers = emptied.values()
  const unvisited: Unvisited[] = []
  const note = (place: string, reading: Reading | undefined) => {
    if (reading !== undefined && reading.object === undefined) {
      unvisited.push({ place, refusal: reading.refusal })
    }
  }
  for (const [spot, reading] of bareOf) note(placeOf(spot), reading)
  const measurements = fields.map(({ spot, field, shape }): Measurement => {
    const outcomes = emptyValues(shape).map((value) => {
      const reading = answers.next().value
      note(placeOf(spot, field), reading)
      return outcomeOf(valueIn(reading, spot, field), value, shape)
    })
    const standard = present(valueIn(bareOf.get(spot), spot, field))
    return {
      spot,
      field,
      facts: {
        ...(standard === undefined ? {} : { default: standard }),
        ...emptyFact(placeOf(spot, field), outcomes),
        ...(nullable.has(placeOf(spot, field)) ? { isNullable: true } : {}),
      },
    }
  })
  return { measurements, unvisited }
}

interface FieldAt {
  readonly spot: Spot
  readonly field: string
  readonly shape: Shape
}

/** All but what makes an object one of its kind. */
function fieldsAt(spot: Spot, { types }: Schema): readonly FieldAt[] {
  const isRoot = spot.steps.length === 0
  return [...(types.get(spot.type) ?? [])].flatMap(([field, shape]) => {
    if (isRoot && (field === 'apiVersion' || field === 'kind')) return []
    return [{ spot, field, shape }]
  })
}

interface Question {
  readonly spot: Spot
  readonly struct: JsonObject
}

type Ask = (questions: readonly Question[]) => Promise<readonly (Reading | undefined)[]>

/** Equal objects are sent once. */
function questions(decoder: Pick<Decoder, 'read'>): Ask {
  const known = new Map<string, Reading>()
  return async (asked) => {
    const objects = asked.map(({ spot, struct }) => objectWith(spot, struct))
    const keys = objects.map((object) => canonicalJson(object))
    const fresh = new Map<string, { collection: string; object: JsonObject }>()
    for (const [index, { spot }] of asked.entries()) {
      const [key, object] = [keys[index] ?? '', objects[index] ?? {}]
      if (!known.has(key)) fresh.set(key, { collection: spot.served.collection, object })
    }
    const readings = await decoder.read([...fresh.values()])
    for (const [index, key] of [...fresh.keys()].entries()) {
      const reading = readings[index]
      if (reading !== undefined) known.set(key, reading)
    }
    return keys.map((key) => known.get(key))
  }
}

/** Places of the fields in which null is something else than nothing. */
async function nullableFields(
  ask: Ask,
  spots: readonly Spot[],
  { schema, bareOf }: { schema: Schema; bareOf: ReadonlyMap<Spot, Reading | undefined> },
): Promise<ReadonlySet<string>> {
  const all = await ask(
    spots.map((spot) => ({
      spot,
      struct: Object.fromEntries(fieldsAt(spot, schema).map(({ field }) => [field, null])),
    })),
  )
  const suspects = spots
    .filter((spot, index) => !isDeepStrictEqual(all[index], bareOf.get(spot)))
    .flatMap((spot) => fieldsAt(spot, schema))
  const single = await ask(suspects.map(({ spot, field }) => ({ spot, struct: { [field]: null } })))
  const found = suspects.filter(
    ({ spot }, index) => !isDeepStrictEqual(single[index], bareOf.get(spot)),
  )
  return new Set(found.map(({ spot, field }) => placeOf(spot, field)))
}

/** An int-or-string has two. A time has none that the API server would read. */
function emptyValues(shape: Shape): readonly Json[] {
  if (shape.kind === 'list') return [[]]
  if (shape.kind !== 'scalar') return [{}]
  return emptyScalars[shape.type]
}

const emptyScalars = {
  string: [''],
  integer: [0],
  boolean: [false],
  'int-or-string': [0, ''],
  quantity: ['0'],
  time: [],
} as const

type Outcome = 'kept' | 'dropped' | 'replaced'

function outcomeOf(got: Json | undefined, sent: Json, shape: Shape): Outcome {
  if (got === undefined || got === null) return 'dropped'
  if (isDeepStrictEqual(got, sent)) return 'kept'
  // A struct that is there now has its defaults.
  return shape.kind === 'type' ? 'kept' : 'replaced'
}

/** Of the two empty values of an int-or-string one may happen to be what replaces the other. */
function emptyFact(place: string, outcomes: readonly Outcome[]): Pick<StoredFacts, 'empty'> {
  const found = new Set(outcomes)
  if (found.size > 1 && found.has('dropped')) {
    throw new Error(`${place}: its empty values fare differently`)
  }
  if (found.has('replaced')) return { empty: 'replaced' }
  return found.has('kept') ? { empty: 'kept' } : {}
}

function valueIn(reading: Reading | undefined, spot: Spot, field: string): Json | undefined {
  if (reading?.object === undefined) return undefined
  return structAt(spot, reading.object)?.[field]
}

/** Null is how the API server writes nothing, inside a default too. */
function present(value: Json | undefined): Json | undefined {
  if (value === undefined || value === null) return undefined
  if (Array.isArray(value)) return (value as readonly Json[]).map((item) => present(item) ?? null)
  if (!isJsonObject(value)) return value
  const entries = Object.entries(value).flatMap(([key, inner]) => {
    const kept = present(inner)
    return kept === undefined ? [] : [[key, kept] as const]
  })
  return Object.fromEntries(entries)
}

function placeOf(spot: Spot, field?: string): string {
  const path = pathOf(spot)
  const whole = [path, field].filter((part) => part !== undefined && part !== '').join('.')
  return `${spot.served.name} ${whole}`
}
