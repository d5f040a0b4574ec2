import { appendFileSync, mkdirSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { KeyedCertificate } from '../../../src/certs/authority.ts'

export interface Batch {
  readonly key: string
  readonly type: string
  readonly authorization: string | undefined
  readonly text: string
}

/**
 * What happens to a request. `taken-unanswered`: it is kept, and the connection is cut; `cut`: the same
 * before it has arrived; `silence`: nobody answers.
 */
type Fate =
  | 'take'
  | 'taken-unanswered'
  | 'cut'
  | 'silence'
  | { readonly status: number; readonly retryAfter?: string }

/** Keeps JSON Lines that come by HTTP, each key once, in a file for each writer. */
export interface RecordReceiver {
  readonly url: string
  readonly copy: string
  /** Taken, repeated ones included. */
  readonly batches: Batch[]
  readonly asked: () => number
  /** As many requests as were there at one time. */
  readonly mostAtOnce: () => number
  fate: () => Fate | Promise<Fate>
  /** Of what speaks https: shows another certificate to whoever connects from now on. */
  show(certificate: KeyedCertificate): void
}

interface ReceiverOptions {
  readonly name?: string
  /** It speaks https with it. */
  readonly certificate?: KeyedCertificate
}

export async function receiveRecords(
  t: TestContext,
  dir: string,
  { name = 'received', certificate }: ReceiverOptions = {},
): Promise<RecordReceiver> {
  const copy = path.join(dir, name)
  mkdirSync(copy)
  const known = new Map<string, string>()
  let asked = 0
  let here = 0
  let most = 0
  const keep = (batch: Batch) => {
    receiver.batches.push(batch)
    const before = known.get(batch.key)
    if (before !== undefined) {
      if (before !== batch.text) throw new Error(`${batch.key} stands for two things`)
      return
    }
    known.set(batch.key, batch.text)
    const [pod, boot] = batch.key.split('/')
    appendFileSync(path.join(copy, `${boot}-${pod}.jsonl`), batch.text)
  }
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    asked += 1
    here += 1
    most = Math.max(most, here)
    response.once('close', () => (here -= 1))
    const fate = await receiver.fate()
    if (fate === 'cut') {
      request.once('data', () => request.destroy())
      return
    }
    const batch = await batchOf(request)
    if (fate === 'silence') return
    if (typeof fate === 'object') {
      const { status, retryAfter } = fate
      response.writeHead(status, retryAfter === undefined ? {} : { 'retry-after': retryAfter })
      response.end()
      return
    }
    keep(batch)
    if (fate === 'take') response.writeHead(204).end()
    else response.destroy()
  }
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    answer(request, response).catch(() => response.destroy())
  }
  const secure =
    certificate === undefined ? undefined : createTlsServer(pemOf(certificate), listener)
  const server = secure ?? createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(async () => {
    server.closeAllConnections()
    server.close()
    await sleep(0)
  })
  const receiver: RecordReceiver = {
    url: `http${secure === undefined ? '' : 's'}://127.0.0.1:${(server.address() as AddressInfo).port}/records`,
    copy,
    batches: [],
    asked: () => asked,
    mostAtOnce: () => most,
    fate: () => 'take',
    show: (other) => secure?.setSecureContext(pemOf(other)),
  }
  return receiver
}

function pemOf({ certificatePem: cert, keyPem: key }: KeyedCertificate) {
  return { cert, key }
}

async function batchOf(request: IncomingMessage): Promise<Batch> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const { headers } = request
  return {
    key: String(headers['idempotency-key']),
    type: String(headers['content-type']),
    authorization: headers.authorization,
    text: Buffer.concat(chunks).toString('utf8'),
  }
}
