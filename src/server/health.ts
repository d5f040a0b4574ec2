import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Log } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { closeNow, listen, type Address } from './listener.ts'
import { sendError, sendJson } from './reply.ts'

export interface Check {
  readonly name: string
  readonly ok: boolean
  readonly detail: string
}

export interface Readiness {
  /**
   * Policy and certificate are there and nothing is draining. A mirror that is missing or stale is a
   * failed check that leaves this true: it denies its own claims, and must not take the gate down.
   */
  readonly ready: boolean
  readonly checks: readonly Check[]
}

export interface HealthServerOptions {
  readonly listen: Address
  readonly readiness: () => Readiness
  readonly metrics: Metrics
  readonly log: Log
}

export interface PlainServer {
  start(): Promise<{ readonly port: number }>
  stop(): Promise<void>
}

/** `/livez`, `/readyz` and `/metrics`, in plain HTTP: for the kubelet and the scraper. */
export function createHealthServer(options: HealthServerOptions): PlainServer {
  const server = createServer(
    { headersTimeout: 5000, requestTimeout: 5000 },
    (request, response) => {
      answer(request, response, options).catch((error: unknown) => {
        options.log.error('health_request_failed', { err: error as Error })
        sendError(response, 500, 'internal')
      })
    },
  )
  server.maxConnections = 64
  return { start: () => listen(server, options.listen), stop: () => closeNow(server) }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: HealthServerOptions,
): Promise<void> {
  const path = (request.url ?? '').split('?', 1)[0]
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    sendError(response, 405, 'method', { Allow: 'GET, HEAD' })
    return
  }
  // Alive is whoever answers: an event loop that hangs does not.
  if (path === '/livez') sendJson(response, 200, '{"alive":true}')
  else if (path === '/readyz') sendReadiness(response, options.readiness())
  else if (path === '/metrics') await sendMetrics(response, options.metrics)
  else sendError(response, 404, 'path')
}

function sendReadiness(response: ServerResponse, readiness: Readiness): void {
  sendJson(response, readiness.ready ? 200 : 503, JSON.stringify(readiness))
}

async function sendMetrics(response: ServerResponse, metrics: Metrics): Promise<void> {
  const text = await metrics.exposition()
  response.writeHead(200, {
    'Content-Type': metrics.contentType,
    'Content-Length': Buffer.byteLength(text),
  })
  response.end(text)
}
