import { createServer as createPlain, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createSecure, type Server as SecureServer } from 'node:https'
import express, { type ErrorRequestHandler } from 'express'
import { icon, type Site } from '../core/console/frame.ts'
import { toStart } from '../core/console/problem-page.ts'
import type { Log } from '../telemetry/log.ts'
import { isForThisMachine } from './console-cookies.ts'
import { ConsoleDesk, notFound, pathOfOurs, signalOf } from './console-desk.ts'
import { ConsoleGuard, type Asker, type Review } from './console-guard.ts'
import { sendElsewhere, sendIcon, sendPage } from './console-reply.ts'
import type { PlainServer } from './health.ts'
import { closeNow, listen, type Address } from './listener.ts'

export interface ConsoleRequest {
  readonly path: string
  readonly query: URLSearchParams
  readonly site: Site
}

export interface ConsoleAnswer {
  readonly status: number
  /** The whole page. */
  readonly text: string
}

/** What there is to look at. */
export interface ConsolePages {
  /** What every page says; nobody is known yet. */
  site(): Site
  /** Undefined where there is no such page. */
  answer(request: ConsoleRequest, signal: AbortSignal): Promise<ConsoleAnswer | undefined>
}

export interface ConsoleServerOptions {
  readonly listen: Address
  readonly tls: { readonly certificatePem: string; readonly keyPem: string } | undefined
  /** `none`: whoever reaches the port of this machine. */
  readonly review: Review | 'none'
  readonly pages: ConsolePages
  readonly now: () => number
  readonly newSecret: () => string
  readonly log: Log
}

export interface ConsoleServer extends PlainServer {
  /** For new connections. */
  setCertificate(tls: { readonly certificatePem: string; readonly keyPem: string }): void
}

const limits = {
  headersTimeout: 5000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5000,
  maxHeaderSize: 64 * 1024,
}
const tlsOptions = { minVersion: 'TLSv1.2', ALPNProtocols: ['http/1.1'] } as const

/** The read-only pages: server-rendered, without a script, for whom the cluster lets look. */
export function createConsoleServer(options: ConsoleServerOptions): ConsoleServer {
  const { tls } = options
  const app = createApp(options)
  const server =
    tls === undefined
      ? createPlain(limits, app)
      : createSecure({ ...limits, ...tlsOptions, cert: tls.certificatePem, key: tls.keyPem }, app)
  server.maxConnections = 128
  return {
    start: () => listen(server, options.listen),
    stop: () => closeNow(server),
    setCertificate({ certificatePem, keyPem }) {
      const isSecure = (one: unknown): one is SecureServer => tls !== undefined && one === server
      if (isSecure(server)) {
        server.setSecureContext({ ...tlsOptions, cert: certificatePem, key: keyPem })
      }
    },
  }
}

interface Context extends ConsoleServerOptions {
  readonly guard: ConsoleGuard | undefined
  readonly desk: ConsoleDesk
}

function createApp(options: ConsoleServerOptions) {
  const { review, now, newSecret, log, pages } = options
  const isSecure = options.tls !== undefined
  const guard = new ConsoleGuard({
    review: review === 'none' ? () => Promise.resolve({ kind: 'unknown' }) : review,
    isSecure,
    now,
    newSecret,
    log,
  })
  const desk = new ConsoleDesk({ guard, isSecure, newSecret, site: () => pages.site() })
  const context = { ...options, desk, guard: review === 'none' ? undefined : guard }
  const app = express()
  for (const setting of ['x-powered-by', 'etag', 'query parser']) app.set(setting, false)
  for (const setting of ['case sensitive routing', 'strict routing']) app.enable(setting)
  app.get('/icon.svg', (_request, response) => {
    sendIcon(response, icon)
  })
  if (context.guard !== undefined) addSignIn(app, desk)
  app.use((request, response) => show(request, response, context))
  // Four parameters mark it.
  const onError: ErrorRequestHandler = (error, _request, response, _next) => {
    log.error('console_request_failed', { err: error as Error })
    desk.refuse(response, 500, broken)
  }
  app.use(onError)
  return app
}

const broken = {
  title: 'Something failed',
  what: ['The log of the controller says what, under console_request_failed.'],
  wayOut: toStart,
}

function addSignIn(app: ReturnType<typeof express>, desk: ConsoleDesk): void {
  app.get('/sign-in', (request, response) => {
    const { searchParams } = addressOf(request)
    desk.showForm(request, response, { to: pathOfOurs(searchParams.get('to')) })
  })
  app.post('/sign-in', (request, response) => desk.signIn(request, response))
  app.post('/sign-out', (request, response) => desk.signOut(request, response))
}

async function show(
  request: IncomingMessage,
  response: ServerResponse,
  context: Context,
): Promise<void> {
  const { desk, pages } = context
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    desk.refuse(response, 405, onlyLook, { Allow: 'GET, HEAD' })
    return
  }
  const signal = signalOf(response)
  const asker = await askerOf(request, signal, context)
  if (asker === 'elsewhere') {
    desk.refuse(response, 421, wrongName)
    return
  }
  if (asker !== undefined && asker.kind !== 'viewer') {
    desk.turnAway(request, response, asker)
    return
  }
  const { pathname: path, searchParams: query } = addressOf(request)
  const site = siteFor(pages.site(), asker)
  const answer = await pages.answer({ path, query, site }, signal)
  if (answer === undefined && path === '/sign-in') sendElsewhere(response, '/')
  else if (answer === undefined) desk.refuse(response, 404, notFound)
  else sendPage(response, answer)
}

const onlyLook = {
  title: 'There is only to look at',
  what: ['Pages of the console are read: nothing is changed here.'],
  wayOut: toStart,
}

const wrongName = {
  title: 'Wrong name',
  what: ['Without sign-in the console answers to localhost, 127.0.0.1 and [::1] alone.'],
  wayOut: toStart,
}

/** Undefined where nobody has to sign in. */
async function askerOf(
  request: IncomingMessage,
  signal: AbortSignal,
  { guard }: Context,
): Promise<Asker | 'elsewhere' | undefined> {
  if (guard !== undefined) return guard.askerOf(request, signal)
  return isForThisMachine(request) ? undefined : 'elsewhere'
}

function siteFor(site: Site, asker: (Asker & { readonly kind: 'viewer' }) | undefined): Site {
  if (asker === undefined) return { ...site, isOpen: true }
  return { ...site, viewer: asker.username, formToken: asker.session?.formToken ?? '' }
}

/** Of the path alone: the host is whatever the other side says. */
function addressOf({ url = '/' }: IncomingMessage): URL {
  return new URL(`http://console${url.startsWith('/') ? url : '/'}`)
}
