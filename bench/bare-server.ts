import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Keys, ServerNews, ServerOrder } from './messages.ts'
import { readUsage } from './usage.ts'

// The least that any webhook in Node does: the same TLS, the same bytes parsed, an answer as long.

let answer = '{}'

interface Review {
  readonly request: { readonly uid: string }
}

process.on('message', (order: ServerOrder) => {
  if (order.kind === 'start') start(order.keys, order.isNoop)
  if (order.kind === 'usage') tell({ kind: 'usage', usage: readUsage() })
  if (order.kind === 'answer-size') {
    answer = JSON.stringify({ pad: 'x'.repeat(order.bytes - '{"pad":""}'.length) })
    tell({ kind: 'answer-size' })
  }
})

function start(keys: Keys, isNoop: boolean): void {
  const server = createServer(
    {
      cert: keys.server.certificatePem,
      key: keys.server.keyPem,
      ca: keys.authorityPem,
      requestCert: !isNoop,
      rejectUnauthorized: true,
      minVersion: 'TLSv1.3',
      keepAliveTimeout: 120_000,
    },
    (request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        const review = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Review
        const json = isNoop ? allow(review) : answer
        response.writeHead(200, {
          'Content-Type': 'application/json',
          'Content-Length': Buffer.byteLength(json),
        })
        response.end(json)
      })
    },
  )
  server.listen(0, '127.0.0.1', () => {
    tell({ kind: 'listening', port: (server.address() as AddressInfo).port })
  })
}

function allow({ request }: Review): string {
  return JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: { uid: request.uid, allowed: true },
  })
}

function tell(news: ServerNews): void {
  process.send?.(news)
}
