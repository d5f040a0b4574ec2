import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server, type ServerOptions } from 'node:https'
import type { TLSSocket } from 'node:tls'
import { callerName } from './pki-files.ts'
import { createAuthority, issue } from './pki.ts'
import type { ExternalWebhook } from './plan.ts'
import { freePort } from './ports.ts'

export interface StandIn {
  readonly webhook: ExternalWebhook
  /** Names in the certificates it was shown. */
  readonly callers: ReadonlySet<string>
  close(): Promise<void>
}

interface Review {
  readonly request: {
    readonly uid: string
    readonly userInfo: { readonly username: string }
    readonly resource: { readonly resource: string }
  }
}

/** A webhook with keys of its own. */
export async function startStandIn(): Promise<StandIn> {
  const authority = await createAuthority('stand-in')
  const [serving, client] = await Promise.all([
    issue(authority, { kind: 'server', dnsNames: ['localhost'], ips: ['127.0.0.1'] }),
    issue(authority, { kind: 'client', user: callerName }),
  ])
  const callers = new Set<string>()
  const port = await freePort()
  const server = await listen({ ...serving, ca: authority.cert }, port, (caller) => {
    callers.add(caller)
    return 'may not'
  })
  return {
    webhook: { url: `https://127.0.0.1:${port}/validate`, caBundle: authority.cert, client },
    callers,
    close() {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}

/** Serves only who shows a certificate; refuses alice her ConfigMaps, in the words given. */
export async function listen(
  keys: ServerOptions,
  port: number,
  wordsFor: (caller: string) => string,
): Promise<Server> {
  const tls = { ...keys, requestCert: true, rejectUnauthorized: true }
  const server = createServer(tls, (request, response) => {
    void answer(request, response, wordsFor(nameOf(request)))
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return server
}

function nameOf(request: IncomingMessage): string {
  return String((request.socket as TLSSocket).getPeerCertificate().subject.CN)
}

async function answer(request: IncomingMessage, response: ServerResponse, words: string) {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const review = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Review
  const { uid, userInfo, resource } = review.request
  const isRefused = userInfo.username === 'alice' && resource.resource === 'configmaps'
  const refusal = { code: 403, reason: 'Forbidden', message: `${userInfo.username} ${words}` }
  const verdict = isRefused ? { allowed: false, status: refusal } : { allowed: true }
  response.setHeader('content-type', 'application/json')
  response.end(
    JSON.stringify({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: { uid, ...verdict },
    }),
  )
}
