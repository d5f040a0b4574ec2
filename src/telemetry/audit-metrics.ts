import { Gauge, type Registry } from 'prom-client'

export interface AuditMetrics {
  /** Asked at each scrape. */
  setRecordsSource(read: () => RecordsState): void
}

interface RecordsState {
  /** Number of the last record in the chain of this process. */
  readonly head: number
  /** Since the newest checkpoint in the cluster was stored, or since the start. */
  readonly checkpointAgeSeconds: number
  /** Kept for break-glass, for when the disk is full. */
  readonly reserveBytes: number
}

export function auditMetrics(registry: Registry): AuditMetrics {
  let source: (() => RecordsState) | undefined
  const gauge = (name: string, help: string, of: (state: RecordsState) => number) => {
    new Gauge({
      name: `solewriter_audit_${name}`,
      help,
      registers: [registry],
      collect() {
        if (source !== undefined) this.set(of(source()))
      },
    })
  }
  gauge('chain_head', 'Number of the last record of this process', ({ head }) => head)
  gauge(
    'checkpoint_age_seconds',
    'Since the newest checkpoint of this process in the cluster',
    ({ checkpointAgeSeconds }) => checkpointAgeSeconds,
  )
  gauge(
    'reserve_bytes',
    'Space that is kept for break-glass on the disk of the records; 0 when it is used, or was no room',
    ({ reserveBytes }) => reserveBytes,
  )
  return {
    setRecordsSource: (read) => {
      source = read
    },
  }
}
