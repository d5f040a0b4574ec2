import type { Agent, RequestOptions } from 'node:https'
import { parseJson } from '../core/admission/parse-json.ts'
import type { Json } from '../core/manifest/json.ts'
import type { Credentials } from './credentials.ts'

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** From the root, encoded: see paths.ts. */
  readonly path: string
  readonly body?: Json
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
  readonly timeoutMs?: number
  /** Of the answer; more is a failure. */
  readonly mostBytes?: number
}

type AnswerHeaders = Readonly<Record<string, string | string[] | undefined>>

export interface ApiAnswer {
  readonly status: number
  /** Undefined when it is no JSON. Of a failure it is the Status, whose message is not for logs. */
  readonly body: Json | undefined
  readonly headers: AnswerHeaders
}

export interface Exchange<Request extends ApiRequest = ApiRequest> {
  readonly credentials: Credentials
  readonly agent: Agent
  readonly request: Request
}

/** An object has at most 3 MiB; a list of all webhook configurations or Leases is far below. */
const longestAnswer = 64 * 1024 * 1024

/** The request with the credentials of this moment. */
export async function optionsOf({
  credentials,
  agent,
  request,
}: Exchange): Promise<RequestOptions> {
  const { headers, ...rest } = await credentials.apply()
  const { server } = credentials
  const prefix = server.pathname.replace(/\/$/, '')
  return {
    agent,
    ...rest,
    method: request.method,
    // URL keeps the brackets of an IPv6 address, which a host name of a request has not.
    host: server.hostname.replace(/^\[|\]$/g, ''),
    port: server.port === '' ? 443 : server.port,
    path: prefix + request.path,
    headers: {
      accept: 'application/json',
      'user-agent': 'solewriter',
      ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...request.headers,
      ...(headers as Readonly<Record<string, string>> | undefined),
    },
  }
}

export interface ResponseStream extends AsyncIterable<Buffer> {
  readonly statusCode?: number | undefined
  readonly headers: AnswerHeaders
}

export async function readAnswer(
  response: ResponseStream,
  mostBytes = longestAnswer,
): Promise<ApiAnswer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of response) {
    length += chunk.length
    if (length > mostBytes) throw new Error('the answer is too long')
    chunks.push(chunk)
  }
  const { statusCode = 0, headers } = response
  return { status: statusCode, body: jsonOrNone(Buffer.concat(chunks)), headers }
}

function jsonOrNone(bytes: Buffer): Json | undefined {
  try {
    return bytes.length === 0 ? undefined : parseJson(bytes)
  } catch {
    return undefined
  }
}

/** For people; never what the other side said. */
export function whyNot(cause: unknown, limit: AbortSignal): string {
  if (limit.aborted) return 'it took too long'
  if (!(cause instanceof Error)) return 'unknown reason'
  if (cause.name === 'AbortError') return 'nobody waits any more'
  return (cause as NodeJS.ErrnoException).code ?? cause.message
}
