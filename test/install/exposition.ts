import { createControllerMetrics } from '../../src/telemetry/controller-metrics.ts'
import { createMetrics } from '../../src/telemetry/metrics.ts'

/** What Prometheus would know: the labels of each series, by the name of the metric. */
export type Exposed = ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>

/** Both commands, with a sample of everything that rules and panels use. */
export async function exposedByCode(): Promise<Exposed> {
  const metrics = createMetrics({ usage: () => ({ residentBytes: 1, cpuSeconds: 1 }) })
  metrics.decided({ class: 'human', decision: 'allow', reason: 'BreakGlass' })
  metrics.decided({ class: 'human', decision: 'would-deny', reason: 'HumanWrite' })
  metrics.reviewed('allowed', 0.01)
  metrics.failed('InternalError')
  metrics.rejected('overload')
  metrics.callerRefused('wrong-subject')
  metrics.setCallerAuthentication('none')
  metrics.setLoadSource(() => ({ inFlight: 1, queued: 0 }))
  metrics.setMirrorSource(() => [{ repository: 'fleet', ageSeconds: 1, isStale: false, unread: 0 }])
  metrics.setCertificateExpiry('serving', 1)
  metrics.setPolicy({ hash: 'sha256:x', mode: 'enforce' })
  metrics.policyRefused()
  metrics.setCatalogue({ version: '1.36', isExact: true })
  metrics.pushed('fleet', 'accepted')
  metrics.recordFailed()
  metrics.holdsUnknown()
  metrics.setRecordsSource(() => ({ head: 1, checkpointAgeSeconds: 1, reserveBytes: 1 }))
  metrics.setExportSource(() => [{ sink: 'archive', lagSeconds: 1 }])
  metrics.setEngineWatchSource(() => [
    { kind: 'Application.argoproj.io', objects: 1, silentSeconds: 1, blindSeconds: 0 },
  ])
  const controller = createControllerMetrics()
  controller.setLeading(true)
  controller.setEmergency(false)
  controller.setSelfcheck(true)
  controller.setConfigurationFaults(new Map([['absent', 0]]))
  controller.setLintFindings(
    ['problem', 'warning', 'unknown'].map((severity) => ({ check: 'holders', severity, count: 0 })),
  )
  controller.setOutbox(new Map([['pager', { pending: 0, oldestSeconds: 0 }]]))
  controller.auditEvent('decided')
  controller.auditBatchRefused('late')
  controller.setAuditBatch({ at: 1, oldest: 1 })
  controller.bypassDetected('not-asked')
  return readExposition([await metrics.exposition(), await controller.exposition()].join('\n'))
}

export function readExposition(text: string): Exposed {
  const found = new Map<string, Map<string, Set<string>>>()
  for (const line of text.split('\n')) {
    const { name, labels } = readLine(line)
    if (name === undefined) continue
    const known = found.get(name) ?? new Map<string, Set<string>>()
    found.set(name, known)
    for (const [label, value] of labels) {
      known.set(label, (known.get(label) ?? new Set()).add(value))
    }
  }
  return found
}

/** Of a line about a type, or of a sample. */
function readLine(line: string) {
  const [, typed] = /^# TYPE (\S+)/.exec(line) ?? []
  const [, name = typed, text = ''] = /^([a-z_]+)(?:\{(.*)\})? \S+$/.exec(line) ?? []
  const labels = Array.from(
    text.matchAll(/([a-z_]+)="([^"]*)"/g),
    ([, label = '', value = '']) => [label, value] as const,
  )
  return { name, labels }
}
