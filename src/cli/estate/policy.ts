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
  const end = followMirrors({ policy, estate, log })
  const tell = () => {
    const { hash, warnings, policy: loaded } = policy.current()
    const { mode } = loaded.spec
    metrics.setPolicy({ hash, mode })
    metrics.setWriters(countLevels(loaded))
    log.info('policy_loaded', { hash, mode, name: loaded.metadata.name })
    for (const warning of warnings) log.warn('policy_warning', { where: formatIssue(warning) })
  }
  tell()
  const unsubscribe = policy.onChange((change) => {
    if (change.kind === 'loaded') {
      tell()
      return
    }
    metrics.policyRefused()
    log.error('policy_refused', { err: change.error })
  })
  return () => {
    unsubscribe()
    return end()
  }
}

/** Mirrors alone, for whoever tells of the policy by itself. */
export function followMirrors({
  policy,
  estate,
  log,
}: Omit<Following, 'metrics'>): () => Promise<void> {
  // One after the other: two changes in a row must not open a mirror twice.
  let turn = Promise.resolve()
  const take = () => {
    const snapshot = policy.current()
    estate.adopt(snapshot.policy)
    turn = turn
      .then(() => estate.follow(snapshot.policy))
      .catch((error: unknown) => {
        log.error('mirrors_not_followed', { err: error as Error })
      })
  }
  take()
  const unsubscribe = policy.onChange((change) => {
    if (change.kind === 'loaded') take()
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
