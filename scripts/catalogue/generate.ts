import type { StoredCatalogue } from '../../src/core/content/stored-catalogue.ts'
import type { Decoder } from './decoder.ts'
import { servedKinds, type ServedKind } from './kinds.ts'
import { measure } from './measure.ts'
import { readSchema, type Schema } from './schema.ts'
import { spotsOf } from './spots.ts'
import { summarise } from './summarise.ts'
import { catalogueText } from './text.ts'

interface Generated {
  readonly catalogue: StoredCatalogue
  /** The catalogue as it is kept. */
  readonly text: string
  readonly kinds: readonly ServedKind[]
  readonly schema: Schema
  /** Fields that were measured, each in each of its places. */
  readonly positions: number
}

/**
 * The defaults catalogue of an API server. Rejects when it does not read one of the probes: then
 * nobody knows what it does there.
 */
export async function generateCatalogue(
  decoder: Decoder,
  progress: (line: string) => void,
): Promise<Generated> {
  const kinds = await servedKinds(decoder.api)
  const schema = await readSchema(decoder.api, kinds)
  const spots = kinds.flatMap((kind) => spotsOf(kind, schema))
  progress(`${kinds.length} kinds, ${schema.types.size} types, ${spots.length} structs`)
  const { measurements, unvisited } = await measure(decoder, spots, schema)
  if (unvisited.length > 0) {
    const lines = unvisited.map(({ place, refusal }) => `${place}: ${refusal}`)
    throw new Error(`the API server does not read:\n${lines.join('\n')}`)
  }
  const catalogue = summarise(decoder.server, schema, measurements)
  const text = catalogueText(catalogue)
  return { catalogue, text, kinds, schema, positions: measurements.length }
}
