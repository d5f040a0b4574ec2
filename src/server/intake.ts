import type { IncomingMessage, ServerResponse } from 'node:http'
import { parseJson } from '../core/admission/parse-json.ts'
import { parseReview, uidOf } from '../core/admission/review.ts'
import type { AdmissionRequest } from '../core/admission/request.ts'
import type { AdmissionAnswer } from '../core/admission/response.ts'
import { GuardError } from '../core/errors.ts'
import type { Json } from '../core/manifest/json.ts'
import { declaredLength, isPlainJson, readBody } from './body.ts'
import { Batches } from './batches.ts'
import { Buffers } from './buffers.ts'
import { Exchange, type ExchangeContext } from './exchange.ts'
import { retryLater } from './reply.ts'
import { Slots, type Lane } from './slots.ts'
import { Turns } from './turns.ts'

/** What the deciding code may know about the exchange. */
export interface Call {
  /** Aborts at the deadline, and when the caller has hung up. */
  readonly signal: AbortSignal
  /** SHA-256 of the caller's certificate; undefined when callers present none. */
  readonly peer: string | undefined
}

export type Handle = (request: AdmissionRequest, call: Call) => Promise<AdmissionAnswer>

export interface IntakeLimits {
  /** Reviews being decided at once. */
  readonly inFlight: number
  /** Part of `inFlight` and of `queue` kept for our own accounts. */
  readonly reserved: number
  readonly queue: number
  /** Bytes of large bodies held at once, from their first byte to the answer. */
  readonly largeBytes: number
}

export interface IntakeOptions extends ExchangeContext {
  readonly handle: Handle
  readonly ownAccounts: (username: string) => boolean
  readonly limits: IntakeLimits
}

// The API server accepts requests of up to 3 MiB (its MaxRequestBodyBytes), and a review carries
// `object` and `oldObject` as JSON: 2 x 3 MiB, and 1 MiB for everything else.
const mostBodyBytes = (2 * 3 + 1) * 1024 * 1024

/** Bodies up to here are never held back: 512 connections can bring at most 32 MiB of them. */
const smallBytes = 64 * 1024
/** From here parsing and deciding take milliseconds: one turn of the event loop does one of these. */
const slowBytes = 256 * 1024
/** What stays allocated for large bodies: as much as the largest one takes. */
const keptBytes = 8 * 1024 * 1024
/** The API server sends 36. Whatever is longer would make the answer as long. */
const longestUid = 128

/** Takes reviews in, as many at once as the limits say, and sees each to its answer. */
export class Intake {
  readonly #options: IntakeOptions
  readonly #reviews: Slots
  readonly #largeBodies: Slots
  readonly #batches = new Batches()
  readonly #turns = new Turns()
  readonly #buffers = new Buffers(keptBytes)
  #open = 0
  #isClosed = false

  constructor(options: IntakeOptions) {
    this.#options = options
    const { inFlight, reserved, queue, largeBytes } = options.limits
    this.#reviews = new Slots({ capacity: inFlight, reserved, queue })
    this.#largeBodies = new Slots({ capacity: largeBytes, reserved: 0, queue })
  }

  /** Exchanges that are not over, whatever they wait for. */
  get open(): number {
    return this.#open
  }

  get load(): { readonly inFlight: number; readonly queued: number } {
    return {
      inFlight: this.#reviews.taken,
      queued: this.#reviews.waiting + this.#largeBodies.waiting,
    }
  }

  /** From now on every review is told to try again, at another replica. */
  close(): void {
    this.#isClosed = true
  }

  /** Never rejects. */
  async accept(
    http: IncomingMessage,
    response: ServerResponse,
    peer: string | undefined,
  ): Promise<void> {
    const exchange = new Exchange(http, response, this.#options)
    this.#open += 1
    try {
      await this.#receive(exchange, peer)
    } catch (error) {
      exchange.fail(error)
    } finally {
      this.#open -= 1
    }
  }

  #receive(exchange: Exchange, peer: string | undefined): Promise<void> {
    const { http } = exchange
    const length = declaredLength(http) ?? mostBodyBytes
    if (this.#isClosed) return exchange.reject('draining', 503, retryLater)
    if (!isPlainJson(http)) return exchange.reject('content-type', 415)
    if (length > mostBodyBytes) return exchange.reject('body-too-large', 413)
    if (length <= smallBytes) return this.#read(exchange, peer)
    return this.#receiveLarge(exchange, peer, length)
  }

  async #receiveLarge(exchange: Exchange, peer: string | undefined, length: number): Promise<void> {
    const bodies = this.#largeBodies
    if (!bodies.tryTake('other', length) && !(await wait(exchange, bodies, 'other', length))) return
    try {
      await this.#read(exchange, peer)
    } finally {
      bodies.release(length)
    }
  }

  async #read(exchange: Exchange, peer: string | undefined): Promise<void> {
    const body = await readBody(exchange.http, mostBodyBytes, this.#allocate)
    if (body.kind === 'too-large') return exchange.reject('body-too-large', 413)
    if (body.kind === 'broken' || exchange.isAnswered) return
    const { bytes } = body
    if (bytes.length > slowBytes) return this.#takeSlowly(exchange, peer, bytes)
    await this.#batches.next()
    if (exchange.isAnswered) return
    return this.#decide(exchange, peer, parse(exchange, bytes))
  }

  async #takeSlowly(exchange: Exchange, peer: string | undefined, bytes: Buffer): Promise<void> {
    await this.#turns.next()
    if (exchange.isAnswered) return
    const request = parse(exchange, bytes)
    this.#buffers.giveBack(bytes)
    exchange.waits(request)
    await this.#turns.again()
    return this.#decide(exchange, peer, request)
  }

  async #decide(
    exchange: Exchange,
    peer: string | undefined,
    request: AdmissionRequest,
  ): Promise<void> {
    exchange.waits(request)
    const lane = this.#options.ownAccounts(request.user.username) ? 'own' : 'other'
    if (!this.#reviews.tryTake(lane) && !(await wait(exchange, this.#reviews, lane))) return
    try {
      exchange.decides()
      const call = new ExchangeCall(exchange, peer)
      exchange.answer(await this.#options.handle(request, call))
    } finally {
      // Not before the work is done, even if the deadline has answered long ago.
      this.#reviews.release()
    }
  }

  readonly #allocate = (length: number): Buffer =>
    length > slowBytes ? this.#buffers.take(length) : Buffer.allocUnsafeSlow(length)
}

async function wait(exchange: Exchange, slots: Slots, lane: Lane, weight = 1): Promise<boolean> {
  const outcome = await slots.wait(lane, exchange.signal, weight)
  if (outcome === 'full') await exchange.reject('overload', 503, retryLater)
  return outcome === 'taken'
}

/**
 * A class for its getter: a getter in an object literal gives each object a hidden class of its own,
 * which keeps the whole review alive until the next full collection.
 */
class ExchangeCall implements Call {
  readonly peer: string | undefined
  readonly #exchange: Exchange

  constructor(exchange: Exchange, peer: string | undefined) {
    this.peer = peer
    this.#exchange = exchange
  }

  get signal(): AbortSignal {
    return this.#exchange.signal
  }
}

/**
 * The uid where the API server writes it, before anything that a client chose: what cannot be read
 * further is denied all the same. Without a uid the API server would call that a failed call.
 */
function uidAtHead(bytes: Buffer): string {
  const head = bytes.toString('latin1', 0, 512)
  return /"request":\{"uid":"([\w-]{1,128})"/.exec(head)?.[1] ?? ''
}

function parse(exchange: Exchange, bytes: Buffer): AdmissionRequest {
  const json = parseBody(exchange, bytes)
  exchange.received(uidOf(json))
  return parseReview(json)
}

function parseBody(exchange: Exchange, bytes: Buffer): Json {
  try {
    const json = parseJson(bytes)
    if (uidOf(json).length <= longestUid) return json
    throw new GuardError(
      'ReviewMalformed',
      `request.uid must be at most ${String(longestUid)} characters`,
    )
  } catch (error) {
    exchange.received(uidAtHead(bytes))
    throw error
  }
}
