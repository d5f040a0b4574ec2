import { Counter, Gauge, type Registry } from 'prom-client'

/** Of the places that records are copied to, by the names that the operator gave. */
export interface ExportMetrics {
  /** Asked at each scrape. */
  setExportSource(read: () => readonly ExportState[]): void
  exportFailed(sink: string): void
  /** Of a file that was removed, or cannot be read, before the sink had it. */
  exportLost(sink: string): void
}

interface ExportState {
  readonly sink: string
  /** Since the oldest record was written that it lacks; 0 when it has all. */
  readonly lagSeconds: number
}

export function exportMetrics(registry: Registry): ExportMetrics {
  let source = (): readonly ExportState[] => []
  new Gauge({
    name: 'solewriter_audit_export_lag_seconds',
    help: 'Since the oldest record was written that the sink lacks',
    labelNames: ['sink'],
    registers: [registry],
    collect() {
      for (const { sink, lagSeconds } of source()) this.set({ sink }, lagSeconds)
    },
  })
  const count = (name: string, help: string) =>
    new Counter({
      name: `solewriter_audit_export_${name}_total`,
      help,
      labelNames: ['sink'],
      registers: [registry],
    })
  const errors = count('errors', 'Times that records could not be sent')
  const lost = count('lost_files', 'Files of records that the sink will never get')
  return {
    setExportSource: (read) => {
      source = read
      for (const { sink } of read()) {
        errors.inc({ sink }, 0)
        lost.inc({ sink }, 0)
      }
    },
    exportFailed: (sink) => {
      errors.inc({ sink })
    },
    exportLost: (sink) => {
      lost.inc({ sink })
    },
  }
}
