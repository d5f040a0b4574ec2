import { Agent, request as httpsRequest, type RequestOptions } from 'node:https'
import { GuardError } from '../core/errors.ts'
import { canonicalJson } from '../core/manifest/canonical.ts'
import { stringAt } from '../core/manifest/json.ts'
import { openStream, type ApiStream, type StreamRequest } from './api-stream.ts'
import { loadCredentials, type ClusterSource } from './credentials.ts'
import {
  optionsOf,
  readAnswer,
  whyNot,
  type ApiAnswer,
  type ApiRequest,
  type Exchange,
} from './exchange.ts'
import { pause, until } from './wait.ts'

// The typed clients of @kubernetes/client-node drop fields that they do not know, never time out,
// and put response bodies into the messages of their errors. Only its credentials are used.

export type { ApiAnswer } from './exchange.ts'

/** Any HTTP status is an answer; ClusterUnreachable means that there was none. */
export interface Api {
  /** Host and port, for people. */
  readonly host: string
  send(request: ApiRequest): Promise<ApiAnswer>
  /** For an answer that goes on, such as a watch; each has a connection of its own. */
  stream(request: StreamRequest): Promise<ApiStream | ApiAnswer>
  /** Ends idle connections, which would keep the process up. */
  close(): void
}

export const patchType = {
  merge: { 'content-type': 'application/merge-patch+json' },
  json: { 'content-type': 'application/json-patch+json' },
} as const

const tenSeconds = 10_000
const mostAttempts = 4
const longestWait = 5_000

/** Throws SettingsInvalid for a source that cannot be used; nothing is sent yet. */
export function connect(source: ClusterSource): Api {
  const credentials = loadCredentials(source)
  // A connection that the server has closed meanwhile shows as a reset; reads are then sent again.
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 4, timeout: 60_000 })
  const ownConnections = new Agent()
  return {
    host: credentials.server.host,
    send: (request) => sendUntilAnswered({ credentials, agent, request }),
    stream: (request) => openStream({ credentials, agent: ownConnections, request }),
    close: () => {
      agent.destroy()
      ownConnections.destroy()
    },
  }
}

export function isGood({ status }: ApiAnswer): boolean {
  return status >= 200 && status < 300
}

/** For answers that leave nothing to decide; names what was asked, never what came back. */
export function unexpected(what: string, { status, body }: ApiAnswer): GuardError {
  const reason = stringAt(body, 'reason')
  const word = reason !== undefined && /^[A-Za-z]{1,40}$/.test(reason) ? ` ${reason}` : ''
  return new GuardError('ClusterUnreachable', `${what}: the API server answers ${status}${word}`)
}

async function sendUntilAnswered(exchange: Exchange): Promise<ApiAnswer> {
  const { request } = exchange
  const limit = AbortSignal.timeout(Math.ceil(request.timeoutMs ?? tenSeconds))
  const signal = request.signal === undefined ? limit : AbortSignal.any([request.signal, limit])
  try {
    signal.throwIfAborted()
    return await attempt(exchange, signal)
  } catch (cause) {
    if (cause instanceof GuardError) throw cause
    const { host } = exchange.credentials.server
    throw new GuardError('ClusterUnreachable', `no answer from ${host}: ${whyNot(cause, limit)}`, {
      cause,
    })
  }
}

async function attempt(exchange: Exchange, signal: AbortSignal): Promise<ApiAnswer> {
  for (let count = 1; ; count += 1) {
    const answer = await sendOnce(exchange, signal)
    const wait = retryAfter(answer)
    if (wait === undefined || count === mostAttempts) return answer
    await pause(wait, signal)
    signal.throwIfAborted()
  }
}

/** Refused before anything was done: the API server's own words for "again, a little later". */
function retryAfter({ status, headers }: ApiAnswer): number | undefined {
  if (status !== 429 && status !== 503) return undefined
  const seconds = Number(headers['retry-after'])
  if (!Number.isFinite(seconds) || seconds < 0) return undefined
  return Math.min(seconds * 1000, longestWait)
}

async function sendOnce(exchange: Exchange, signal: AbortSignal): Promise<ApiAnswer> {
  // A credential plugin may wait for somebody to log in.
  const options = await until(optionsOf(exchange), signal)
  try {
    return await transmit(options, exchange.request, signal)
  } catch (error) {
    const isRead = exchange.request.method === 'GET'
    if (!isRead || signal.aborted || !isReset(error)) throw error
    return transmit(options, exchange.request, signal)
  }
}

function transmit(
  options: RequestOptions,
  { body, mostBytes }: ApiRequest,
  signal: AbortSignal,
): Promise<ApiAnswer> {
  return new Promise((resolve, reject) => {
    const sent = httpsRequest({ ...options, signal }, (response) => {
      readAnswer(response, mostBytes).then(resolve, reject)
    })
    sent.once('error', reject)
    sent.end(body === undefined ? undefined : canonicalJson(body))
  })
}

function isReset(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown }
  return code === 'ECONNRESET' || code === 'EPIPE'
}
