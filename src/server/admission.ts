import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server, type ServerOptions } from 'node:https'
import { randomUUID } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import express, { type ErrorRequestHandler } from 'express'
import type { Log } from '../telemetry/log.ts'
import type { Metrics, Rejection } from '../telemetry/metrics.ts'
import { identifyCaller, type Caller, type CallerAuthentication } from './caller.ts'
import { Intake, type Handle, type IntakeLimits } from './intake.ts'
import { closeNow, listen, type Address } from './listener.ts'
import type { Refuse } from './refusal.ts'
import { closing, sendError } from './reply.ts'
import { callerOptions, tlsContext, type ServingPair } from './tls-context.ts'

export type { Call, Handle } from './intake.ts'
export type { Refuse } from './refusal.ts'
export type { CallerAuthentication } from './caller.ts'

interface AdmissionLimits extends IntakeLimits {
  readonly connections: number
}

interface DrainTimes {
  /** How long load balancers may still send reviews after readiness has gone. */
  readonly lameDuckMs: number
  /** How long reviews in flight may take after that. */
  readonly lastReviewMs: number
}

export interface AdmissionServerOptions {
  readonly listen: Address
  readonly tls: ServingPair
  readonly callerAuth: CallerAuthentication
  readonly handle: Handle
  /** Whether this is one of our own accounts, whose reviews have reserved slots. */
  readonly ownAccounts: (username: string) => boolean
  readonly refuse?: Refuse
  readonly limits?: Partial<AdmissionLimits>
  readonly drain?: Partial<DrainTimes>
  readonly metrics: Metrics
  readonly log: Log
  /** Milliseconds; only differences are used, so a monotonic clock is best. */
  readonly now: () => number
  readonly newId?: () => string
}

export interface AdmissionServer {
  start(): Promise<{ readonly port: number }>
  /** For new connections; those that are open go on. Throws, and keeps the old one, if it is unusable. */
  setCertificate(tls: ServingPair): void
  /** For new connections: the authorities of callers, when they rotate. */
  setClientCa(clientCaPem: string): void
  /** Resolves when everything is answered and closed. Readiness must say no before it is called. */
  drain(): Promise<void>
  /** At once, without answering what is in flight. */
  stop(): Promise<void>
}

const defaultLimits: AdmissionLimits = {
  inFlight: 64,
  reserved: 8,
  queue: 256,
  largeBytes: 16 * 1024 * 1024,
  connections: 512,
}

const defaultDrain: DrainTimes = { lameDuckMs: 15_000, lastReviewMs: 6000 }

/** The listener of the API server: HTTPS, HTTP/1.1, `POST /validate` and nothing else. */
export function createAdmissionServer(options: AdmissionServerOptions): AdmissionServer {
  return new ExpressAdmissionServer(options)
}

class ExpressAdmissionServer implements AdmissionServer {
  readonly #options: AdmissionServerOptions
  readonly #intake: Intake
  readonly #server: Server
  readonly #callers = new WeakMap<object, Caller>()
  #tls: ServingPair
  #callerAuth: CallerAuthentication
  #isDraining = false

  constructor(options: AdmissionServerOptions) {
    this.#options = options
    this.#tls = options.tls
    this.#callerAuth = options.callerAuth
    const limits = { ...defaultLimits, ...options.limits }
    const { handle, ownAccounts, refuse, metrics, log, now, newId = randomUUID } = options
    this.#intake = new Intake({ handle, ownAccounts, refuse, metrics, log, now, newId, limits })
    const app = createApp(metrics)
    this.#server = createServer({ ...httpOptions, ...this.#tlsOptions() }, (request, response) => {
      this.#receive(request, response, app)
    })
    this.#server.maxConnections = limits.connections
    this.#watchConnections()
  }

  async start(): Promise<{ readonly port: number }> {
    const { callerAuth, log, metrics } = this.#options
    metrics.setCallerAuthentication(callerAuth.kind)
    metrics.setLoadSource(() => this.#intake.load)
    if (callerAuth.kind === 'none') {
      log.warn('callers_not_authenticated', {
        risk: 'whoever reaches this port can ask for decisions: restrict it with a NetworkPolicy, or use mtls',
      })
    }
    return listen(this.#server, this.#options.listen)
  }

  setCertificate(tls: ServingPair): void {
    // All of it again: what is left out would fall back to its default, the client CA included.
    this.#server.setSecureContext(tlsContext(tls, this.#callerAuth))
    this.#tls = tls
  }

  setClientCa(clientCaPem: string): void {
    if (this.#callerAuth.kind === 'none') return
    const callerAuth = { ...this.#callerAuth, clientCaPem }
    this.#server.setSecureContext(tlsContext(this.#tls, callerAuth))
    this.#callerAuth = callerAuth
  }

  async drain(): Promise<void> {
    if (this.#isDraining || !this.#server.listening) return
    const times = { ...defaultDrain, ...this.#options.drain }
    this.#isDraining = true
    this.#options.log.info('drain_started', { open: this.#intake.open })
    await sleep(times.lameDuckMs)
    this.#intake.close()
    // Also closes idle connections. Those with a review in flight close with its answer.
    this.#server.close()
    await this.#settle(times.lastReviewMs)
    await closeNow(this.#server)
    this.#options.log.info('drain_ended', { open: this.#intake.open })
  }

  stop(): Promise<void> {
    this.#isDraining = true
    this.#intake.close()
    return closeNow(this.#server)
  }

  async #settle(mostMs: number): Promise<void> {
    const { now } = this.#options
    const end = now() + mostMs
    while (this.#intake.open > 0 && now() < end) await sleep(20)
  }

  #receive(
    request: IncomingMessage,
    response: ServerResponse,
    app: (request: IncomingMessage, response: ServerResponse) => void,
  ): void {
    if (this.#isDraining) response.shouldKeepAlive = false
    const caller = this.#callers.get(request.socket)
    if (caller?.kind === 'known') {
      // Past Express, whose routing costs as much as all the rest of HTTP does for a small review.
      if (isReview(request)) void this.#intake.accept(request, response, caller.fingerprint)
      else app(request, response)
      return
    }
    sendError(response, 403, caller?.why ?? 'no-certificate', closing)
  }

  /** Callers are identified once for each connection: no session is ever resumed. */
  #watchConnections(): void {
    const { metrics, log } = this.#options
    this.#server.on('secureConnection', (socket: TLSSocket) => {
      const caller = identifyCaller(socket, this.#callerAuth)
      this.#callers.set(socket, caller)
      if (caller.kind === 'known') return
      metrics.callerRefused(caller.why)
      log.warn('caller_refused', { reason: caller.why })
    })
    this.#server.on('tlsClientError', (error: Error) => {
      // Anybody who can connect can cause these: counted, and a line only for who wants it.
      metrics.callerRefused('no-certificate')
      log.debug('handshake_failed', { err: error })
    })
    this.#server.on('drop', () => {
      metrics.rejected('connection-limit')
    })
  }

  #tlsOptions(): ServerOptions {
    return {
      ...tlsContext(this.#tls, this.#callerAuth),
      ...callerOptions(this.#callerAuth),
    }
  }
}

const httpOptions: ServerOptions = {
  // The API server keeps idle connections for 90 s, and does not repeat a POST on one that closes.
  keepAliveTimeout: 120_000,
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  connectionsCheckingInterval: 2000,
  handshakeTimeout: 10_000,
  maxHeaderSize: 16 * 1024,
  ALPNProtocols: ['http/1.1'],
}

function isReview({ method, url = '' }: IncomingMessage): boolean {
  return method === 'POST' && (url === '/validate' || url.startsWith('/validate?'))
}

/** Everything that is no review. */
function createApp(metrics: Metrics) {
  const app = express()
  for (const setting of ['x-powered-by', 'etag', 'query parser']) app.set(setting, false)
  for (const setting of ['case sensitive routing', 'strict routing']) app.enable(setting)
  const refuse = (response: ServerResponse, status: number, why: Rejection) => {
    metrics.rejected(why)
    sendError(response, status, why, status === 405 ? { ...closing, Allow: 'POST' } : closing)
  }
  app.all('/validate', (_request, response) => {
    refuse(response, 405, 'method')
  })
  app.use((_request, response) => {
    refuse(response, 404, 'path')
  })
  // What Express itself throws, such as for a path with broken escapes. Four parameters mark it.
  const onError: ErrorRequestHandler = (_error, _request, response, _next) => {
    refuse(response, 400, 'path')
  }
  app.use(onError)
  return app
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}
