import { createConnection, createServer, type Server, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { Failure, messageOf } from './failure.ts'

// One line of JSON each way per connection. The socket is in the cluster's own directory (0700).

export type ControlRequest =
  | { readonly verb: 'start'; readonly component: string }
  | { readonly verb: 'kill'; readonly component: string; readonly signal: NodeJS.Signals }

type ControlAnswer =
  | { readonly ok: true; readonly pids: Record<string, number> }
  | { readonly ok: false; readonly error: string }

export function serveControl(
  socketPath: string,
  act: (request: ControlRequest) => Promise<Record<string, number>>,
): Server {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    const lines = createInterface({ input: socket })
    lines.once('line', (line) => {
      void answer(line, act).then((reply) => socket.end(`${JSON.stringify(reply)}\n`))
    })
  })
  server.listen(socketPath)
  return server
}

async function answer(
  line: string,
  act: (request: ControlRequest) => Promise<Record<string, number>>,
): Promise<ControlAnswer> {
  try {
    return { ok: true, pids: await act(JSON.parse(line) as ControlRequest) }
  } catch (error) {
    return { ok: false, error: messageOf(error) }
  }
}

export function ask(socketPath: string, request: ControlRequest): Promise<Record<string, number>> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(socketPath)
    const chunks: Buffer[] = []
    socket.once('error', (error) => {
      reject(new Failure(3, `the cluster's supervisor does not answer: ${error.message}`))
    })
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.once('close', () => {
      const text = Buffer.concat(chunks).toString('utf8')
      if (text === '') return reject(new Failure(3, "the cluster's supervisor is gone"))
      const reply = JSON.parse(text) as ControlAnswer
      return reply.ok ? resolve(reply.pids) : reject(new Failure(1, reply.error))
    })
    socket.write(`${JSON.stringify(request)}\n`)
  })
}

/** Whether a supervisor is there: a pid may have gone to somebody else, a listener has not. */
export function isListening(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket: Socket = createConnection(socketPath)
    socket.once('error', () => {
      resolve(false)
    })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}
