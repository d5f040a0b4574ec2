import type { CertificateSource } from '../../certs/source.ts'
import type { PolicySource } from '../../config/policy-file.ts'
import { liveJudge, type LiveJudgement } from '../../core/audit/reconcile/live.ts'
import { resourceText } from '../../core/audit/reconcile/population.ts'
import { bypassesOf } from '../../core/breakglass/post-mortem-bypass.ts'
import { ownIdentityIn } from '../../core/decision/own-identity.ts'
import type { Json } from '../../core/manifest/json.ts'
import type { Api } from '../../kubernetes/api.ts'
import { keepBypass } from '../../kubernetes/bypass-post-mortems.ts'
import { createAuditEventsServer } from '../../server/audit-events.ts'
import type { ControllerMetrics } from '../../telemetry/controller-metrics.ts'
import type { Log } from '../../telemetry/log.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import { Running } from '../running.ts'
import { firstCertificate, openCertificate } from '../serve/certificate.ts'
import { followClientCa, readCallers } from '../serve/client-ca.ts'
import type { AuditSettings } from './audit-settings.ts'

export interface AuditListenerOptions {
  readonly settings: AuditSettings
  /** Where we are installed. */
  readonly namespace: string
  readonly api: Api
  readonly policy: PolicySource
  readonly metrics: Metrics
  readonly ownMetrics: ControllerMetrics
  /** Epoch ms. */
  readonly now: () => number
  readonly log: Log
}

/**
 * Takes the events of the API server until the signal, in every replica: a Service sends them to any.
 * A batch is acknowledged once what is unseen in it is stored, and is sent again otherwise; names and
 * ids are the same each time.
 */
export async function listenToAudit(
  options: AuditListenerOptions,
  signal: AbortSignal,
): Promise<void> {
  const { settings, log } = options
  const running = new Running()
  try {
    const callerAuth = await readCallers(settings.callers)
    const certificate = openCertificate({ ...options, ...settings })
    await certificate.start()
    running.add(() => certificate.stop())
    const server = createAuditEventsServer({
      listen: settings.listen,
      tls: await firstCertificate(certificate, signal),
      callerAuth,
      take: takerOf(options),
      onRefused: (why) => {
        options.ownMetrics.auditBatchRefused(why)
      },
      log,
    })
    running.add(followCertificate(certificate, server))
    const onChange = (pem: string) => {
      server.setClientCa(pem)
    }
    running.add(followClientCa({ settings: settings.callers, known: callerAuth, log, onChange }))
    const { port } = await server.start()
    running.add(() => server.stop())
    log.info('audit_listening', { port, callers: callerAuth.kind })
    await aborted(signal)
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    await running.end()
  }
}

function followCertificate(
  certificate: CertificateSource,
  server: ReturnType<typeof createAuditEventsServer>,
): () => void {
  return certificate.onChange((next) => {
    server.setCertificate(next)
  })
}

/** What one batch comes to. Counted once it is kept: what is sent again is not counted again. */
function takerOf({ api, namespace, policy, ownMetrics, now, log }: AuditListenerOptions) {
  const own = ownIdentityIn(namespace)
  const judge = liveJudge({ policy: () => policy.current().policy, own })
  return async (events: readonly Json[], signal: AbortSignal): Promise<void> => {
    const judged = events.map(judge)
    for (const bypass of bypassesOf(judged.flatMap(({ unseen }) => unseen ?? []))) {
      const { name, added } = await keepBypass(api, bypass, signal)
      if (added.length === 0) continue
      for (const { why } of added) ownMetrics.bypassDetected(why)
      const { actor } = bypass
      log.error('bypass_detected', { postMortem: name, actor, writes: added.length })
    }
    for (const { outcome } of judged) ownMetrics.auditEvent(outcome)
    ownMetrics.setAuditBatch({ at: now(), oldest: oldestOf(judged) ?? now() })
    for (const one of judged) tellChange(one, log)
  }
}

function oldestOf(judged: readonly LiveJudgement[]): number | undefined {
  const times = judged.flatMap(({ endedAt }) => endedAt ?? [])
  return times.length === 0 ? undefined : times.reduce((least, one) => Math.min(least, one))
}

function tellChange({ change }: LiveJudgement, log: Log): void {
  if (change === undefined) return
  const { user, impersonator, verb, target } = change
  log.warn('admission_changed', {
    by: impersonator ?? user.username,
    verb,
    resource: resourceText(target),
    name: target.name,
  })
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
