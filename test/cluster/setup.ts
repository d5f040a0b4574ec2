import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from './failure.ts'
import type { Layout } from './layout.ts'
import { run } from './run.ts'

const attempts = 20

export interface KubectlOptions {
  readonly kubectl: string
  readonly kubeconfig: string
  readonly layout: Layout
}

interface Manifests {
  /** For messages. */
  readonly title: string
  /** Files, or directories with all below them. */
  readonly sources: readonly string[]
  readonly fieldManager: string
  /** Of namespaced objects that name none. */
  readonly namespace?: string
}

/** Server-side apply. */
export async function applyManifests(given: Manifests, options: KubectlOptions): Promise<void> {
  const { title, sources, fieldManager, namespace } = given
  const args = [
    ['apply', '--server-side', '--force-conflicts', `--field-manager=${fieldManager}`],
    ['--recursive', ...sources.flatMap((source) => ['-f', source])],
    namespace === undefined ? [] : ['--namespace', namespace],
  ].flat()
  for (let attempt = 1; ; attempt += 1) {
    const { code, stderr } = await kubectl(args, options)
    if (code === 0) return
    if (attempt === attempts || !isMatterOfOrder(stderr)) {
      throw new Failure(1, `${title}: ${stderr.trim()}`)
    }
    await sleep(500)
  }
}

/** Whoever watches instances before their definition is served gives up. */
export async function waitForDefinitions(options: KubectlOptions): Promise<void> {
  const args = ['wait', 'crd', '--all', '--for=condition=Established', '--timeout=60s']
  for (let attempt = 1; ; attempt += 1) {
    const { code, stderr } = await kubectl(args, options)
    if (code === 0) return
    // kubectl cannot wait for a condition of an object that has none at all yet.
    const isTooEarly = stderr.includes('accessor error')
    if (attempt === attempts || !isTooEarly) {
      throw new Failure(3, `custom resource definitions: ${stderr.trim()}`)
    }
    await sleep(500)
  }
}

function kubectl(args: readonly string[], { kubectl: file, kubeconfig, layout }: KubectlOptions) {
  return run(file, ['--kubeconfig', kubeconfig, '--cache-dir', layout.kubectlCache, ...args])
}

/** Objects before their CRD is served or their namespace is there: apply what is left again. */
function isMatterOfOrder(stderr: string): boolean {
  return /no matches for kind|namespaces ".*" not found|serviceaccount ".*" not found/.test(stderr)
}
