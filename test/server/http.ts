import { request as httpRequest, type OutgoingHttpHeaders } from 'node:http'

export interface PlainReply {
  readonly status: number
  readonly type: string
  readonly text: string
}

/** A plain HTTP exchange on a connection of its own. */
export function exchange(
  port: number,
  path: string,
  sending: {
    readonly method?: string
    readonly headers?: OutgoingHttpHeaders
    readonly body?: string | Buffer
  } = {},
): Promise<PlainReply> {
  return new Promise((resolve, reject) => {
    const { method = 'GET', headers = {}, body } = sending
    const options = { host: '127.0.0.1', port, path, method, headers, agent: false }
    const request = httpRequest(options, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const type = response.headers['content-type'] ?? ''
        resolve({ status: response.statusCode ?? 0, type, text: Buffer.concat(chunks).toString() })
      })
    })
    request.on('error', reject)
    request.end(body)
  })
}
