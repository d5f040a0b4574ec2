import path from 'node:path'
import type { Component } from './component.ts'
import type { Components } from './components.ts'
import { isOk } from './http.ts'
import { enginesIn, type ClusterPlan } from './plan.ts'
import type { GitUrls } from './policy-aliases.ts'
import { freePort } from './ports.ts'

const script = path.join(import.meta.dirname, 'git-http.ts')

interface GitOptions {
  readonly plan: ClusterPlan
  readonly components: Components
}

/** Engines read no directories: each `--repo` stands at a URL, which outlives a restart of the server. */
export async function startGit({ plan, components }: GitOptions): Promise<GitUrls> {
  const repositories = Object.entries(plan.repositories)
  if (repositories.length === 0 || enginesIn(plan.with).length === 0) return {}
  const port = await freePort()
  const address = `127.0.0.1:${port}`
  const component: Component = {
    name: 'git',
    file: process.execPath,
    args: [
      [script, '--listen', address, '--cluster', plan.dir],
      repositories.flatMap(([name, dir]) => ['--repo', `${name}=${dir}`]),
    ].flat(),
    isReady: () => isOk(`http://${address}/healthz`),
    readyWithinMs: 60_000,
    whenDead: 'revive',
  }
  await components.start(component)
  return Object.fromEntries(repositories.map(([name]) => [name, `http://${address}/${name}.git`]))
}
