import type { AdmissionRequest } from '../core/admission/request.ts'
import type { AdmissionAnswer } from '../core/admission/response.ts'
import { auditAnnotations } from '../core/audit/annotations.ts'
import { toRecord, type AuditRecord } from '../core/audit/record.ts'
import type { Appended } from '../core/audit/sink.ts'
import { toAnswer } from '../core/decision/answer.ts'
import type { Circumstances } from '../core/decision/case.ts'
import type { Decision } from '../core/decision/decision.ts'
import { evaluate, evaluateFailure, type Failure } from '../core/decision/evaluate.ts'
import { recordTime } from './record-time.ts'

/** One review as it comes in. */
export interface Review {
  readonly request: AdmissionRequest
  readonly circumstances: Circumstances
  readonly peer: string | undefined
  /** Hash of the settings of this process. */
  readonly config: string
  /** Milliseconds of a clock that only moves on; for latencies. */
  readonly clock: () => number
}

/** What became of a record. `kept` without a place: it has none in a chain, or not yet. */
export type Kept =
  { readonly kind: 'kept'; readonly appended?: Appended } | { readonly kind: 'lost' }

/** Where a record goes before its answer does. What the answer must wait for comes as a promise. */
export type Keep = (record: AuditRecord, decision: Decision) => Kept | Promise<Kept>

export interface Outcome {
  readonly decision: Decision
  readonly record: AuditRecord
  readonly answer: AdmissionAnswer
}

/**
 * The whole path of a review: decide, record, answer. What cannot be recorded is not allowed, and
 * what cannot be decided is denied under the mode of its scope; `toFailure` says how.
 */
export async function handleReview(
  review: Review,
  keep: Keep,
  toFailure: (error: unknown) => Failure,
): Promise<Outcome> {
  const startedAt = review.clock()
  let decision: Decision
  try {
    decision = await evaluate(review.request, review.circumstances)
  } catch (error) {
    decision = evaluateFailure(review.request, toFailure(error), review.circumstances)
  }
  const record = recordOf(review, decision, startedAt)
  const keeping = keep(record, decision)
  const kept = keeping instanceof Promise ? await keeping : keeping
  if (kept.kind === 'kept') return toOutcome(decision, record, kept.appended)
  if (!decision.allowed) return toOutcome(decision, record)
  const failure = {
    reason: 'AuditFailed',
    message: 'the record of this decision could not be written. Try again, or ask for solewriter.',
  } as const
  const denial = evaluateFailure(review.request, failure, review.circumstances)
  return toOutcome(denial, recordOf(review, denial, startedAt))
}

/** The same for a review that has to be answered at once; its record follows when it can. */
export function refuseReview(review: Review, failure: Failure): Outcome {
  const decision = evaluateFailure(review.request, failure, review.circumstances)
  return toOutcome(decision, recordOf(review, decision, review.clock()))
}

function toOutcome(decision: Decision, record: AuditRecord, appended?: Appended): Outcome {
  return { decision, record, answer: toAnswer(decision, auditAnnotations(record, appended)) }
}

function recordOf(review: Review, decision: Decision, startedAt: number): AuditRecord {
  const { request, circumstances, peer, config } = review
  return toRecord({
    request,
    decision,
    digests: decision,
    time: recordTime(circumstances.now()),
    cluster: circumstances.clusterUid,
    latencyMs: review.clock() - startedAt,
    config,
    peer,
  })
}
