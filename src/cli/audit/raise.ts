import { unseenIn } from '../../core/audit/reconcile/raised.ts'
import type { Reconciliation } from '../../core/audit/reconcile/result.ts'
import { bypassesOf } from '../../core/breakglass/post-mortem-bypass.ts'
import { connect } from '../../kubernetes/api.ts'
import { keepBypass } from '../../kubernetes/bypass-post-mortems.ts'
import { clusterUid } from '../../kubernetes/cluster.ts'
import { serviceSource } from '../cluster-source.ts'
import type { Env } from '../env.ts'
import { UsageError } from '../exit.ts'
import { counted, header, progress, table, type Paint } from '../output.ts'

/** A PostMortem in which unseen writes stand now. */
export interface Raised {
  readonly postMortem: string
  readonly actor: string
  readonly writes: number
  /** Of these, what nobody had told yet. */
  readonly added: number
}

/**
 * Makes the PostMortems that the live mode makes of the same writes. Rejects with ClusterUnreachable
 * unless all of them are stored, and with UsageError for the records of another cluster.
 */
export async function raise(
  found: Reconciliation,
  kubeconfig: string | undefined,
  env: Env,
): Promise<readonly Raised[]> {
  using shown = progress(env, 'making post-mortems')
  const api = connect(serviceSource(kubeconfig, env))
  try {
    const uid = await clusterUid(api, env.signal)
    if (found.clusters.some((one) => one !== uid)) {
      throw new UsageError(
        '--raise: the records are of another cluster than that of the kubeconfig',
      )
    }
    const raised: Raised[] = []
    for (const bypass of bypassesOf(unseenIn(found))) {
      const { name, added } = await keepBypass(api, bypass, env.signal)
      const { actor, writes } = bypass
      raised.push({ postMortem: name, actor, writes: writes.length, added: added.length })
      shown.update(`making post-mortems: ${raised.length}`)
    }
    return raised
  } finally {
    api.close()
  }
}

/** Lists have an end, and only what they name is raised. */
export function leftOut({ unseen, contradictions, impersonations }: Reconciliation): number {
  return [unseen, contradictions, impersonations].reduce(
    (sum, { count, list }) => sum + count - list.length,
    0,
  )
}

export function raisedText(raised: readonly Raised[], paint: Paint): string {
  if (raised.length === 0) return '\nraised: nothing\n'
  const rows = raised.map(({ postMortem, actor, writes, added }) => [
    postMortem,
    actor,
    String(writes),
    String(added),
  ])
  const title = `${paint('bold', 'raised')} (${counted(raised.length, 'post-mortems')})`
  return `\n${title}\n${table([header('NAME', 'ACTOR', 'WRITES', 'NEW'), ...rows], paint)}`
}
