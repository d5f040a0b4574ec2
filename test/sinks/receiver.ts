import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'

export interface Received {
  readonly path: string
  readonly type: string
  readonly body: unknown
}

/** What is answered: a status, with headers. `silence`: nothing, until the other side gives up. */
export type Answer =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  | 'silence'
  | 'hang-up'

/** Somebody who is told, on this machine. */
export interface Receiver {
  readonly url: string
  /** All that came, whatever was answered. */
  readonly received: readonly Received[]
  /** From now on; asked with each request, after it is here. */
  answer: (request: Received) => Answer | Promise<Answer>
  close(): Promise<void>
}

export async function openReceiver(
  options: {
    readonly tls?: { readonly key: string; readonly cert: string }
    readonly port?: number
  } = {},
): Promise<Receiver> {
  const received: Received[] = []
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    void take(request).then(async (one) => {
      received.push(one)
      reply(response, await receiver.answer(one))
    })
  }
  const server: Server =
    options.tls === undefined ? createServer(listener) : createTlsServer(options.tls, listener)
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const receiver: Receiver = {
    url: `http${options.tls === undefined ? '' : 's'}://127.0.0.1:${port}`,
    received,
    answer: () => ({ status: 202 }),
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => {
          resolve()
        })
      }),
  }
  return receiver
}

async function take(request: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const { url = '', headers } = request
  return {
    path: url,
    type: headers['content-type'] ?? '',
    body: JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown,
  }
}

function reply(response: ServerResponse, answer: Answer): void {
  if (answer === 'silence') return
  if (answer === 'hang-up') {
    response.destroy()
    return
  }
  response.writeHead(answer.status, answer.headers).end('of no interest')
}
