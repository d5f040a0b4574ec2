import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createConnection, createServer, type Server } from 'node:net'
import { isCode } from './lock.ts'

// Below every system's range of ephemeral ports: an outgoing connection never sits on one of
// these, and a component that is restarted gets its port back.
const lowest = 20_000
const highest = 30_000

/** A port on loopback that others cannot take meanwhile: whoever connects to it is cut off. */
export interface HeldPort {
  readonly port: number
  /** Right before the one that it is held for starts to listen. */
  release(): Promise<void>
  /** Once that one has ended. */
  hold(): Promise<void>
  /** For one in this process: nobody comes between, it has never ceased to listen. */
  takeOver(): Promise<Server>
}

/** Not for ever: the process may end while it holds one. */
export async function holdPort(): Promise<HeldPort> {
  const first = await holdAny()
  const { port } = first
  let server: Server | undefined = first.server
  return {
    port,
    async release() {
      const held = server
      server = undefined
      if (held !== undefined) await new Promise((resolve) => held.close(resolve))
    },
    async hold() {
      server ??= await listen(port)
    },
    async takeOver() {
      const held = server ?? (await listen(port))
      server = undefined
      return held.removeAllListeners('connection').ref()
    },
  }
}

/** A port on loopback that nobody listens on and that no other of these processes is given. */
export async function freePort(): Promise<number> {
  const held = await holdPort()
  await held.release()
  return held.port
}

/** Whether somebody accepts there. */
export function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' })
    socket.once('error', () => {
      resolve(false)
    })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}

async function holdAny(): Promise<{ readonly port: number; readonly server: Server }> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = randomInt(lowest, highest)
    if (!(await lease(port))) continue
    try {
      return { port, server: await listen(port) }
    } catch (error) {
      if (!isTaken(error)) throw error
    }
  }
  throw new Error(`no free port between ${lowest} and ${highest}`)
}

/**
 * Between its choice and the start of the one that it is for nobody listens on a port. The UDP port
 * of the same number, which nothing here uses, is its owner's mark: the kernel gives it to one
 * process, and takes it back when that one ends.
 */
async function lease(port: number): Promise<boolean> {
  const socket = createSocket('udp4').unref()
  try {
    socket.bind({ port, address: '127.0.0.1', exclusive: true })
    await once(socket, 'listening')
    return true
  } catch (error) {
    if (!isTaken(error)) throw error
    return false
  }
}

function isTaken(error: unknown): boolean {
  return isCode(error, 'EADDRINUSE') || isCode(error, 'EACCES')
}

async function listen(port: number): Promise<Server> {
  const server = createServer((socket) => socket.resetAndDestroy()).unref()
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return server
}
