import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request as httpsRequest } from 'node:https'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { KeyedCertificate } from '../../../src/certs/authority.ts'
import { freePort } from '../../cluster/ports.ts'
import { json, startApiServer, type Handler } from '../../kubernetes/api-server.ts'
import { sharedPki } from '../../server/gate.ts'
import { exchange, type PlainReply } from '../../server/http.ts'
import { callerName, type Pki } from '../../server/pki.ts'
import { main } from '../process.ts'
import { ServeLog } from './serve-log.ts'

const patience = 60_000
/** What stands in files of a site and must never be read elsewhere. */
const secrets = ['a-token', 'a push secret', 'PRIVATE KEY']

/** Where `serve` is installed: its files, and the API server that it is told of. */
export interface Site {
  readonly dir: string
  readonly pki: Pki
  write(name: string, text: string): string
  writeCertificate(pair: KeyedCertificate): void
  start(options?: StartOptions): Promise<Serve>
}

interface StartOptions {
  /** Its name in records, and of its directories. */
  readonly replica?: string
  /** Behind those of the site, so that they win. */
  readonly args?: readonly string[]
  /** False: whoever connects may ask. */
  readonly isMutual?: boolean
  /** False: it cannot be ready yet. */
  readonly isReady?: boolean
}

interface ReadyBody {
  readonly status: number
  readonly ready: boolean
  readonly checks: Readonly<Record<string, { readonly ok: boolean; readonly detail: string }>>
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly allowed: boolean | undefined
  readonly message: string
  readonly annotations: Readonly<Record<string, string>>
}

/** A process of `serve`; killed after the test, if it has not ended by then. */
export interface Serve {
  readonly child: ChildProcess
  readonly log: ServeLog
  readonly port: number
  readonly healthPort: number
  readonly hooksPort: number
  agent(client?: KeyedCertificate | 'none', ca?: string): Agent
  review(body: string, agent?: Agent): Promise<Answer>
  readiness(): Promise<ReadyBody>
  metrics(): Promise<string>
  push(repository: string, sending: Parameters<typeof exchange>[2]): Promise<PlainReply>
  /** Its exit code, or the signal that killed it. */
  ended(): Promise<number | NodeJS.Signals>
}

export interface SiteOptions {
  readonly policy: string
  readonly repositories?: Readonly<Record<string, string>>
  readonly hasCertificate?: boolean
  readonly api?: Handler
}

/** Waits until it holds; nothing is said about how soon. */
export async function eventually(
  what: string,
  holds: () => Promise<boolean> | boolean,
): Promise<void> {
  const deadline = Date.now() + patience
  while (!(await holds())) {
    assert.ok(Date.now() < deadline, `in vain: ${what}`)
    await sleep(50)
  }
}

/** As much of an API server as `serve` asks when it starts. */
export const smallApi: Handler = (request, response) => {
  if (request.url === '/api/v1/namespaces/kube-system') {
    json(response, 200, { kind: 'Namespace', metadata: { name: 'kube-system', uid: 'cluster-1' } })
  } else if (request.url?.endsWith('/selfsubjectreviews') === true) {
    const username = 'system:serviceaccount:solewriter-system:solewriter'
    json(response, 201, { kind: 'SelfSubjectReview', status: { userInfo: { username } } })
  } else if (request.url === '/version') {
    json(response, 200, { gitVersion: 'v1.35.2-eks-1' })
  } else {
    json(response, 404, { kind: 'Status', reason: 'NotFound' })
  }
}

export async function makeSite(t: TestContext, options: SiteOptions): Promise<Site> {
  const { policy, repositories = {}, hasCertificate = true, api = smallApi } = options
  const dir = mkdtempSync(path.join(tmpdir(), 'solewriter-serve-'))
  const started: Serve[] = []
  t.after(async () => {
    for (const { child } of started) child.kill('SIGKILL')
    await Promise.all(started.map((serve) => serve.ended()))
    rmSync(dir, { recursive: true })
    for (const { log } of started) log.check(secrets)
  })
  const [pki, { kubeconfig }] = await Promise.all([sharedPki(), startApiServer(t, api)])
  const at = (name: string) => path.join(dir, name)
  const write = (name: string, text: string) => {
    writeFileSync(at(name), text)
    return at(name)
  }
  const writeCertificate = ({ certificatePem, keyPem }: KeyedCertificate) => {
    write('tls.crt', certificatePem)
    write('tls.key', keyPem)
  }
  write('policy.yaml', policy)
  write('client-ca.crt', pki.authority.certificatePem)
  if (hasCertificate) writeCertificate(pki.server)
  const mutual = ['--client-ca-file', at('client-ca.crt'), '--client-name', callerName]
  const flags = (replica: string) =>
    [
      ['--policy', at('policy.yaml'), '--kubeconfig', kubeconfig],
      ['--cert-file', at('tls.crt'), '--key-file', at('tls.key')],
      ['--mirror-dir', at(`${replica}-mirrors`), '--records-dir', at(`${replica}-records`)],
      ['--writer-name', replica, '--drain-delay', '0s', '--log-level', 'debug'],
      Object.entries(repositories).flatMap(([name, from]) => ['--repo', `${name}=${from}`]),
    ].flat()
  return {
    dir,
    pki,
    write,
    writeCertificate,
    async start({ replica = 'serve-0', args = [], isMutual = true, isReady = true } = {}) {
      const callers = isMutual ? mutual : ['--caller-auth', 'none']
      const serve = await startServe(t, pki, [...flags(replica), ...callers, ...args])
      started.push(serve)
      if (isReady) await eventually('a replica that is ready', () => isServing(serve))
      return serve
    },
  }
}

async function isServing(serve: Serve): Promise<boolean> {
  assert.equal(serve.child.exitCode, null, `serve has ended: ${serve.log.complaints}`)
  if (serve.log.count('serving') === 0) return false
  return (await serve.readiness()).ready
}

async function startServe(t: TestContext, pki: Pki, args: readonly string[]): Promise<Serve> {
  const [port, healthPort, hooksPort] = await Promise.all([freePort(), freePort(), freePort()])
  const all = [
    [main, 'serve', '--listen', `127.0.0.1:${port}`],
    ['--health-listen', `127.0.0.1:${healthPort}`, '--hooks-listen', `127.0.0.1:${hooksPort}`],
    args,
  ].flat()
  const child = spawn(process.execPath, all, { stdio: ['ignore', 'pipe', 'pipe'] })
  const exited = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>
  const agent: Serve['agent'] = (client = pki.client, ca = pki.authority.certificatePem) => {
    const shown = client === 'none' ? {} : { cert: client.certificatePem, key: client.keyPem }
    const made = new Agent({ ...shown, ca, keepAlive: true })
    t.after(() => made.destroy())
    return made
  }
  const usual = agent()
  return {
    child,
    log: new ServeLog(child),
    port,
    healthPort,
    hooksPort,
    agent,
    review: (body, one = usual) => review(port, body, one),
    readiness: () => readiness(healthPort),
    metrics: async () => (await exchange(healthPort, '/metrics')).text,
    push: (repository, sending) => exchange(hooksPort, `/hooks/${repository}`, sending),
    async ended() {
      const [code, signal] = await exited
      return code ?? signal ?? assert.fail('neither code nor signal')
    },
  }
}

async function readiness(port: number): Promise<ReadyBody> {
  const { status, text } = await exchange(port, '/readyz')
  const { ready, checks } = JSON.parse(text) as {
    ready: boolean
    checks: readonly { name: string; ok: boolean; detail: string }[]
  }
  const byName = checks.map(({ name, ...check }) => [name, check] as const)
  return { status, ready, checks: Object.fromEntries(byName) }
}

interface ReviewBody {
  readonly response?: {
    readonly allowed: boolean
    readonly status?: { readonly message: string }
    readonly auditAnnotations?: Readonly<Record<string, string>>
  }
}

function review(port: number, body: string, agent: Agent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      port,
      path: '/validate?timeout=10s',
      method: 'POST',
      agent,
    }
    const headers = { 'Content-Type': 'application/json' }
    const sent = httpsRequest({ ...options, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        const { response: answer } = JSON.parse(text) as ReviewBody
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          allowed: answer?.allowed,
          message: answer?.status?.message ?? '',
          annotations: answer?.auditAnnotations ?? {},
        })
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
