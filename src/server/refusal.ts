import type { AdmissionRequest } from '../core/admission/request.ts'
import type { AdmissionAnswer } from '../core/admission/response.ts'
import { GuardError } from '../core/errors.ts'

/** Why the server has to answer a review itself. */
export interface ReviewFailure {
  readonly reason: 'ReviewMalformed' | 'DeadlineExceeded' | 'InternalError'
  /** For the user: says nothing about what went wrong inside. */
  readonly message: string
  /** Finds the log line that does. */
  readonly errorId: string
}

/**
 * Turns a failure on a well-formed review into its answer: the mode of the scope may want an allow
 * with a record. Left out, or throwing: a denial.
 */
export type Refuse = (failure: ReviewFailure, request: AdmissionRequest) => AdmissionAnswer

export function toFailure(error: unknown, errorId: string): ReviewFailure {
  if (error instanceof GuardError && error.code === 'ReviewMalformed') {
    return { reason: 'ReviewMalformed', message: `${error.message}.`, errorId }
  }
  if (isOutOfTime(error)) {
    const message = 'no decision was reached in time. Try again.'
    return { reason: 'DeadlineExceeded', message, errorId }
  }
  const message = 'the review could not be decided. The log of solewriter says more under this id.'
  return { reason: 'InternalError', message, errorId }
}

/** Whatever was waited for when time was up, or when the caller hung up, says so in its cause. */
function isOutOfTime(error: unknown): boolean {
  if (error instanceof GuardError && error.code === 'DeadlineExceeded') return true
  return error instanceof Error && error.cause !== undefined && isOutOfTime(error.cause)
}

export function deny(failure: ReviewFailure): AdmissionAnswer {
  return {
    allowed: false,
    message: `[${failure.reason}] ${failure.message} (error ${failure.errorId})`,
    causes: [],
    warnings: [],
    auditAnnotations: { decision: 'deny', 'reason-code': failure.reason },
  }
}
