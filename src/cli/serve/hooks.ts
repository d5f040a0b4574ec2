import type { PolicySource } from '../../config/policy-file.ts'
import type { PolicyRepository } from '../../core/policy/schema.ts'
import { verifyPushFor } from '../../git/push-verifier.ts'
import { createHooksServer } from '../../server/hooks.ts'
import type { Log } from '../../telemetry/log.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import type { Estate } from '../estate/estate.ts'
import type { ServeSettings } from './settings.ts'

interface Hooks {
  readonly settings: ServeSettings
  readonly policy: PolicySource
  readonly estate: Estate
  readonly metrics: Metrics
  readonly log: Log
}

/** The listener of push notifications, if one is wanted. */
export async function startHooks({
  settings,
  policy,
  estate,
  metrics,
  log,
}: Hooks): Promise<() => Promise<void>> {
  const { hooksListen } = settings
  if (hooksListen === undefined) return () => Promise.resolve()
  const find = (name: string): PolicyRepository | undefined =>
    policy.current().policy.spec.repositories.find((one) => one.name === name)
  const server = createHooksServer({
    listen: hooksListen,
    isKnown: (name) => find(name)?.pushSecretFile !== undefined,
    verify: (name, headers, body) => {
      const repository = find(name)
      return repository === undefined ? false : verifyPushFor(repository, headers, body)
    },
    notify: (name) => {
      estate.notify(name)
    },
    now: () => performance.now(),
    metrics,
    log,
  })
  const { port } = await server.start()
  log.info('hooks_listening', { port })
  return () => server.stop()
}
