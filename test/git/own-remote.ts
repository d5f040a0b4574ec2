import { spawn } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A repository over http that asks for a password, and takes pushes from whoever has it. */
export async function startOwnRemote(directory: string, password: string) {
  const expected = `Basic ${Buffer.from(`alice:${password}`).toString('base64')}`
  const seen: string[] = []
  const server = createServer((request, response) => {
    const { method = '', url = '/', headers } = request
    const [pathname = '', query = ''] = url.split('?')
    seen.push(`${method} ${pathname}`)
    if (headers.authorization !== expected) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end()
      return
    }
    const backend = spawn('git', ['http-backend'], {
      env: {
        PATH: process.env['PATH'],
        HOME: '/nonexistent',
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_PROJECT_ROOT: directory,
        GIT_HTTP_EXPORT_ALL: '1',
        REMOTE_USER: 'alice',
        PATH_INFO: pathname.replace('/fleet.git', ''),
        QUERY_STRING: query,
        REQUEST_METHOD: method,
        CONTENT_TYPE: headers['content-type'],
        CONTENT_LENGTH: headers['content-length'],
        HTTP_CONTENT_ENCODING: headers['content-encoding'],
        GIT_PROTOCOL: String(headers['git-protocol'] ?? ''),
      },
    })
    backend.stdin.on('error', () => undefined)
    request.pipe(backend.stdin)
    const chunks: Buffer[] = []
    backend.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
    backend.stdout.once('end', () => {
      const whole = Buffer.concat(chunks)
      const end = whole.indexOf('\r\n\r\n')
      const lines = whole.subarray(0, end).toString('latin1').split('\r\n')
      const pairs = lines.map((line): [string, string] => {
        const cut = line.indexOf(':')
        return [line.slice(0, cut).toLowerCase(), line.slice(cut + 1).trim()]
      })
      const status = pairs.find(([name]) => name === 'status')?.[1] ?? '200'
      const others = pairs.filter(([name]) => name !== 'status')
      response.writeHead(Number.parseInt(status, 10), Object.fromEntries(others))
      response.end(whole.subarray(end + 4))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/fleet.git`,
    seen,
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}
