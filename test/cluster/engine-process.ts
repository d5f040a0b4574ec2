import { mkdirSync, symlinkSync } from 'node:fs'
import path from 'node:path'
import type { BringUp } from './bring-up.ts'
import type { Component } from './component.ts'
import { makeKubeconfig } from './identities.ts'
import type { Layout } from './layout.ts'

const readyWithinMs = 120_000

export interface EngineProcess {
  /** Of the component; a program that is many things goes by it. */
  readonly name: string
  readonly program: string
  readonly args: readonly string[]
  readonly env: NodeJS.ProcessEnv
  readonly isReady: () => Promise<boolean>
}

/** A process that sees nothing of this one's environment and leaves nothing outside the cluster's directory. */
export function engineComponent(layout: Layout, engine: EngineProcess): Component {
  const { name, program, args, env, isReady } = engine
  const own = path.join(layout.engines, name)
  const temporary = path.join(own, 'tmp')
  mkdirSync(temporary, { recursive: true, mode: 0o700 })
  // By this path its command line names the cluster: what a killed supervisor leaves can be found.
  const file = path.join(own, name)
  symlinkSync(program, file)
  return {
    name,
    file,
    args,
    env: { PATH: process.env['PATH'], HOME: own, TMPDIR: temporary, ...env },
    isReady,
    readyWithinMs,
    whenDead: 'revive',
  }
}

/** With a token that is bound to a Pod, as the kubelet gives one. */
export async function engineKubeconfig(
  { access, kubeconfigs }: BringUp,
  namespace: string,
  name: string,
): Promise<string> {
  const account = { kind: 'service-account', namespace, name, isPodBound: true } as const
  const file = await makeKubeconfig(access, account)
  kubeconfigs[name] = file
  return file
}
