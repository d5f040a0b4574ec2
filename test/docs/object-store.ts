import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { ensureBinaries } from '../cluster/binaries.ts'
import { freePort } from '../cluster/ports.ts'
import { eventually } from '../e2e/eventually.ts'

/** A store for objects that speaks S3, on this machine. */
export interface ObjectStore {
  /** Of its client. */
  readonly mc: string
  /** By which the client knows it as `store`, with the keys of its root user. */
  readonly env: Readonly<Record<string, string>>
  end(): Promise<void>
}

const access = 'root'
const secret = 'secret-of-the-root-user'

/** versitygw below the directory, which need not know extended attributes. */
export async function openObjectStore(directory: string): Promise<ObjectStore> {
  const programs = await ensureBinaries(['versitygw', 'mc'], (line) => console.error(line))
  const [objects, versions, meta, settings] = ['objects', 'versions', 'meta', 'mc'].map((name) => {
    const place = path.join(directory, name)
    mkdirSync(place)
    return place
  })
  const address = `127.0.0.1:${await freePort()}`
  const args = [
    ['--access', access, '--secret', secret, '--port', address, '--quiet'],
    ['posix', '--sidecar', meta ?? '', '--versioning-dir', versions ?? '', objects ?? ''],
  ].flat()
  const server = spawn(programs.versitygw.path, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  const ended = once(server, 'exit')
  await eventually('a store', async () => {
    assert.equal(server.exitCode, null)
    return fetch(`http://${address}/`).then(
      () => true,
      () => false,
    )
  })
  return {
    mc: programs.mc.path,
    env: {
      MC_CONFIG_DIR: settings ?? '',
      MC_HOST_store: `http://${access}:${secret}@${address}`,
      MC_UPDATE: 'off',
    },
    async end() {
      server.kill('SIGKILL')
      await ended
    },
  }
}
