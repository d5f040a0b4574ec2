import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { TLSSocket } from 'node:tls'
import { GuardError } from '../core/errors.ts'
import { at, type Json } from '../core/manifest/json.ts'
import type { Log } from '../telemetry/log.ts'
import { declaredLength, isPlainJson, readBody } from './body.ts'
import { identifyCaller, type Caller, type CallerAuthentication } from './caller.ts'
import { closeNow, listen, type Address } from './listener.ts'
import { closing, retryLater, sendError, sendJson } from './reply.ts'
import { Slots } from './slots.ts'
import { callerOptions, tlsContext, type ServingPair } from './tls-context.ts'

type BatchRefusal = 'caller' | 'malformed' | 'too-large' | 'overload' | 'not-kept'

export interface AuditEventsOptions {
  readonly listen: Address
  readonly tls: ServingPair
  readonly callerAuth: CallerAuthentication
  /** Resolves once nothing of these events can be lost; rejects if they have to be sent again. */
  readonly take: (events: readonly Json[], signal: AbortSignal) => Promise<void>
  readonly onRefused: (why: BatchRefusal) => void
  readonly log: Log
  /** Of a batch, from its first byte. */
  readonly deadlineMs?: number
}

export interface AuditEventsServer {
  start(): Promise<{ readonly port: number }>
  setCertificate(tls: ServingPair): void
  setClientCa(clientCaPem: string): void
  /** What is on the way is not answered, and so is sent again. */
  stop(): Promise<void>
}

/**
 * The API server puts 400 events into a batch: a megabyte or so at level Metadata. Somebody could fill
 * each with a URL of a megabyte; such a batch is refused, counted, and an alert.
 */
const mostBytes = 16 * 1024 * 1024
const atOnce = 4
const waiting = 8
/** The API server waits for 30. */
const twentySeconds = 20_000

/** Where the audit webhook of the API server sends its events: HTTPS, `POST /audit`, nothing else. */
export function createAuditEventsServer(options: AuditEventsOptions): AuditEventsServer {
  return new BatchServer(options)
}

class BatchServer implements AuditEventsServer {
  readonly #options: AuditEventsOptions
  readonly #server: Server
  readonly #callers = new WeakMap<object, Caller>()
  readonly #slots = new Slots({ capacity: atOnce, reserved: 0, queue: waiting })
  readonly #stopping = new AbortController()
  #tls: ServingPair
  #callerAuth: CallerAuthentication
  #complaint = ''

  constructor(options: AuditEventsOptions) {
    this.#options = options
    this.#tls = options.tls
    this.#callerAuth = options.callerAuth
    this.#server = createServer(
      {
        ...httpOptions,
        ...tlsContext(this.#tls, this.#callerAuth),
        ...callerOptions(this.#callerAuth),
      },
      (request, response) => {
        void this.#receive(request, response)
      },
    )
    this.#server.maxConnections = 64
    this.#server.on('secureConnection', (socket: TLSSocket) => {
      this.#callers.set(socket, identifyCaller(socket, this.#callerAuth))
    })
    this.#server.on('tlsClientError', () => {
      options.onRefused('caller')
    })
  }

  start(): Promise<{ readonly port: number }> {
    return listen(this.#server, this.#options.listen)
  }

  setCertificate(tls: ServingPair): void {
    this.#server.setSecureContext(tlsContext(tls, this.#callerAuth))
    this.#tls = tls
  }

  setClientCa(clientCaPem: string): void {
    if (this.#callerAuth.kind === 'none') return
    const callerAuth = { ...this.#callerAuth, clientCaPem }
    this.#server.setSecureContext(tlsContext(this.#tls, callerAuth))
    this.#callerAuth = callerAuth
  }

  stop(): Promise<void> {
    this.#stopping.abort()
    return closeNow(this.#server)
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const caller = this.#callers.get(request.socket)
    if (caller?.kind !== 'known') {
      this.#refuse(response, 403, 'caller')
      return
    }
    const [path] = (request.url ?? '').split('?', 1)
    if (path !== '/audit') sendError(response, 404, 'path', closing)
    else if (request.method !== 'POST')
      sendError(response, 405, 'method', { ...closing, Allow: 'POST' })
    else await this.#accept(request, response)
  }

  async #accept(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!isPlainJson(request)) return this.#refuse(response, 415, 'malformed')
    if ((declaredLength(request) ?? 0) > mostBytes) {
      return this.#refuse(response, 413, 'too-large')
    }
    const limit = AbortSignal.timeout(this.#options.deadlineMs ?? twentySeconds)
    const signal = AbortSignal.any([this.#stopping.signal, limit])
    // The body stays on the wire until there is room for it.
    const isFree =
      this.#slots.tryTake('other') || (await this.#slots.wait('other', signal)) === 'taken'
    if (!isFree) return this.#refuse(response, 503, 'overload')
    try {
      await this.#take(request, response, signal)
    } catch (error) {
      this.#complain(error as Error)
      this.#refuse(response, 503, 'not-kept')
    } finally {
      this.#slots.release()
    }
  }

  async #take(
    request: IncomingMessage,
    response: ServerResponse,
    signal: AbortSignal,
  ): Promise<void> {
    const body = await readBody(request, mostBytes)
    if (body.kind === 'broken') return
    if (body.kind === 'too-large') return this.#refuse(response, 413, 'too-large')
    const events = eventsIn(body.bytes)
    if (events === undefined) return this.#refuse(response, 400, 'malformed')
    await this.#options.take(events, signal)
    this.#complaint = ''
    sendJson(response, 200, '{}')
  }

  #refuse(response: ServerResponse, status: number, why: BatchRefusal): void {
    this.#options.onRefused(why)
    sendError(response, status, why, status === 503 ? retryLater : closing)
  }

  /** Once for each trouble, not for each batch. */
  #complain(error: Error): void {
    const message = error instanceof GuardError ? error.message : error.name
    if (this.#stopping.signal.aborted || message === this.#complaint) return
    this.#complaint = message
    this.#options.log.error('audit_events_not_kept', { err: error })
  }
}

const httpOptions = {
  keepAliveTimeout: 120_000,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 2000,
  handshakeTimeout: 10_000,
  maxHeaderSize: 16 * 1024,
  ALPNProtocols: ['http/1.1'],
}

/** Undefined for what is no list of events. */
function eventsIn(bytes: Buffer): readonly Json[] | undefined {
  try {
    const list = JSON.parse(bytes.toString('utf8')) as Json
    const items = at(list, 'items')
    return at(list, 'kind') === 'EventList' && Array.isArray(items)
      ? (items as readonly Json[])
      : undefined
  } catch {
    return undefined
  }
}
