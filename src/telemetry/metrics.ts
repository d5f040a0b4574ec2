import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Reason } from '../core/decision/reasons.ts'
import { auditMetrics, type AuditMetrics } from './audit-metrics.ts'
import { breakGlassMetrics, type BreakGlassMetrics } from './break-glass-metrics.ts'
import { engineMetrics, type EngineMetrics } from './engine-metrics.ts'
import { exportMetrics, type ExportMetrics } from './export-metrics.ts'

/** Labels are words from closed lists or names from the policy: never names of objects or users. */
export interface Metrics extends EngineMetrics, BreakGlassMetrics, AuditMetrics, ExportMetrics {
  decided(decision: {
    readonly class: 'writer' | 'exception' | 'human' | 'own'
    /** `would-deny`: a denial that the scope's mode turned into an allow. */
    readonly decision: 'allow' | 'deny' | 'would-deny'
    readonly reason: Reason
  }): void
  reviewed(outcome: 'allowed' | 'denied' | 'failed', seconds: number): void
  /** A review that the server answered itself, without or instead of a decision. */
  failed(reason: 'ReviewMalformed' | 'DeadlineExceeded' | 'InternalError'): void
  rejected(why: Rejection): void
  callerRefused(why: 'no-certificate' | 'wrong-subject' | 'wrong-purpose'): void
  setCallerAuthentication(mode: 'mtls' | 'none'): void
  /** Asked at each scrape. */
  setLoadSource(load: () => { readonly inFlight: number; readonly queued: number }): void
  setMirrorSource(mirrors: () => readonly MirrorFreshness[]): void
  setCertificateExpiry(certificate: 'serving' | 'authority', epochMs: number): void
  setPolicy(policy: { readonly hash: string; readonly mode: string }): void
  policyRefused(): void
  /** How many writers of the policy are verified at each level. */
  setWriters(byLevel: Readonly<Record<'commit' | 'declared' | 'content', number>>): void
  /** Whether the defaults of the API server that asks are known, or those of another version are used. */
  setCatalogue(catalogue: { readonly version: string; readonly isExact: boolean }): void
  pushed(repository: string, outcome: 'accepted' | 'refused' | 'limited'): void
  recordFailed(): void
  /** The text that Prometheus reads. */
  exposition(): Promise<string>
  readonly contentType: string
}

/** Exchanges that ended without an AdmissionReview. */
export type Rejection =
  | 'overload'
  | 'draining'
  | 'connection-limit'
  | 'body-too-large'
  | 'body-late'
  | 'content-type'
  | 'method'
  | 'path'

export interface MirrorFreshness {
  readonly repository: string
  /** Undefined before the first good fetch. */
  readonly ageSeconds: number | undefined
  readonly isStale: boolean
  /** What could not be read of the heads; undefined while they are being read. */
  readonly unread?: number | undefined
}

const prefix = 'solewriter_'
/** From a cached answer to the longest timeout that a webhook may have. */
const seconds = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

export interface ProcessUsage {
  readonly residentBytes: number
  readonly cpuSeconds: number
}

/**
 * One registry for each caller: nothing is shared with prom-client's global one. Nor are its default
 * metrics: their observers of the event loop and the garbage collector cost a third of a review.
 */
export function createMetrics(options: { readonly usage?: () => ProcessUsage } = {}): Metrics {
  const registry = new Registry()
  if (options.usage !== undefined) addProcessMetrics(registry, options.usage)
  return {
    ...reviewMetrics(registry),
    ...listenerMetrics(registry),
    ...stateMetrics(registry),
    ...engineMetrics(registry),
    ...breakGlassMetrics(registry),
    ...auditMetrics(registry),
    ...exportMetrics(registry),
    exposition: () => registry.metrics(),
    contentType: registry.contentType,
  }
}

type ReviewMetrics = Pick<Metrics, 'decided' | 'reviewed' | 'failed' | 'recordFailed'>

function reviewMetrics(registry: Registry): ReviewMetrics {
  const count = counters(registry)
  const decided = decisionCounter(registry)
  const failures = count('review_failures_total', 'Reviews answered without a decision', ['reason'])
  const records = count('audit_wal_errors_total', 'Records that could not be written', [])
  const durations = new Histogram({
    name: `${prefix}review_duration_seconds`,
    help: 'From the head of a review to its answer',
    labelNames: ['outcome'],
    buckets: seconds,
    registers: [registry],
  })
  return {
    decided,
    reviewed: (outcome, duration) => {
      durations.observe({ outcome }, duration)
    },
    failed: (reason) => {
      failures.inc({ reason })
    },
    recordFailed: () => {
      records.inc()
    },
  }
}

/** Every review counts here: what prom-client does for each label set is put off until somebody reads. */
function decisionCounter(registry: Registry): Metrics['decided'] {
  const waiting = new Map<string, { labels: Parameters<Metrics['decided']>[0]; times: number }>()
  new Counter({
    name: `${prefix}decisions_total`,
    help: 'Decisions',
    labelNames: ['class', 'decision', 'reason'],
    registers: [registry],
    collect() {
      for (const { labels, times } of waiting.values()) this.inc(labels, times)
      waiting.clear()
    },
  })
  return (labels) => {
    const key = `${labels.class} ${labels.decision} ${labels.reason}`
    const known = waiting.get(key)
    if (known === undefined) waiting.set(key, { labels, times: 1 })
    else known.times += 1
  }
}

type ListenerMetrics = Pick<
  Metrics,
  'rejected' | 'callerRefused' | 'setCallerAuthentication' | 'setLoadSource' | 'pushed'
>

function listenerMetrics(registry: Registry): ListenerMetrics {
  const count = counters(registry)
  const gauge = gauges(registry)
  const rejections = count('rejected_total', 'Exchanges without an AdmissionReview', ['reason'])
  const refusals = count('caller_refused_total', 'Callers that were not let in', ['reason'])
  const pushes = count('push_notifications_total', 'Push notifications', ['repository', 'outcome'])
  const authentication = gauge('caller_authentication', 'How callers are authenticated', ['mode'])
  let load = () => ({ inFlight: 0, queued: 0 })
  gauge('reviews_in_flight', 'Reviews being decided', [], (self) => {
    self.set(load().inFlight)
  })
  gauge('reviews_queued', 'Reviews waiting for a slot', [], (self) => {
    self.set(load().queued)
  })
  return {
    rejected: (reason) => {
      rejections.inc({ reason })
    },
    callerRefused: (reason) => {
      refusals.inc({ reason })
    },
    setCallerAuthentication: (mode) => {
      for (const each of ['mtls', 'none']) authentication.set({ mode: each }, each === mode ? 1 : 0)
    },
    setLoadSource: (source) => {
      load = source
    },
    pushed: (repository, outcome) => {
      pushes.inc({ repository, outcome })
    },
  }
}

type StateMetrics = Pick<
  Metrics,
  | 'setMirrorSource'
  | 'setCertificateExpiry'
  | 'setPolicy'
  | 'policyRefused'
  | 'setWriters'
  | 'setCatalogue'
>

function stateMetrics(registry: Registry): StateMetrics {
  const gauge = gauges(registry)
  const policies = gauge('policy_info', 'The policy in force', ['hash', 'mode'])
  const refusals = counters(registry)('policy_refused_total', 'Policy files not taken', [])
  const writers = gauge('writers', 'Writers of the policy', ['verify'])
  const catalogues = gauge('defaults_catalogue_exact', '1: made for the version that is served', [
    'version',
  ])
  const expiry = gauge('certificate_expiry_timestamp_seconds', 'End of the certificate', [
    'certificate',
  ])
  let mirrors = (): readonly MirrorFreshness[] => []
  gauge('mirror_age_seconds', 'Since the last good fetch', ['repository'], (self) => {
    self.reset()
    for (const { repository, ageSeconds } of mirrors()) {
      if (ageSeconds !== undefined) self.set({ repository }, ageSeconds)
    }
  })
  gauge(
    'mirror_stale',
    '1: the mirror is missing or too old to prove anything',
    ['repository'],
    (self) => {
      self.reset()
      for (const { repository, isStale } of mirrors()) self.set({ repository }, isStale ? 1 : 0)
    },
  )
  gauge(
    'manifests_unread',
    'Files and sources that could not be read at the heads',
    ['repository'],
    (self) => {
      self.reset()
      for (const { repository, unread } of mirrors()) {
        if (unread !== undefined) self.set({ repository }, unread)
      }
    },
  )
  return {
    setMirrorSource: (source) => {
      mirrors = source
    },
    setCertificateExpiry: (certificate, epochMs) => {
      expiry.set({ certificate }, epochMs / 1000)
    },
    setPolicy: (policy) => {
      policies.reset()
      policies.set({ ...policy }, 1)
    },
    policyRefused: () => {
      refusals.inc()
    },
    setWriters: (byLevel) => {
      for (const [verify, count] of Object.entries(byLevel)) writers.set({ verify }, count)
    },
    setCatalogue: ({ version, isExact }) => {
      catalogues.set({ version }, isExact ? 1 : 0)
    },
  }
}

/** Under the names that dashboards know. */
function addProcessMetrics(registry: Registry, usage: () => ProcessUsage): void {
  const registers = [registry]
  new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Resident memory',
    registers,
    collect() {
      this.set(usage().residentBytes)
    },
  })
  new Gauge({
    name: 'process_cpu_seconds_total',
    help: 'CPU time of the process',
    registers,
    collect() {
      this.set(usage().cpuSeconds)
    },
  })
}

function counters(registry: Registry) {
  return (name: string, help: string, labelNames: string[]) =>
    new Counter({ name: prefix + name, help, labelNames, registers: [registry] })
}

function gauges(registry: Registry) {
  return (
    name: string,
    help: string,
    labelNames: string[],
    collect: (self: Gauge) => void = () => {},
  ) => {
    const gauge: Gauge = new Gauge({
      name: prefix + name,
      help,
      labelNames,
      registers: [registry],
      collect() {
        collect(this)
      },
    })
    return gauge
  }
}
