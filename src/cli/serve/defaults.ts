import { catalogueFor } from '../../core/content/catalogue.ts'
import type { Log } from '../../telemetry/log.ts'
import type { Metrics } from '../../telemetry/metrics.ts'

/**
 * Says when the defaults of the API server that asks were never measured: where they differ from
 * those of the newest one that was, writers are denied what it fills in.
 */
export function compareVersions(minor: string, metrics: Metrics, log: Log): void {
  const { catalogue, isExact } = catalogueFor(minor)
  metrics.setCatalogue({ version: catalogue.version, isExact })
  if (isExact) return
  log.warn('defaults_of_another_version', { served: minor, catalogue: catalogue.version })
}
