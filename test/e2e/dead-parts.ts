import assert from 'node:assert/strict'
import { renameSync } from 'node:fs'
import { createServer as createPlainServer, type RequestListener, type Server } from 'node:http'
import { createServer } from 'node:https'
import { createAuthority, issue } from '../cluster/pki.ts'
import { holdPort } from '../cluster/ports.ts'

/** Something that break-glass must do without. */
export interface Part {
  readonly name: string
  kill(): Promise<void>
  revive(): Promise<void>
}

export interface Listener extends Part {
  readonly port: number
  /** Which signed its certificate, as PEM; '' over plain http. */
  readonly ca: string
  close(): Promise<void>
}

/** An https or http server that can go away and come back at the same address. */
export async function startListener(
  name: string,
  scheme: 'http' | 'https',
  answer: RequestListener,
): Promise<Listener> {
  const authority = await createAuthority(name)
  const tls = await issue(authority, {
    kind: 'server',
    dnsNames: ['localhost'],
    ips: ['127.0.0.1'],
  })
  const held = await holdPort()
  let server: Server | undefined
  const revive = async () => {
    assert.equal(server, undefined, `${name} is alive`)
    await held.release()
    const next = scheme === 'https' ? createServer(tls, answer) : createPlainServer(answer)
    await new Promise<void>((resolve) => next.listen(held.port, '127.0.0.1', resolve))
    server = next
  }
  const close = async () => {
    const dying = server
    server = undefined
    dying?.closeAllConnections()
    if (dying !== undefined) await new Promise((resolve) => dying.close(resolve))
  }
  await revive()
  return {
    name,
    port: held.port,
    ca: scheme === 'https' ? authority.cert : '',
    revive,
    close: async () => {
      await close()
      await held.release()
    },
    kill: async () => {
      await close()
      await held.hold()
    },
  }
}

/** A directory that is not there for a while. */
export function movedDirectory(name: string, directory: string): Part {
  const away = `${directory}.away`
  return {
    name,
    kill: async () => {
      renameSync(directory, away)
    },
    revive: async () => {
      renameSync(away, directory)
    },
  }
}
