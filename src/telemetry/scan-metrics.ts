import { Counter, Gauge, type Registry } from 'prom-client'

/** What the last scan came to. */
interface ScanFacts {
  /** By kind. */
  readonly findings: Readonly<Record<string, number>>
  readonly objects: number
  /** Kinds, repositories and sources that could not be read, and other reasons. */
  readonly unknown: number
  readonly seconds: number
  /** Epoch ms. */
  readonly endedAt: number
  /** All was looked at that our account may see. */
  readonly isWhole: boolean
}

export interface ScanMetrics {
  /** Undefined: nothing is known of scans while this one does not lead. */
  setScan(facts: ScanFacts | undefined): void
  scanFailed(): void
}

export function scanMetrics(registers: Registry[]): ScanMetrics {
  const gauge = (name: string, help: string) => new Gauge({ name, help, labelNames: [], registers })
  const findings = new Gauge({
    name: 'solewriter_scan_findings',
    help: 'Objects that are not as Git declares them, as of the last scan',
    labelNames: ['kind'],
    registers,
  })
  const single = {
    objects: gauge('solewriter_scan_objects', 'Objects that the last scan has looked at'),
    unknown: gauge('solewriter_scan_unknown', 'What the last scan could not read, by reasons'),
    seconds: gauge('solewriter_scan_duration_seconds', 'How long the last scan took'),
    endedAt: gauge(
      'solewriter_scan_last_success_timestamp_seconds',
      'When the last scan ended that could look at everything',
    ),
  }
  const failures = new Counter({
    name: 'solewriter_scan_failures_total',
    help: 'Scans that came to no end',
    registers,
  })
  const known = new Map<string, number>()
  const forget = () => {
    known.clear()
    findings.reset()
    for (const one of Object.values(single)) one.remove()
  }
  return {
    setScan(facts) {
      if (facts === undefined) return forget()
      for (const [kind, count] of Object.entries(facts.findings)) {
        // What was not looked at has not gone away.
        const shown = facts.isWhole ? count : Math.max(count, known.get(kind) ?? 0)
        known.set(kind, shown)
        findings.set({ kind }, shown)
      }
      single.objects.set(facts.objects)
      single.unknown.set(facts.unknown)
      single.seconds.set(facts.seconds)
      if (facts.isWhole) single.endedAt.set(facts.endedAt / 1000)
    },
    scanFailed: () => failures.inc(),
  }
}
