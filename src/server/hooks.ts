import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import type { Log } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { declaredLength, discardBody, readBody } from './body.ts'
import type { PlainServer } from './health.ts'
import { closeNow, listen, type Address } from './listener.ts'
import { closing, sendError, sendJson } from './reply.ts'
import { TokenBuckets, type Rate } from './token-bucket.ts'

export interface HooksServerOptions {
  readonly listen: Address
  /** Whether the policy has this repository and a secret for its notifications. */
  readonly isKnown: (repository: string) => boolean
  /** Checks the signature over exactly these bytes. A failure counts as a no. */
  readonly verify: (
    repository: string,
    headers: IncomingHttpHeaders,
    body: Buffer,
  ) => boolean | Promise<boolean>
  /** Starts a fetch and returns at once. What was pushed is for the fetch to see: the body is not read. */
  readonly notify: (repository: string) => void
  readonly rate?: Rate
  readonly now: () => number
  readonly metrics: Metrics
  readonly log: Log
}

const mostBytes = 1024 * 1024
const mostDiscarded = 4 * mostBytes
const defaultRate: Rate = { burst: 20, perMinute: 60 }

type Outcome = 'accepted' | 'unknown' | 'limited' | 'too-large' | 'refused' | 'broken'

const answers: Readonly<Record<Exclude<Outcome, 'broken'>, readonly [number, string]>> = {
  accepted: [202, 'accepted'],
  unknown: [404, 'path'],
  limited: [429, 'too-many'],
  'too-large': [413, 'body-too-large'],
  refused: [401, 'not-verified'],
}

/** `POST /hooks/<repository>`: push notifications, which say no more than "look now". */
export function createHooksServer(options: HooksServerOptions): PlainServer {
  const buckets = new TokenBuckets(options.rate ?? defaultRate, options.now)
  const server = createServer(
    { headersTimeout: 5000, requestTimeout: 10_000, keepAliveTimeout: 5000 },
    (request, response) => {
      receive(request, response, { ...options, buckets }).catch((error: unknown) => {
        options.log.error('push_notification_failed', { err: error as Error })
        sendError(response, 500, 'internal', closing)
      })
    },
  )
  server.maxConnections = 64
  return { start: () => listen(server, options.listen), stop: () => closeNow(server) }
}

interface Desk extends HooksServerOptions {
  readonly buckets: TokenBuckets
}

async function receive(
  request: IncomingMessage,
  response: ServerResponse,
  desk: Desk,
): Promise<void> {
  const repository = repositoryOf(request.url ?? '')
  if (request.method !== 'POST') {
    sendError(response, 405, 'method', { ...closing, Allow: 'POST' })
    return
  }
  const isKnown = repository !== undefined && desk.isKnown(repository)
  const outcome = isKnown ? await judge(request, repository, desk) : 'unknown'
  if (outcome === 'broken') return
  if (isKnown) count(repository, outcome, desk)
  await discardBody(request, mostDiscarded)
  const [status, word] = answers[outcome]
  if (status === 202) sendJson(response, status, JSON.stringify({ status: word }))
  else sendError(response, status, word, closing)
}

async function judge(request: IncomingMessage, repository: string, desk: Desk): Promise<Outcome> {
  // Before the body and its hash: whoever has no secret must not keep us busy either.
  if (!desk.buckets.take(repository)) return 'limited'
  if ((declaredLength(request) ?? 0) > mostBytes) return 'too-large'
  const body = await readBody(request, mostBytes)
  if (body.kind !== 'whole') return body.kind
  if (!(await isVerified(request, repository, { desk, bytes: body.bytes }))) return 'refused'
  desk.notify(repository)
  return 'accepted'
}

async function isVerified(
  request: IncomingMessage,
  repository: string,
  { desk, bytes }: { readonly desk: Desk; readonly bytes: Buffer },
): Promise<boolean> {
  try {
    return await desk.verify(repository, request.headers, bytes)
  } catch (error) {
    desk.log.warn('push_notification_unverifiable', { repository, err: error as Error })
    return false
  }
}

/** Only names that could stand in a policy: nothing is decoded, so nothing has two spellings. */
function repositoryOf(url: string): string | undefined {
  return /^\/hooks\/([A-Za-z0-9][A-Za-z0-9._-]{0,62})(?:\?.*)?$/.exec(url)?.[1]
}

function count(repository: string, outcome: Outcome, { metrics, log }: Desk): void {
  if (outcome === 'accepted') metrics.pushed(repository, 'accepted')
  else metrics.pushed(repository, outcome === 'limited' ? 'limited' : 'refused')
  if (outcome === 'refused') log.warn('push_notification_refused', { repository })
}
