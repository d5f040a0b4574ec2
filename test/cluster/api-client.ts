import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from './failure.ts'
import { exchange, type HttpAnswer } from './http.ts'
import type { KeyedCertificate } from './pki.ts'

/** Also what a resource says for a moment after its definition has come. */
const tooManyRequests = 429
const attempts = 100

export interface KubernetesObject {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly uid?: string
    readonly [field: string]: unknown
  }
  readonly [field: string]: unknown
}

export interface ApiClient {
  send(method: string, path: string, body?: unknown): Promise<HttpAnswer>
  /** Undefined when it is not there. */
  read(path: string): Promise<KubernetesObject | undefined>
  /** Creates it in the collection, or leaves the one that is there. */
  ensure(collection: string, object: KubernetesObject): Promise<void>
}

/** A few calls need no client library, whose import alone takes longer than they do. */
export function apiClient(server: string, ca: string, { cert, key }: KeyedCertificate): ApiClient {
  const ask = (method: string, path: string, body?: unknown) =>
    exchange({ method, url: `${server}${path}`, body, tls: { ca, cert, key } })
  const send: ApiClient['send'] = async (method, path, body) => {
    for (let attempt = 1; ; attempt += 1) {
      const answer = await ask(method, path, body)
      if (answer.status !== tooManyRequests || attempt === attempts) return answer
      await sleep(200)
    }
  }
  return {
    send,
    async read(path) {
      const answer = await send('GET', path)
      if (answer.status === 404) return undefined
      if (answer.status !== 200) throw refused('GET', path, answer)
      return JSON.parse(answer.text) as KubernetesObject
    },
    async ensure(collection, object) {
      const answer = await send('POST', collection, object)
      if (answer.status !== 201 && answer.status !== 409) throw refused('POST', collection, answer)
    },
  }
}

function refused(method: string, path: string, { status, text }: HttpAnswer): Failure {
  return new Failure(3, `${method} ${path}: ${status} ${messageIn(text)}`)
}

function messageIn(text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: unknown }
    return typeof message === 'string' ? message : ''
  } catch {
    return ''
  }
}
