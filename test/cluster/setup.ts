import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from './failure.ts'
import type { Layout } from './layout.ts'
import { run } from './run.ts'

const attempts = 20

interface ApplyOptions {
  readonly kubectl: string
  readonly kubeconfig: string
  readonly layout: Layout
}

/** Server-side apply of a file or of a directory with all below it. */
export async function applyManifests(source: string, options: ApplyOptions): Promise<void> {
  const { kubectl, kubeconfig, layout } = options
  const args = [
    ['--kubeconfig', kubeconfig, '--cache-dir', layout.kubectlCache],
    ['apply', '--server-side', '--force-conflicts', '--field-manager=cluster-setup'],
    ['--recursive', '-f', source],
  ].flat()
  for (let attempt = 1; ; attempt += 1) {
    const { code, stderr } = await run(kubectl, args)
    if (code === 0) return
    if (attempt === attempts || !isMatterOfOrder(stderr)) {
      throw new Failure(1, `--setup ${source}: ${stderr.trim()}`)
    }
    await sleep(500)
  }
}

/** Objects before their CRD is served or their namespace is there: apply what is left again. */
function isMatterOfOrder(stderr: string): boolean {
  return /no matches for kind|namespaces ".*" not found|serviceaccount ".*" not found/.test(stderr)
}
