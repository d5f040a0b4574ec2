import { connect, type TLSSocket } from 'node:tls'
import { makeBodies } from './bodies.ts'
import { commitOfBench } from './declared.ts'
import type { LoadNews, LoadOrder, Stream, StreamResult } from './messages.ts'

// HTTP by hand over keep-alive TLS connections: Node's own client would cost more than the servers.

const bodies = makeBodies(commitOfBench())
const endOfHead = Buffer.from('\r\n\r\n')

interface Tally {
  readonly latencies: number[]
  errors: number
  smallest: number
  largest: number
}

process.on('message', (order: LoadOrder) => {
  void run(order).then((news) => process.send?.(news))
})

async function run(order: LoadOrder): Promise<LoadNews> {
  const sockets = await Promise.all(
    order.streams.map((stream) =>
      Promise.all(Array.from({ length: stream.connections }, () => open(order))),
    ),
  )
  const isPaced = order.streams.some((stream) => stream.rate !== undefined)
  const stopSpinning = isPaced ? () => {} : spin()
  const startedAt = performance.now()
  const until = startedAt + order.seconds * 1000
  const tallies = await Promise.all(
    order.streams.map((stream, index) => drive(stream, sockets[index] ?? [], until)),
  )
  const seconds = (performance.now() - startedAt) / 1000
  stopSpinning()
  for (const socket of sockets.flat()) socket.destroy()
  return { kind: 'done', seconds, streams: tallies.map(summarize) }
}

/**
 * Never sleeps. To wake a sleeping peer costs a write up to 30 us on a virtual machine, and only the
 * slower server would pay: the faster one keeps this process awake by itself. Under a paced load both
 * sides sleep, with either server.
 */
function spin(): () => void {
  let isOver = false
  const again = () => {
    if (!isOver) setImmediate(again)
  }
  again()
  return () => {
    isOver = true
  }
}

async function drive(stream: Stream, sockets: readonly TLSSocket[], until: number): Promise<Tally> {
  const tally: Tally = { latencies: [], errors: 0, smallest: Infinity, largest: 0 }
  const request = requestFor(stream)
  if (stream.rate === undefined) {
    await Promise.all(sockets.map((socket) => saturate(socket, request, { tally, until })))
  } else {
    await keepPace(sockets, request, { tally, until, rate: stream.rate })
  }
  return tally
}

async function saturate(
  socket: TLSSocket,
  request: Buffer,
  { tally, until }: { readonly tally: Tally; readonly until: number },
): Promise<void> {
  for (let now = performance.now(); now < until; now = performance.now()) {
    await ask(socket, request, { tally, since: now })
  }
}

/** On schedule whatever the answers do: what had to wait for a connection counts as waiting. */
function keepPace(
  sockets: readonly TLSSocket[],
  request: Buffer,
  { tally, until, rate }: { readonly tally: Tally; readonly until: number; readonly rate: number },
): Promise<void> {
  const free = [...sockets]
  const due: number[] = []
  let next = performance.now()
  let open = 0
  return new Promise((resolve) => {
    const serve = () => {
      while (due.length > 0 && free.length > 0) {
        const socket = free.pop() as TLSSocket
        open += 1
        void ask(socket, request, { tally, since: due.shift() as number }).then(() => {
          free.push(socket)
          open -= 1
          serve()
        })
      }
      if (performance.now() >= until && open === 0) {
        clearInterval(timer)
        resolve()
      }
    }
    const timer = setInterval(() => {
      const now = performance.now()
      for (; next <= now && next < until; next += 1000 / rate) due.push(now)
      if (now >= until) due.length = 0
      serve()
    }, 1)
  })
}

function ask(
  socket: TLSSocket,
  request: Buffer,
  { tally, since }: { readonly tally: Tally; readonly since: number },
): Promise<void> {
  return new Promise((resolve) => {
    let received: Buffer = Buffer.alloc(0)
    const onData = (chunk: Buffer) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
      const size = answerSize(received)
      if (size === undefined) return
      socket.off('data', onData)
      record(tally, received, { size, latency: performance.now() - since })
      resolve()
    }
    socket.on('data', onData)
    socket.write(request)
  })
}

/** The length of the body once all of it is there. */
function answerSize(received: Buffer): number | undefined {
  const head = received.indexOf(endOfHead)
  if (head < 0) return undefined
  const text = received.toString('latin1', 0, head)
  const size = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 'NaN')
  if (Number.isNaN(size)) throw new Error(`an answer without a length: ${text}`)
  return received.length >= head + endOfHead.length + size ? size : undefined
}

function record(
  tally: Tally,
  received: Buffer,
  { size, latency }: { readonly size: number; readonly latency: number },
): void {
  if (received.toString('latin1', 9, 12) !== '200') tally.errors += 1
  tally.latencies.push(latency)
  tally.smallest = Math.min(tally.smallest, size)
  tally.largest = Math.max(tally.largest, size)
}

function requestFor(stream: Stream): Buffer {
  const body = bodies[stream.body]
  return Buffer.from(
    'POST /validate?timeout=10s HTTP/1.1\r\nHost: localhost\r\nUser-Agent: kube-apiserver\r\n' +
      'Accept: application/json, */*\r\nContent-Type: application/json\r\n' +
      `Content-Length: ${String(Buffer.byteLength(body))}\r\n\r\n${body}`,
  )
}

function summarize(tally: Tally): StreamResult {
  const sorted = tally.latencies.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))] ?? NaN
  return {
    count: sorted.length,
    errors: tally.errors,
    p50: at(0.5),
    p99: at(0.99),
    answer: [tally.smallest, tally.largest],
  }
}

function open({ port, keys }: LoadOrder): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: '127.0.0.1',
      port,
      ca: keys.authorityPem,
      cert: keys.client.certificatePem,
      key: keys.client.keyPem,
    })
    socket.setNoDelay(true)
    socket.once('error', reject)
    socket.once('secureConnect', () => {
      socket.on('error', (error) => {
        throw error
      })
      resolve(socket)
    })
  })
}
