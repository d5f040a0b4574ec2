import { readFileSync } from 'node:fs'
import { exchange, type HttpAnswer } from '../cluster/http.ts'

export type Send = (method: string, path: string, body?: unknown) => Promise<HttpAnswer>

interface Kubeconfig {
  readonly clusters: readonly { readonly cluster: Readonly<Record<string, string>> }[]
  readonly users: readonly { readonly user: Readonly<Record<string, string>> }[]
}

/** Requests as the user of a kubeconfig with a certificate; a PATCH is a strategic merge. */
export function clientOf(kubeconfig: string): Send {
  const { clusters, users } = JSON.parse(readFileSync(kubeconfig, 'utf8')) as Kubeconfig
  const cluster = clusters[0]?.cluster ?? {}
  const user = users[0]?.user ?? {}
  const tls = {
    ca: decoded(cluster['certificate-authority-data']),
    cert: decoded(user['client-certificate-data']),
    key: decoded(user['client-key-data']),
  }
  return (method, path, body) => {
    const url = `${cluster['server']}${path}`
    if (body === undefined) return exchange({ method, url, tls })
    const type = method === 'PATCH' ? 'strategic-merge-patch+json' : 'json'
    // Node gives a DELETE with a body no length by itself, and the server would not read it.
    const length = String(Buffer.byteLength(JSON.stringify(body)))
    const headers = { 'content-type': `application/${type}`, 'content-length': length }
    return exchange({ method, url, tls, body, headers })
  }
}

function decoded(text = ''): string {
  return Buffer.from(text, 'base64').toString('utf8')
}
