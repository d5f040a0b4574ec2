import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { basename, dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Pki } from '../server/pki.ts'
import type { Remote } from './remote.ts'

export interface HttpsServer {
  readonly url: string
  /** Values of `Authorization` as they came; undefined for none. */
  readonly seen: (string | undefined)[]
  /** `user:token` that is let in. */
  credentials: string
  /** Answers instead of git, when set. */
  handle: ((request: IncomingMessage, response: ServerResponse) => void) | undefined
  /** Command lines and environments of all processes that contained a watched text during a request. */
  readonly leaks: string[]
  watchFor: string | undefined
}

/** A Git server over https with basic authentication, made of `git http-backend`. */
export async function serveHttps(
  t: Pick<TestContext, 'after'>,
  remote: Pick<Remote, 'directory'>,
  pki: Pki,
): Promise<HttpsServer> {
  const { keyPem, certificatePem } = pki.server
  const server = createServer({ key: keyPem, cert: certificatePem }, (request, response) => {
    void receive(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  const state: HttpsServer = {
    url: `https://127.0.0.1:${port}/${basename(remote.directory)}`,
    seen: [],
    credentials: 'x-access-token:none',
    handle: undefined,
    leaks: [],
    watchFor: undefined,
  }
  const receive = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    state.seen.push(request.headers.authorization)
    if (state.watchFor !== undefined) state.leaks.push(...(await processesWith(state.watchFor)))
    const expected = `Basic ${Buffer.from(state.credentials).toString('base64')}`
    if (state.handle !== undefined) state.handle(request, response)
    else if (request.headers.authorization === expected) runBackend(request, response, remote)
    else response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end()
  }
  return state
}

function runBackend(
  request: IncomingMessage,
  response: ServerResponse,
  remote: Pick<Remote, 'directory'>,
): void {
  const url = new URL(request.url ?? '/', 'https://localhost')
  const child = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env['PATH'],
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_PROJECT_ROOT: dirname(remote.directory),
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method,
      // Whoever has shown the credentials may push as well.
      REMOTE_USER: 'somebody',
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      HTTP_GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  request.pipe(child.stdin)
  child.stdin.on('error', () => undefined)
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.once('close', () => {
    const output = Buffer.concat(chunks)
    const end = output.indexOf('\r\n\r\n')
    for (const line of output.toString('latin1', 0, end).split('\r\n')) {
      const [name = '', value = ''] = line.split(': ', 2)
      if (name === 'Status') response.statusCode = Number(value.slice(0, 3))
      else response.setHeader(name, value)
    }
    response.end(output.subarray(end + 4))
  })
}

/** Where other programs could read a secret: arguments and environments. */
async function processesWith(text: string): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const files = pids.flatMap((pid) =>
    ['cmdline', 'environ'].map((file) => join('/proc', pid, file)),
  )
  const found = await Promise.all(
    files.map(async (file) => {
      const content = await readFile(file, 'latin1').catch(() => '')
      return content.includes(text) ? [`${file}: ${content}`] : []
    }),
  )
  return found.flat()
}
