import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { runPlugin } from '../../../src/cli/run.ts'
import { iss, privateKey } from '../../core/breakglass/issuing.ts'
import { fakeEnv } from '../fake-env.ts'
import { scratch } from '../scratch.ts'
import type { FakeCluster } from './fake-cluster.ts'

/** A home directory with this configuration, and the key that the policy of tests trusts. */
export function homeWith(configuration: string, more: Readonly<Record<string, string>> = {}) {
  const dir = '.config/solewriter'
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const files = Object.entries({ 'config.yaml': configuration, 'key.pem': pem, ...more })
  return scratch(Object.fromEntries(files.map(([name, text]) => [`${dir}/${name}`, text])))
}

export const usualConfiguration = `contexts:
  local:
    issuer: ${iss}
    key: key.pem
`

interface Calling {
  readonly input?: string
  readonly home?: string
  readonly cwd?: string
  readonly now?: () => number
  readonly vars?: Readonly<Record<string, string | undefined>>
}

interface Called {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** `kubectl breakglass ARGS`, against this cluster. */
export async function call(
  cluster: Pick<FakeCluster, 'kubeconfig' | 'now'>,
  args: readonly string[],
  calling: Calling = {},
): Promise<Called> {
  const { home = '/nowhere', ...given } = calling
  const fake = fakeEnv({ now: () => cluster.now, ...given })
  const env = { ...fake, home, vars: { KUBECONFIG: cluster.kubeconfig, ...given.vars } }
  const code = await runPlugin(args, env)
  return { code, out: fake.out(), err: fake.err() }
}

export async function callJson(
  cluster: Pick<FakeCluster, 'kubeconfig' | 'now'>,
  args: readonly string[],
  calling: Calling = {},
): Promise<Record<string, unknown>> {
  const { out, err } = await call(cluster, [...args, '-o', 'json'], calling)
  assert.notEqual(out, '', err)
  return JSON.parse(out) as Record<string, unknown>
}

/** An executable file. */
export function script(dir: string, name: string, text: string): string {
  const file = path.join(dir, name)
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(file, text, { mode: 0o755 })
  return file
}
