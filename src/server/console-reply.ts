import type { ServerResponse } from 'node:http'
import { consolePolicy } from '../core/console/styles.ts'

const always = {
  'Content-Security-Policy': consolePolicy,
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  // Without any referrer a browser would not say either where a form comes from.
  'Referrer-Policy': 'same-origin',
  'Cache-Control': 'no-store',
} as const

export type Headers = Readonly<Record<string, string | readonly string[]>>

export function sendPage(
  response: ServerResponse,
  { status, text }: { readonly status: number; readonly text: string },
  headers: Headers = {},
): void {
  send(response, { status, text, type: 'text/html; charset=utf-8' }, headers)
}

export function sendIcon(response: ServerResponse, text: string): void {
  send(response, { status: 200, text, type: 'image/svg+xml' }, {})
}

/** Fetched with GET, whatever was sent before. */
export function sendElsewhere(response: ServerResponse, to: string, headers: Headers = {}): void {
  send(response, { status: 303, text: '', type: 'text/plain' }, { ...headers, Location: to })
}

function send(
  response: ServerResponse,
  { status, text, type }: { readonly status: number; readonly text: string; readonly type: string },
  headers: Headers,
): void {
  if (response.headersSent || response.destroyed) return
  response.writeHead(status, {
    ...always,
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(text),
    ...(headers as Record<string, string | string[]>),
  })
  response.end(text)
}
