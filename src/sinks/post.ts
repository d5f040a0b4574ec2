import { request as overHttp } from 'node:http'
import { request as overHttps } from 'node:https'
import { getCACertificates } from 'node:tls'

export interface Post {
  readonly url: URL
  readonly type: string
  readonly body: string | Buffer
  readonly headers?: Readonly<Record<string, string>>
  /** Further authorities, as PEM. */
  readonly ca?: string
  readonly signal: AbortSignal
}

export type Posted =
  | { readonly kind: 'answered'; readonly status: number; readonly retryAfter: string | undefined }
  /** `why` shows neither the address nor what was sent. */
  | { readonly kind: 'unanswered'; readonly why: string }

const tenSeconds = 10_000

/** Sends it once, to exactly there: nobody is followed to another place. Never rejects. */
export async function post({ url, type, body, headers, ca, signal }: Post): Promise<Posted> {
  const limit = AbortSignal.timeout(tenSeconds)
  const options = {
    method: 'POST',
    // Each has a connection of its own: one that has gone silent holds up nothing else.
    agent: false,
    signal: AbortSignal.any([signal, limit]),
    headers: { ...headers, 'content-type': type, 'content-length': Buffer.byteLength(body) },
    ...(ca !== undefined && { ca: [...getCACertificates('default'), ca] }),
  }
  const send = url.protocol === 'https:' ? overHttps : overHttp
  try {
    return await new Promise<Posted>((resolve, reject) => {
      const sent = send(url, options, (response) => {
        const { statusCode: status = 0, headers } = response
        // What it says beside that is of no use, and has to be out of the way.
        response.on('error', () => undefined).resume()
        resolve({ kind: 'answered', status, retryAfter: headers['retry-after'] })
      })
      sent.on('error', reject)
      sent.end(body)
    })
  } catch (error) {
    return {
      kind: 'unanswered',
      why: limit.aborted ? 'no answer in 10 s' : `no answer${codeOf(error)}`,
    }
  }
}

/** Messages of the system show addresses, and those of some sinks are secret. */
function codeOf(error: unknown): string {
  const { code } = error as { readonly code?: unknown }
  return typeof code === 'string' ? `: ${code}` : ''
}
