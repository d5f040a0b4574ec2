import { spawnSync, type SpawnSyncOptions } from 'node:child_process'
import path from 'node:path'

export const main = path.join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts')

export interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** The command line as a user runs it. */
export function solewriter(args: readonly string[], options: SpawnSyncOptions = {}): Ended {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    ...options,
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}
