import { Agent, request as httpsRequest } from 'node:https'
import type { OutgoingHttpHeaders } from 'node:http'
import type { TestContext } from 'node:test'
import type { KeyedCertificate } from '../../src/certs/authority.ts'
import type { AdmissionAnswer } from '../../src/core/admission/response.ts'
import type { Json } from '../../src/core/manifest/json.ts'
import {
  createAdmissionServer,
  type AdmissionServer,
  type AdmissionServerOptions,
} from '../../src/server/admission.ts'
import { createLogTo } from '../../src/telemetry/log.ts'
import { createMetrics, type Metrics } from '../../src/telemetry/metrics.ts'
import { callerName, makePki, type Pki } from './pki.ts'

export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

export interface ReviewReply {
  readonly uid: string
  readonly allowed: boolean
  readonly status?: {
    readonly code: number
    readonly reason: string
    readonly message: string
  }
}

interface Sending {
  readonly method?: string
  readonly path?: string
  readonly headers?: OutgoingHttpHeaders
  readonly agent?: Agent
}

export interface Gate {
  readonly server: AdmissionServer
  readonly port: number
  readonly pki: Pki
  readonly metrics: Metrics
  /** Lines of the log. */
  readonly log: readonly string[]
  /** An agent that presents this certificate; closed after the test. */
  agent(client?: KeyedCertificate | 'none'): Agent
  send(body: string | Buffer, sending?: Sending): Promise<Reply>
  review(body: string | Buffer, sending?: Sending): Promise<ReviewReply>
}

export const allowed: AdmissionAnswer = {
  allowed: true,
  message: '',
  causes: [],
  warnings: [],
  auditAnnotations: {},
}

let shared: Promise<Pki> | undefined

/** One for the whole test file: making keys is the slowest part of it. */
export function sharedPki(): Promise<Pki> {
  shared ??= makePki()
  return shared
}

/** A real listener with real TLS; ended after the test. */
export async function openGate(
  t: TestContext,
  options: Partial<AdmissionServerOptions> = {},
): Promise<Gate> {
  const pki = await sharedPki()
  const metrics = createMetrics()
  const log: string[] = []
  const server = createAdmissionServer({
    listen: { host: '127.0.0.1', port: 0 },
    tls: pki.server,
    callerAuth: { kind: 'mtls', clientCaPem: pki.authority.certificatePem, names: [callerName] },
    handle: () => Promise.resolve(allowed),
    ownAccounts: () => false,
    metrics,
    log: createLogTo({ write: (line) => void log.push(line) }, { level: 'debug', now: Date.now }),
    now: () => performance.now(),
    ...options,
  })
  const { port } = await server.start()
  t.after(() => server.stop())
  const agent = (client: KeyedCertificate | 'none' = pki.client) => {
    const made = new Agent({
      ...(client === 'none' ? {} : { cert: client.certificatePem, key: client.keyPem }),
      ca: pki.authority.certificatePem,
      keepAlive: true,
    })
    t.after(() => {
      made.destroy()
    })
    return made
  }
  const usual = agent()
  const send = (body: string | Buffer, sending: Sending = {}) =>
    sendTo(port, body, { agent: usual, ...sending })
  const review = async (body: string | Buffer, sending: Sending = {}) =>
    toReviewReply(await send(body, sending))
  return { server, port, pki, metrics, log, agent, send, review }
}

export function toReviewReply(reply: Reply): ReviewReply {
  if (reply.status !== 200) throw new Error(`HTTP ${String(reply.status)}: ${reply.text}`)
  return (JSON.parse(reply.text) as { response: ReviewReply }).response
}

/** A well-formed review, with parts of its request replaced. */
export function reviewWith(changes: Readonly<Record<string, Json>> = {}): string {
  return JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      kind: { group: '', version: 'v1', kind: 'ConfigMap' },
      resource: { group: '', version: 'v1', resource: 'configmaps' },
      name: 'settings',
      namespace: 'pay',
      operation: 'CREATE',
      userInfo: { username: 'alice', groups: ['system:authenticated'] },
      object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: {} },
      oldObject: null,
      dryRun: false,
      options: null,
      ...changes,
    },
  })
}

export function reviewBy(username: string, uid = username): string {
  return reviewWith({ uid, userInfo: { username, groups: [] } })
}

function sendTo(port: number, body: string | Buffer, sending: Sending): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const { path = '/validate?timeout=10s', method = 'POST', headers, agent } = sending
    const request = httpsRequest(
      {
        host: '127.0.0.1',
        port,
        path,
        method,
        agent,
        headers: { 'Content-Type': 'application/json', ...headers },
      },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(chunks).toString(),
          })
        })
      },
    )
    request.on('error', reject)
    request.end(body)
  })
}
