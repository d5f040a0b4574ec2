import { at, isJsonObject, type Json, type JsonObject } from '../manifest/json.ts'
import type { Changed } from './grant-store.ts'
import { momentText } from './moment.ts'

/** An engine's write that was kept from undoing a use. */
export interface Held {
  readonly grant: string
  readonly use: number
  /** Epoch ms. */
  readonly at: number
  /** The writer, as the policy names it. */
  readonly by: string
  /** `repository@commit`. */
  readonly commit: string
  /** Epoch ms. */
  readonly until: number
}

/** Of each use the first one is told: engines try again every minute. */
export function holdTold(object: JsonObject, held: Held): Changed<undefined> {
  const status = at(object, 'status')
  const known = at(status, 'holds')
  const holds = Array.isArray(known) ? (known as readonly Json[]) : []
  if (!isJsonObject(status) || holds.some((one) => at(one, 'use') === held.use)) {
    return { kind: 'leave', answer: undefined }
  }
  const { use, by, commit } = held
  const [since, until] = [momentText(held.at), momentText(held.until)]
  const next = { ...status, holds: [...holds, { use, at: since, by, commit, until }] }
  return { kind: 'store', status: next, answer: undefined }
}
