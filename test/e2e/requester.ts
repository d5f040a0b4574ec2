import { readFileSync } from 'node:fs'
import { Agent, request as httpsRequest } from 'node:https'

export interface ApiRequest {
  readonly method: string
  readonly path: string
  /** An object is sent as JSON, a text as it is. */
  readonly body?: unknown
  readonly type?: string
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
}

export interface ApiAnswer {
  readonly status: number
  readonly text: string
  /** The body, where it is JSON: an object of the API, or the Status that refuses. */
  readonly json: ApiBody
}

interface ApiBody {
  readonly message?: string
  readonly reason?: string
  readonly metadata?: Readonly<Record<string, unknown>>
  readonly [key: string]: unknown
}

export interface Requester {
  (request: ApiRequest): Promise<ApiAnswer>
  close(): void
}

interface Kubeconfig {
  readonly clusters: readonly { readonly cluster: Readonly<Record<string, string>> }[]
  readonly users: readonly { readonly user: Readonly<Record<string, string>> }[]
}

/**
 * Requests as the user of a kubeconfig, on connections that stay open: hundreds of them take a few
 * seconds, and no client library is between the test and the wire.
 */
export function requesterOf(kubeconfig: string): Requester {
  const { clusters, users } = JSON.parse(readFileSync(kubeconfig, 'utf8')) as Kubeconfig
  const cluster = clusters[0]?.cluster ?? {}
  const user = users[0]?.user ?? {}
  const agent = new Agent({ keepAlive: true, maxSockets: 8 })
  const token = user['token']
  const tls = {
    agent,
    ca: decoded(cluster['certificate-authority-data']),
    cert: decoded(user['client-certificate-data']),
    key: decoded(user['client-key-data']),
  }
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const send = (request: ApiRequest) =>
    exchange(`${cluster['server']}${request.path}`, request, { ...tls, headers: authorization })
  return Object.assign(send, { close: () => agent.destroy() })
}

function exchange(
  url: string,
  { method, body, type = 'application/json', headers = {} }: ApiRequest,
  options: object & { readonly headers: object },
): Promise<ApiAnswer> {
  const payload =
    body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body)
  // Node gives a DELETE with a body no length by itself, and the server would not read it.
  const framing =
    payload === undefined
      ? {}
      : { 'content-type': type, 'content-length': Buffer.byteLength(payload) }
  const all = { ...options.headers, ...framing, ...headers }
  return new Promise((resolve, reject) => {
    const sent = httpsRequest(url, { ...options, method, headers: all as never }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.once('error', reject)
      response.once('end', () => {
        const text = Buffer.concat(chunks).toString('utf8')
        resolve({ status: response.statusCode ?? 0, text, json: parsed(text) })
      })
    })
    // A CONNECT that was let through is what no test here expects: it would answer with an upgrade.
    sent.once('upgrade', (_response, socket) => {
      socket.destroy()
      reject(new Error(`${method} ${url}: upgraded`))
    })
    sent.once('error', reject)
    sent.end(payload)
  })
}

function parsed(text: string): ApiBody {
  try {
    return JSON.parse(text) as ApiBody
  } catch {
    return {}
  }
}

function decoded(text: string | undefined): string | undefined {
  return text === undefined ? undefined : Buffer.from(text, 'base64').toString('utf8')
}
