import { mkdtemp, rm } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestContext } from 'node:test'
import { connect, type Api } from '../../src/kubernetes/api.ts'
import { writeKubeconfig } from '../cluster/kubeconfig.ts'
import { createAuthority, issue } from '../cluster/pki.ts'

export type Handler = (request: IncomingMessage, response: ServerResponse) => void

export interface FakeApiServer {
  readonly api: Api
  readonly url: string
  readonly ca: string
  readonly dir: string
  readonly kubeconfig: string
  readonly requests: IncomingMessage[]
}

/** Answers as an API server could: for what a real one cannot be made to do. */
export async function startApiServer(t: TestContext, handler: Handler): Promise<FakeApiServer> {
  const authority = await createAuthority('fake')
  const keys = await issue(authority, {
    kind: 'server',
    dnsNames: ['localhost'],
    ips: ['127.0.0.1'],
  })
  const requests: IncomingMessage[] = []
  const server = createServer({ cert: keys.cert, key: keys.key }, (request, response) => {
    requests.push(request)
    handler(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const dir = await mkdtemp(path.join(tmpdir(), 'solewriter-kubernetes-'))
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  const kubeconfig = writeKubeconfig({
    file: path.join(dir, 'kubeconfig'),
    server: url,
    ca: authority.cert,
    user: 'tester',
    credential: { token: 'a-token' },
  })
  const api = connect({ kind: 'kubeconfig', files: [kubeconfig] })
  t.after(async () => {
    api.close()
    server.closeAllConnections()
    server.close()
    await rm(dir, { recursive: true })
  })
  return { api, url, ca: authority.cert, dir, kubeconfig, requests }
}

export function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}
