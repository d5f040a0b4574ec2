import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import { callerName } from '../cluster/pki-files.ts'
import { createAuthority, issue } from '../cluster/pki.ts'
import type { ExternalWebhook } from '../cluster/plan.ts'
import { holdPort } from '../cluster/ports.ts'

/** A webhook that has gone wrong: it denies everything that people write. */
export interface ClosedGate {
  readonly webhook: ExternalWebhook
  /** What it serves, as PEM. */
  readonly serving: { readonly cert: string; readonly key: string }
  /** Nobody listens any more: under Fail every call is a refusal, of the control plane's too. */
  die(): Promise<void>
  revive(): Promise<void>
  close(): Promise<void>
}

interface Review {
  readonly request: { readonly uid: string; readonly userInfo: { readonly username: string } }
}

export async function openClosedGate(): Promise<ClosedGate> {
  const authority = await createAuthority('closed-gate')
  const [serving, client] = await Promise.all([
    issue(authority, { kind: 'server', dnsNames: ['localhost'], ips: ['127.0.0.1'] }),
    issue(authority, { kind: 'client', user: callerName }),
  ])
  const held = await holdPort()
  const { port } = held
  const keys = { ...serving, ca: authority.cert, requestCert: true, rejectUnauthorized: true }
  const open = async () => {
    await held.release()
    return listen(
      createServer(keys, (from, to) => void answer(from, to)),
      port,
    )
  }
  let server: Server | undefined = await open()
  const close = async () => {
    const dying = server
    server = undefined
    dying?.closeAllConnections()
    if (dying !== undefined) await new Promise((resolve) => dying.close(resolve))
  }
  return {
    webhook: { url: `https://127.0.0.1:${port}/validate`, caBundle: authority.cert, client },
    serving,
    die: async () => {
      await close()
      await held.hold()
    },
    revive: async () => {
      server ??= await open()
    },
    close: async () => {
      await close()
      await held.release()
    },
  }
}

async function listen(server: Server, port: number): Promise<Server> {
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return server
}

/** What the control plane needs passes, so that the cluster itself stays in order. */
async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const { uid, userInfo } = (JSON.parse(Buffer.concat(chunks).toString('utf8')) as Review).request
  const allowed = userInfo.username.startsWith('system:')
  const status = { code: 403, reason: 'Forbidden', message: 'everything is denied' }
  response.setHeader('content-type', 'application/json')
  response.end(
    JSON.stringify({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: { uid, allowed, ...(allowed ? {} : { status }) },
    }),
  )
}
