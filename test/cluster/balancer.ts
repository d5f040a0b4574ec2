import { createConnection, type Server, type Socket } from 'node:net'
import { isOk } from './http.ts'

const checkEveryMs = 500

interface Backend {
  readonly port: number
  /** URL that answers 200 while the replica wants traffic. */
  readonly ready: string
}

/** What a Service does: connections, in turn, to replicas that say they are ready. */
export function balance(server: Server, backends: readonly Backend[]): Server {
  let ready: readonly Backend[] = backends
  let turn = 0
  server.on('connection', (client) => {
    turn += 1
    // One that goes away while it is waiting is nothing to us.
    client.on('error', () => undefined)
    forward(client, inTurn(ready, turn))
  })
  const timer = setInterval(() => {
    void readyOnes(backends).then((found) => {
      ready = found
    })
  }, checkEveryMs)
  server.once('close', () => {
    clearInterval(timer)
  })
  return server
}

async function readyOnes(backends: readonly Backend[]): Promise<readonly Backend[]> {
  const answers = await Promise.all(backends.map(({ ready }) => isOk(ready)))
  return backends.filter((_, index) => answers[index] === true)
}

function inTurn(backends: readonly Backend[], turn: number): readonly Backend[] {
  const first = backends.length === 0 ? 0 : turn % backends.length
  return [...backends.slice(first), ...backends.slice(0, first)]
}

/** To the first that accepts: one may have died since it was last asked. */
function forward(client: Socket, [backend, ...others]: readonly Backend[]): void {
  if (backend === undefined) {
    client.destroy()
    return
  }
  const upstream = createConnection({ port: backend.port, host: '127.0.0.1', noDelay: true })
  const giveUp = () => {
    forward(client, others)
  }
  upstream.once('error', giveUp)
  upstream.once('connect', () => {
    upstream.off('error', giveUp)
    join(client, upstream)
  })
}

function join(client: Socket, upstream: Socket): void {
  client.setNoDelay(true)
  for (const [from, to] of [
    [client, upstream],
    [upstream, client],
  ] as const) {
    from.on('error', () => to.destroy())
    from.once('close', () => to.destroy())
    from.pipe(to)
  }
}
