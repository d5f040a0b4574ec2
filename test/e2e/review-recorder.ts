import { readFileSync } from 'node:fs'
import { createServer, request as httpsRequest } from 'node:https'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { buffer } from 'node:stream/consumers'
import type { Cluster } from '../cluster/cluster.ts'
import { layoutOf } from '../cluster/layout.ts'
import { createAuthority, issue, type KeyedCertificate } from '../cluster/pki.ts'
import { readPki } from '../cluster/pki-files.ts'

const collection = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations'

export interface Reviewed {
  /** As the API server sent it. */
  readonly body: string
  readonly request: {
    readonly uid: string
    readonly operation: string
    readonly userInfo: { readonly username: string }
  }
  readonly response: Response
}

interface Response {
  readonly uid: string
  readonly allowed: boolean
  readonly status?: { readonly message?: string }
  readonly auditAnnotations: Readonly<Record<string, string>>
}

export interface Recorder {
  readonly reviews: readonly Reviewed[]
  close(): Promise<void>
}

/** Stands between the API server and `serve`, and keeps what both say. */
export async function recordReviews(cluster: Cluster): Promise<Recorder> {
  const authority = await createAuthority('review-recorder')
  const serving = await issue(authority, {
    kind: 'server',
    dnsNames: ['localhost'],
    ips: ['127.0.0.1'],
  })
  const reviews: Reviewed[] = []
  const server = createServer(serving, (from, to) => {
    const answer = async () => {
      const body = (await buffer(from)).toString('utf8')
      const text = await askServe(cluster, body)
      const { request } = JSON.parse(body) as Pick<Reviewed, 'request'>
      reviews.push({ body, request, response: responseIn(text) })
      to.setHeader('content-type', 'application/json').end(text)
    }
    // Where serve is gone already, so is what it writes at its end.
    answer().catch(() => to.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await redirect(cluster, `https://127.0.0.1:${port}/validate`, authority)
  return {
    reviews,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Webhook configurations are the one thing about which no webhook is asked. */
async function redirect(cluster: Cluster, url: string, { cert }: KeyedCertificate): Promise<void> {
  const clientConfig = { url, caBundle: Buffer.from(cert).toString('base64') }
  const patch = JSON.stringify([
    { op: 'replace', path: '/webhooks/0/clientConfig', value: clientConfig },
  ])
  const name = 'validatingwebhookconfiguration/solewriter'
  const args = ['patch', name, '--type=json', '-p', patch]
  const { code, stderr } = await cluster.kubectl('admin', args)
  if (code !== 0) throw new Error(`${collection}: ${stderr}`)
}

export function responseIn(text: string): Response {
  return (JSON.parse(text) as { readonly response: Response }).response
}

/** Asks one replica as the API server would, by its own certificate. */
export function askServe(cluster: Cluster, body: string, replica = 0): Promise<string> {
  const layout = layoutOf(cluster.dir)
  const { users } = JSON.parse(
    readFileSync(path.join(layout.config, 'webhook-caller.kubeconfig'), 'utf8'),
  ) as { users: readonly { user: Readonly<Record<string, string>> }[] }
  const decoded = (key: string) => Buffer.from(users[0]?.user[key] ?? '', 'base64').toString('utf8')
  const options = {
    method: 'POST',
    agent: false,
    ca: readPki(layout, 'webhook-ca.crt'),
    cert: decoded('client-certificate-data'),
    key: decoded('client-key-data'),
    headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
  } as const
  const url = `${cluster.webhook?.replicas[replica]?.url}?timeout=10s`
  return new Promise((resolve, reject) => {
    const sent = httpsRequest(url, options, (response) => {
      buffer(response).then((bytes) => resolve(bytes.toString('utf8')), reject)
    })
    sent.once('error', reject)
    sent.end(body)
  })
}
