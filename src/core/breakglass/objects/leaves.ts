import { z } from 'zod'

/** A rule of the Common Expression Language that the API server applies by itself. */
interface Rule {
  readonly rule: string
  readonly message: string
}

/** Metadata of a schema that definitions take over. */
export function rules(...list: readonly Rule[]) {
  return { 'x-kubernetes-validations': list }
}

/** Rules about a text are only taken where its length has an end. */
export function shortText(longest: number) {
  return z.string().max(longest)
}

/** RFC 3339. */
export function moment() {
  return z.string().meta({ format: 'date-time' })
}

export const conditions = z
  .array(
    z.strictObject({
      type: shortText(316).describe('what is said'),
      status: z.enum(['True', 'False', 'Unknown']).describe('whether it is so'),
      reason: shortText(1024).describe('why, in one word'),
      message: shortText(32768).describe('why, for people'),
      lastTransitionTime: moment().describe('since when'),
      observedGeneration: z.int().min(0).exactOptional().describe('of which spec it is said'),
    }),
  )
  .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] })
