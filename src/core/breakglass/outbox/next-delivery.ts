import { backOff } from './back-off.ts'
import type { Delivery } from './deliveries.ts'
import type { Outcome } from './sink.ts'

/** What came of one round with a sink. */
export interface Report {
  readonly sink: string
  readonly isMandatory: boolean
  readonly revision: string
  /** Keys of the events that it has taken. */
  readonly told: readonly string[]
  readonly externalId?: string
  /** Of the event at which the round ended. */
  readonly failure?: Exclude<Outcome, { readonly kind: 'delivered' }>
  /** When it ended, in epoch ms. */
  readonly at: number
  /** From 0 to 1. */
  readonly random: number
}

/** A sink that is not mandatory is given up after that time. */
const patience = 24 * 3_600_000
/** Whoever asks for more is asked again all the same. */
const longestWish = 24 * 3_600_000
const longestError = 256

/** `isAll`: nothing is left to tell after the round. */
export function nextDelivery(
  before: Delivery | undefined,
  report: Report,
  isAll: boolean,
): Delivery {
  const { sink, revision, failure } = report
  const told = new Set([...(before?.told ?? []), ...report.told])
  const externalId = report.externalId ?? before?.externalId
  const kept = { sink, revision, told, ...(externalId !== undefined && { externalId }) }
  if (failure === undefined) return { ...kept, state: isAll ? 'Delivered' : 'Pending', attempts: 0 }
  return { ...kept, ...afterFailure(before, report, failure) }
}

function afterFailure(
  before: Delivery | undefined,
  { at, random, isMandatory, revision, told }: Report,
  failure: NonNullable<Report['failure']>,
): Pick<Delivery, 'state' | 'attempts' | 'since' | 'lastError' | 'nextTry'> {
  const isGoingOn = told.length === 0 && before?.revision === revision
  const attempts = isGoingOn ? before.attempts + 1 : 1
  const since = (isGoingOn ? before.since : undefined) ?? at
  const lastError = failure.why.slice(0, longestError)
  if (failure.kind === 'refused') return { state: 'Failed', attempts, since, lastError }
  if (!isMandatory && at - since >= patience) {
    return { state: 'Failed', attempts, since, lastError: `given up: ${lastError}` }
  }
  const wish = Math.min(failure.notBefore ?? at, at + longestWish)
  const nextTry = Math.max(at + backOff(attempts, random), wish)
  return { state: 'Pending', attempts, since, lastError, nextTry }
}
