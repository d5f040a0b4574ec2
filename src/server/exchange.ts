import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AdmissionRequest } from '../core/admission/request.ts'
import { toReview, type AdmissionAnswer } from '../core/admission/response.ts'
import { GuardError } from '../core/errors.ts'
import type { Log } from '../telemetry/log.ts'
import type { Metrics, Rejection } from '../telemetry/metrics.ts'
import { discardBody } from './body.ts'
import { Deadline, deadlineOf } from './deadline.ts'
import { deny, toFailure, type Refuse, type ReviewFailure } from './refusal.ts'
import { closing, sendError, sendJson } from './reply.ts'

/** The deciding code hears of the deadline first and may still answer with its own, recorded denial. */
const graceMs = 100
/** Beyond this a peer that goes on sending is cut off. */
const mostDiscarded = 16 * 1024 * 1024

export interface ExchangeContext {
  readonly now: () => number
  readonly newId: () => string
  readonly log: Log
  readonly metrics: Metrics
  readonly refuse: Refuse | undefined
}

/** One HTTP exchange. Whatever races (answer, deadline, failure): the first one is sent. */
export class Exchange {
  readonly http: IncomingMessage
  readonly #response: ServerResponse
  readonly #context: ExchangeContext
  readonly #deadline: Deadline
  readonly #startedAt: number
  #stage: 'receiving' | 'waiting' | 'deciding' | 'answered' = 'receiving'
  #uid = ''
  #request: AdmissionRequest | undefined

  constructor(http: IncomingMessage, response: ServerResponse, context: ExchangeContext) {
    this.http = http
    this.#response = response
    this.#context = context
    this.#startedAt = context.now()
    this.#deadline = new Deadline(deadlineOf(http.url ?? ''), () => {
      this.#onDeadline()
    })
    response.once('close', () => {
      this.#onClose()
    })
  }

  get signal(): AbortSignal {
    return this.#deadline.signal
  }

  get isAnswered(): boolean {
    return this.#stage === 'answered'
  }

  received(uid: string): void {
    this.#uid = uid
  }

  waits(request: AdmissionRequest): void {
    this.#request = request
    if (!this.isAnswered) this.#stage = 'waiting'
  }

  decides(): void {
    if (!this.isAnswered) this.#stage = 'deciding'
  }

  answer(answer: AdmissionAnswer): void {
    this.#send(answer, answer.allowed ? 'allowed' : 'denied')
  }

  /** Every failure ends here, as an HTTP 200 that denies: fail-closed whatever failurePolicy says. */
  fail(error: unknown): void {
    const failure = toFailure(error, this.#context.newId())
    const isLate = this.isAnswered && failure.reason === 'DeadlineExceeded'
    if (failure.reason === 'InternalError') {
      this.#context.log.error('review_failed', { errorId: failure.errorId, err: toError(error) })
    } else if (!isLate) {
      this.#context.log.warn('review_refused', { errorId: failure.errorId, reason: failure.reason })
    }
    if (this.isAnswered) return
    this.#context.metrics.failed(failure.reason)
    this.#send(this.#refusalFor(failure), 'failed')
  }

  /** Ends without an AdmissionReview: to the API server that is a failed call. */
  async reject(
    why: Rejection,
    status: number,
    headers: Readonly<Record<string, string>> = closing,
  ): Promise<void> {
    if (this.isAnswered) return
    this.#stage = 'answered'
    this.#context.metrics.rejected(why)
    await discardBody(this.http, mostDiscarded)
    this.#deadline.clear()
    sendError(this.#response, status, why, headers)
  }

  #onDeadline(): void {
    if (this.#stage === 'receiving') {
      // Without the whole body there is no uid to answer.
      this.#stage = 'answered'
      this.#context.metrics.rejected('body-late')
      sendError(this.#response, 408, 'body-late', closing)
      return
    }
    const error = new GuardError('DeadlineExceeded', 'no decision was reached in time')
    if (this.#stage === 'waiting') this.fail(error)
    if (this.#stage === 'deciding') {
      setTimeout(() => {
        if (!this.isAnswered) this.fail(error)
      }, graceMs)
    }
  }

  #onClose(): void {
    this.#deadline.clear()
    if (this.isAnswered) return
    this.#stage = 'answered'
    this.#deadline.abort('the caller has hung up')
  }

  #refusalFor(failure: ReviewFailure): AdmissionAnswer {
    const { refuse, log } = this.#context
    // A review that is not well-formed is denied in every mode.
    if (refuse === undefined || this.#request === undefined) return deny(failure)
    if (failure.reason === 'ReviewMalformed') return deny(failure)
    try {
      return refuse(failure, this.#request)
    } catch (error) {
      log.error('refusal_failed', { errorId: failure.errorId, err: toError(error) })
      return deny(failure)
    }
  }

  #send(answer: AdmissionAnswer, outcome: 'allowed' | 'denied' | 'failed'): void {
    if (this.isAnswered) return
    const json = JSON.stringify(toReview(this.#uid, answer))
    this.#stage = 'answered'
    // The exchange lives until its last byte is out: each collection until then would copy the review.
    this.#request = undefined
    this.#deadline.clear()
    sendJson(this.#response, 200, json)
    const { metrics, now } = this.#context
    metrics.reviewed(outcome, Math.max(0, now() - this.#startedAt) / 1000)
  }
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new GuardError('Internal', `a ${typeof error} was thrown`)
}
