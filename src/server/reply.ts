import type { ServerResponse } from 'node:http'

/** One write: head and body of a small answer travel in the same TLS record. */
export function sendJson(
  response: ServerResponse,
  status: number,
  json: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.headersSent || response.destroyed) return
  response.writeHead(status, {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(json),
    ...headers,
  })
  response.end(json)
}

export function sendError(
  response: ServerResponse,
  status: number,
  error: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  sendJson(response, status, JSON.stringify({ error }), headers)
}

export const closing = { Connection: 'close' } as const

/** The API server retries a 5xx with Retry-After inside its timeout; a bare reset it does not. */
export const retryLater = { ...closing, 'Retry-After': '1' } as const
