import { readFileSync } from 'node:fs'
import { exchange, type HttpAnswer } from '../cluster/http.ts'

interface Kubeconfig {
  readonly clusters: readonly [{ readonly cluster: Readonly<Record<string, string>> }]
  readonly users: readonly [{ readonly user: Readonly<Record<string, string>> }]
}

export interface ApiCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly body?: unknown
}

export type Requester = (call: ApiCall) => Promise<HttpAnswer>

/** Requests with the certificate or the token of a kubeconfig; a PATCH is a merge patch. */
export function requesterOf(
  kubeconfig: string,
  headers: Readonly<Record<string, string>> = {},
): Requester {
  const { clusters, users } = JSON.parse(readFileSync(kubeconfig, 'utf8')) as Kubeconfig
  const [{ cluster }] = clusters
  const [{ user }] = users
  const tls = {
    ca: decoded(cluster['certificate-authority-data']),
    cert: decoded(user['client-certificate-data']),
    key: decoded(user['client-key-data']),
  }
  const { token } = user
  const credential = token === undefined ? {} : { authorization: `Bearer ${token}` }
  return ({ method, path, body }) => {
    const type = method === 'PATCH' ? 'merge-patch+json' : 'json'
    const all = { ...credential, ...headers, 'content-type': `application/${type}` }
    const url = `${cluster['server']}${path}`
    const trusted = token === undefined ? tls : { ca: tls.ca }
    return exchange({ method, url, body, headers: all, tls: trusted })
  }
}

function decoded(text = ''): string {
  return Buffer.from(text, 'base64').toString('utf8')
}
