import type { PolicySource } from '../../config/policy-file.ts'
import type { Cluster } from '../../core/exceptions/cluster.ts'
import { enforcesAnywhere } from '../../core/policy/scope.ts'
import { findFaults } from '../../core/lint/webhook/own-configuration.ts'
import type { Log } from '../../telemetry/log.ts'
import type { ServeSettings } from './settings.ts'

const everyMinute = 60_000
/** The configuration is often registered right after we are ready. */
const firstLook = 10_000

interface Watching {
  readonly cluster: Cluster
  readonly settings: ServeSettings
  readonly policy: PolicySource
  readonly log: Log
}

/** Warns, once for each change, when the webhook configuration undoes what the policy asks for. */
export function watchConfiguration({ cluster, settings, policy, log }: Watching): () => void {
  let said = ''
  const look = async () => {
    const name = settings.webhookConfiguration
    const live = await cluster.read(
      {
        group: 'admissionregistration.k8s.io',
        version: 'v1',
        kind: 'ValidatingWebhookConfiguration',
        namespace: '',
        name,
      },
      AbortSignal.timeout(firstLook),
    )
    const isEnforcing = enforcesAnywhere(policy.current().policy)
    const faults =
      live.kind === 'unreadable'
        ? []
        : findFaults(live.kind === 'found' ? live.object : undefined, { isEnforcing })
    const text = JSON.stringify(faults)
    if (text !== said) {
      for (const { fault, detail } of faults)
        log.warn('configuration_fault', { name, fault, detail })
      if (faults.length === 0 && said !== '') log.info('configuration_good', { name })
    }
    said = text
  }
  const guarded = () => {
    look().catch((error: unknown) => {
      log.warn('configuration_not_read', { err: error as Error })
    })
  }
  const first = setTimeout(guarded, firstLook).unref()
  const timer = setInterval(guarded, everyMinute).unref()
  return () => {
    clearTimeout(first)
    clearInterval(timer)
  }
}
