import { at, isJsonObject, type Json, type JsonObject } from '../manifest/json.ts'
import type { Changed } from './grant-store.ts'
import type { Resolution, UseState } from './tracked-use.ts'

/** What somebody has found out about a use. */
export interface UseOutcome {
  readonly n: number
  readonly state: UseState
  readonly confirmedAt?: string
  readonly resolution?: Resolution
  readonly unnecessary?: true
}

/** The status with what has become of uses; what they are, and what was known of them, stays. */
export function statusWithOutcomes(
  grant: JsonObject,
  outcomes: readonly UseOutcome[],
): Changed<undefined> {
  const status = at(grant, 'status')
  const uses = at(status, 'uses')
  if (!isJsonObject(status) || !Array.isArray(uses)) return { kind: 'leave', answer: undefined }
  const before = uses as readonly Json[]
  const next = before.map((use) => withOutcome(use, outcomes))
  if (next.every((use, i) => use === before[i])) return { kind: 'leave', answer: undefined }
  return { kind: 'store', status: { ...status, uses: next }, answer: undefined }
}

function withOutcome(use: Json, outcomes: readonly UseOutcome[]): Json {
  const found = outcomes.find(({ n }) => n === at(use, 'n'))
  if (found === undefined || !isJsonObject(use) || isSaid(use, 'resolution')) return use
  const next = { ...use, ...confirmationIn(found, use), ...resolutionIn(found) }
  return Object.keys(next).some((key) => next[key] !== use[key]) ? next : use
}

/** What was stored stays so. */
function confirmationIn({ state, confirmedAt }: UseOutcome, use: JsonObject): JsonObject {
  if (state === use['state'] || use['state'] === 'Committed') return {}
  return { state, ...(confirmedAt !== undefined && { confirmedAt }) }
}

function resolutionIn({ resolution, unnecessary }: UseOutcome): JsonObject {
  return {
    ...(resolution !== undefined && { resolution }),
    ...(unnecessary !== undefined && { unnecessary }),
  }
}

function isSaid(use: JsonObject, key: string): boolean {
  return (use[key] ?? null) !== null
}
