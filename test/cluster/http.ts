import http from 'node:http'
import https from 'node:https'

interface HttpRequest {
  readonly method?: string
  readonly url: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly tls?: { readonly ca: string; readonly cert?: string; readonly key?: string }
  readonly timeoutMs?: number
}

export interface HttpAnswer {
  readonly status: number
  readonly text: string
}

/** One exchange on a connection of its own: what is probed may have been restarted since. */
export function exchange(request: HttpRequest): Promise<HttpAnswer> {
  const { method = 'GET', url, body, headers = {}, tls, timeoutMs = 30_000 } = request
  const payload = body === undefined ? undefined : JSON.stringify(body)
  const options = {
    method,
    agent: false,
    timeout: timeoutMs,
    headers: { 'content-type': 'application/json', ...headers },
    ...tls,
  }
  return new Promise((resolve, reject) => {
    const client = url.startsWith('https:') ? https : http
    const sent = client.request(url, options, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.once('error', reject)
      response.once('end', () => {
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') })
      })
    })
    sent.once('timeout', () => sent.destroy(new Error(`${method} ${url}: no answer in time`)))
    sent.once('error', reject)
    sent.end(payload)
  })
}

/** Whether a GET is answered with 200, soon. */
export async function isOk(url: string, tls?: HttpRequest['tls']): Promise<boolean> {
  try {
    const { status } = await exchange({
      url,
      timeoutMs: 2_000,
      ...(tls === undefined ? {} : { tls }),
    })
    return status === 200
  } catch {
    return false
  }
}
