import { Counter, Gauge, Registry } from 'prom-client'
import { scanMetrics, type ScanMetrics } from './scan-metrics.ts'

/** What a sink still has to be told. */
export interface Waiting {
  readonly pending: number
  readonly oldestSeconds: number
}

interface LintCount {
  readonly check: string
  readonly severity: string
  readonly count: number
}

/** What only the controller knows; labels are words from closed lists. */
export interface ControllerMetrics extends ScanMetrics {
  setLeading(isLeading: boolean): void
  /** Since an operator switched us off and until they switch us on again. */
  setEmergency(isInForce: boolean): void
  /** All of those that there could be, and how often each was found. */
  setConfigurationFaults(faults: ReadonlyMap<string, number>): void
  /** Whether our own webhook configuration, and what is around it, is as it has to be. */
  setSelfcheck(isGood: boolean): void
  /** How often each was found; none of it is known while this one does not lead. */
  setLintFindings(found: readonly LintCount[]): void
  /** By sink; one that is left out is no more. */
  setOutbox(bySink: ReadonlyMap<string, Waiting>): void
  /** An event of the API server's audit log, by what it was. */
  auditEvent(outcome: string): void
  /** One that was not acknowledged. */
  auditBatchRefused(reason: string): void
  /** Of the last one that was: when, and the time of its oldest event; epoch ms. */
  setAuditBatch(batch: { readonly at: number; readonly oldest: number }): void
  /** A round of keeping the newest checkpoints of records in Git. `at`: epoch ms. */
  checkpointsInGit(
    round: { readonly kind: 'kept'; readonly at: number } | { readonly kind: 'failed' },
  ): void
  /** A write that nobody had told yet. */
  bypassDetected(why: string): void
  exposition(): Promise<string>
}

export function createControllerMetrics(): ControllerMetrics {
  const registers = [new Registry()]
  const [registry] = registers
  const leading = new Gauge({
    name: 'solewriter_controller_leading',
    help: 'Whether this is the active controller',
    registers,
  })
  const emergency = new Gauge({
    name: 'solewriter_emergency',
    help: 'Whether the marker of an emergency is there',
    registers,
  })
  const faults = new Gauge({
    name: 'solewriter_webhook_configuration_faults',
    help: 'What is wrong with our live webhook configuration',
    labelNames: ['fault'],
    registers,
  })
  const selfcheck = new Gauge({
    name: 'solewriter_selfcheck_ok',
    help: '1: our webhook configuration is as it has to be, and nothing changes what is ours',
    registers,
  })
  const lint = new Gauge({
    name: 'solewriter_lint_findings',
    help: 'What is weak around the webhook; unknown: what could not be looked at',
    labelNames: ['check', 'severity'],
    registers,
  })
  const outboxPending = new Gauge({
    name: 'solewriter_outbox_pending',
    help: 'Events that a sink has not been told yet',
    labelNames: ['sink'],
    registers,
  })
  const outboxOldest = new Gauge({
    name: 'solewriter_outbox_oldest_seconds',
    help: 'How long ago the oldest of these events happened',
    labelNames: ['sink'],
    registers,
  })
  return {
    ...auditMetrics(registers),
    ...scanMetrics(registers),
    ...checkpointMetrics(registers),
    setLeading: (isLeading) => {
      leading.set(isLeading ? 1 : 0)
    },
    setEmergency: (isInForce) => {
      emergency.set(isInForce ? 1 : 0)
    },
    setConfigurationFaults: (found) => {
      for (const [fault, count] of found) faults.set({ fault }, count)
    },
    setSelfcheck: (isGood) => {
      selfcheck.set(isGood ? 1 : 0)
    },
    setLintFindings: (found) => {
      lint.reset()
      for (const { count, ...labels } of found) lint.set(labels, count)
    },
    setOutbox: (bySink) => {
      outboxPending.reset()
      outboxOldest.reset()
      for (const [sink, { pending, oldestSeconds }] of bySink) {
        outboxPending.set({ sink }, pending)
        outboxOldest.set({ sink }, oldestSeconds)
      }
    },
    exposition: () => registry?.metrics() ?? Promise.resolve(''),
  }
}

type AuditMetrics = Pick<
  ControllerMetrics,
  'auditEvent' | 'auditBatchRefused' | 'setAuditBatch' | 'bypassDetected'
>

function auditMetrics(registers: Registry[]): AuditMetrics {
  const events = new Counter({
    name: 'solewriter_audit_events_total',
    help: 'Events of the audit webhook, by what they were',
    labelNames: ['outcome'],
    registers,
  })
  const refused = new Counter({
    name: 'solewriter_audit_batches_refused_total',
    help: 'Batches of the audit webhook that were not acknowledged',
    labelNames: ['reason'],
    registers,
  })
  const lag = new Gauge({
    name: 'solewriter_audit_lag_seconds',
    help: 'How old the oldest event of the last batch was when it was judged',
    registers,
  })
  const last = new Gauge({
    name: 'solewriter_audit_last_batch_timestamp_seconds',
    help: 'When the last batch was acknowledged',
    registers,
  })
  const bypasses = new Counter({
    name: 'solewriter_bypass_detected_total',
    help: 'Writes that were stored past the webhook',
    labelNames: ['why'],
    registers,
  })
  return {
    auditEvent: (outcome) => {
      events.inc({ outcome })
    },
    auditBatchRefused: (reason) => {
      refused.inc({ reason })
    },
    setAuditBatch: ({ at, oldest }) => {
      lag.set(Math.max(at - oldest, 0) / 1000)
      last.set(at / 1000)
    },
    bypassDetected: (why) => {
      bypasses.inc({ why })
    },
  }
}

function checkpointMetrics(registers: Registry[]): Pick<ControllerMetrics, 'checkpointsInGit'> {
  let last: Gauge | undefined
  const failures = new Counter({
    name: 'solewriter_audit_checkpoints_git_errors_total',
    help: 'Times that checkpoints could not be kept in Git',
    registers,
  })
  return {
    checkpointsInGit: (round) => {
      if (round.kind === 'failed') {
        failures.inc()
        return
      }
      // Without a repository there is no such time, and nothing to be alarmed about.
      last ??= new Gauge({
        name: 'solewriter_audit_checkpoints_git_timestamp_seconds',
        help: 'When the newest checkpoints were last known to be in Git',
        registers,
      })
      last.set(round.at / 1000)
    },
  }
}
