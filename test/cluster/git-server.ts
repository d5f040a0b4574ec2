import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'

/** NAME -> absolute directory, bare or with a working tree. */
export type GitDirectories = ReadonlyMap<string, string>

/** What a clone and a fetch ask for, and nothing else: no push, no file of the repository. */
const questions: readonly (readonly [method: string, rest: string])[] = [
  ['GET', '/info/refs?service=git-upload-pack'],
  ['POST', '/git-upload-pack'],
]

/** The smart protocol of git over http, answered by `git http-backend`. */
export function createGitServer(directories: GitDirectories): Server {
  return createServer((request, response) => {
    const { method = '', url = '/' } = request
    if (url === '/healthz') return void response.end('ok')
    const [, name = '', rest = ''] = /^\/([a-z0-9-]+)\.git(\/.*)$/.exec(url) ?? []
    const directory = directories.get(name)
    const isAsked = questions.some((one) => one[0] === method && one[1] === rest)
    if (directory === undefined || !isAsked) return void response.writeHead(404).end()
    return answer(request, response, startBackend(directory, rest, request))
  })
}

function startBackend(
  directory: string,
  rest: string,
  { method = '', headers }: IncomingMessage,
): ChildProcessWithoutNullStreams {
  const [pathInfo = '', query = ''] = rest.split('?')
  return spawn('git', ['http-backend'], {
    env: {
      PATH: process.env['PATH'],
      HOME: '/nonexistent',
      GIT_CONFIG_NOSYSTEM: '1',
      ...ownConfig({ 'safe.directory': '*', 'http.receivepack': 'false' }),
      GIT_PROJECT_ROOT: directory,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: pathInfo,
      QUERY_STRING: query,
      REQUEST_METHOD: method,
      ...requestVariables(headers),
    },
  })
}

/** The repository may belong to another user, and may allow pushes. */
function ownConfig(settings: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const entries = Object.entries(settings)
  return {
    GIT_CONFIG_COUNT: String(entries.length),
    ...Object.fromEntries(
      entries.flatMap(([key, value], index) => [
        [`GIT_CONFIG_KEY_${index}`, key],
        [`GIT_CONFIG_VALUE_${index}`, value],
      ]),
    ),
  }
}

function requestVariables(headers: IncomingHttpHeaders): NodeJS.ProcessEnv {
  const protocol = headers['git-protocol']
  const variables = {
    CONTENT_TYPE: headers['content-type'],
    CONTENT_LENGTH: headers['content-length'],
    HTTP_CONTENT_ENCODING: headers['content-encoding'],
    GIT_PROTOCOL: typeof protocol === 'string' ? protocol : undefined,
  }
  return Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== undefined))
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  backend: ChildProcessWithoutNullStreams,
): void {
  // Either side may leave early: git once it has heard enough, a client that is killed.
  backend.stdin.on('error', () => undefined)
  response.once('close', () => backend.kill())
  request.pipe(backend.stdin)
  backend.stderr.pipe(process.stderr, { end: false })
  backend.once('error', () => response.destroy())
  let head = Buffer.alloc(0)
  const onHead = (chunk: Buffer) => {
    head = Buffer.concat([head, chunk])
    const end = head.indexOf('\r\n\r\n')
    if (end < 0) return
    backend.stdout.off('data', onHead)
    writeHead(response, head.subarray(0, end).toString('latin1'))
    response.write(head.subarray(end + 4))
    backend.stdout.pipe(response)
  }
  backend.stdout.on('data', onHead)
  backend.stdout.once('end', () => {
    if (!response.headersSent) response.writeHead(502).end()
  })
}

/** The status is among the header lines of a CGI answer. */
function writeHead(response: ServerResponse, head: string): void {
  const lines = head.split('\r\n').map((line): [string, string] => {
    const cut = line.indexOf(':')
    return [line.slice(0, cut).toLowerCase(), line.slice(cut + 1).trim()]
  })
  const status = lines.find(([name]) => name === 'status')?.[1] ?? '200'
  response.writeHead(
    Number.parseInt(status, 10),
    Object.fromEntries(lines.filter(([name]) => name !== 'status')),
  )
}
