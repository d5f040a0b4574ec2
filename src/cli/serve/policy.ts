import type { PolicySource } from '../../config/policy-file.ts'
import { formatIssue } from '../../core/policy/issue.ts'
import type { Policy, Writer } from '../../core/policy/schema.ts'
import type { Log } from '../../telemetry/log.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import type { Estate } from './estate.ts'

interface Following {
  readonly policy: PolicySource
  readonly estate: Pick<Estate, 'adopt' | 'follow'>
  readonly metrics: Metrics
  readonly log: Log
}

/** Mirrors and metrics follow the policy, now and whenever its file changes. */
export function followPolicy({ policy, estate, metrics, log }: Following): () => Promise<void> {
  // One after the other: two changes in a row must not open a mirror twice.
  let turn = Promise.resolve()
  const take = () => {
    const snapshot = policy.current()
    estate.adopt(snapshot.policy)
    const { hash, warnings } = snapshot
    const { mode } = snapshot.policy.spec
    metrics.setPolicy({ hash, mode })
    metrics.setWriters(countLevels(snapshot.policy))
    log.info('policy_loaded', { hash, mode, name: snapshot.policy.metadata.name })
    for (const warning of warnings) log.warn('policy_warning', { where: formatIssue(warning) })
    turn = turn
      .then(() => estate.follow(snapshot.policy))
      .catch((error: unknown) => {
        log.error('mirrors_not_followed', { err: error as Error })
      })
  }
  take()
  const unsubscribe = policy.onChange((change) => {
    if (change.kind === 'loaded') {
      take()
      return
    }
    metrics.policyRefused()
    log.error('policy_refused', { err: change.error })
  })
  return () => {
    unsubscribe()
    // Mirrors that are opened after all of them were stopped would never be.
    return turn
  }
}

function countLevels({ spec: { writers } }: Policy) {
  const at = (level: Writer['verify']) => writers.filter(({ verify }) => verify === level).length
  return { commit: at('commit'), declared: at('declared'), content: at('content') }
}
