import { canonicalJson } from '../../src/core/manifest/canonical.ts'
import type {
  StoredCatalogue,
  StoredExceptions,
  StoredFacts,
  StoredField,
  StoredShape,
} from '../../src/core/content/stored-catalogue.ts'
import type { Measurement } from './measure.ts'
import type { Schema, Shape } from './schema.ts'
import { pathOf } from './spots.ts'

/** What holds in most places of a type becomes a fact of the type, the rest an exception. */
export function summarise(
  server: string,
  schema: Schema,
  measurements: readonly Measurement[],
): StoredCatalogue {
  const byField = Map.groupBy(measurements, ({ spot, field }) => `${spot.type}.${field}`)
  const common = new Map([...byField].map(([key, all]) => [key, mostCommon(all)] as const))
  const types = sorted(schema.types, (fields, type) =>
    sorted(fields, (shape, field): StoredField => {
      return { of: storedShape(shape), ...common.get(`${type}.${field}`) }
    }),
  )
  return {
    version: server.replace(/^v(\d+\.\d+)\..*$/, '$1'),
    server,
    kinds: sorted(schema.kinds, (type) => type),
    types,
    exceptions: exceptionsOf(measurements, common),
  }
}

function mostCommon(all: readonly Measurement[]): StoredFacts {
  const byFacts = Map.groupBy(all, ({ facts }) => canonicalJson({ ...facts }))
  const ranked = [...byFacts].toSorted(
    ([a, some], [b, others]) => others.length - some.length || (a < b ? -1 : 1),
  )
  return ranked[0]?.[1][0]?.facts ?? {}
}

function exceptionsOf(
  measurements: readonly Measurement[],
  common: ReadonlyMap<string, StoredFacts>,
): StoredCatalogue['exceptions'] {
  const found: Record<string, Record<string, Record<string, StoredFacts>>> = {}
  for (const { spot, field, facts } of measurements) {
    const usual = common.get(`${spot.type}.${field}`) ?? {}
    if (canonicalJson({ ...facts }) === canonicalJson({ ...usual })) continue
    const places = (found[spot.served.name] ??= {})
    const fields = (places[pathOf(spot)] ??= {})
    fields[field] = facts
  }
  return found satisfies Record<string, StoredExceptions>
}

function storedShape(shape: Shape): StoredShape {
  if (shape.kind === 'scalar') return shape.meaning
  if (shape.kind === 'type') return shape.name
  if (shape.kind === 'any') return 'any'
  if (shape.kind === 'map') return { map: storedShape(shape.values) }
  return {
    list: storedShape(shape.items),
    ...(shape.keys.length > 0 ? { keys: shape.keys } : {}),
    ...(shape.isOrdered ? { isOrdered: true } : {}),
    ...(shape.isSet ? { isSet: true } : {}),
  }
}

function sorted<T, R>(
  map: ReadonlyMap<string, T>,
  of: (value: T, key: string) => R,
): Readonly<Record<string, R>> {
  const entries = [...map].toSorted(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, value]) => [key, of(value, key)]))
}
