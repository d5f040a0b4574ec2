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
  const { kubectl, kubeconfig, layout } = options
  const args = [
    ['--kubeconfig', kubeconfig, '--cache-dir', layout.kubectlCache],
    ['apply', '--server-side', '--force-conflicts', `--field-manager=${fieldManager}`],
    ['--recursive', ...sources.flatMap((source) => ['-f', source])],
    namespace === undefined ? [] : ['--namespace', namespace],
  ].flat()
  for (let attempt = 1; ; attempt += 1) {
    const { code, stderr } = await run(kubectl, args)
    if (code === 0) return
    if (attempt === attempts || !isMatterOfOrder(stderr)) {
      throw new Failure(1, `${title}: ${stderr.trim()}`)
    }
    await sleep(500)
  }
}

/** Objects before their CRD is served or their namespace is there: apply what is left again. */
function isMatterOfOrder(stderr: string): boolean {
  return /no matches for kind|namespaces ".*" not found|serviceaccount ".*" not found/.test(stderr)
}
