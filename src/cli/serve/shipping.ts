import type { KnownFile } from '../../journal/record-files.ts'
import type { Shipping } from '../../journal/housekeeping.ts'
import type { Journal } from '../../journal/options.ts'
import { openCursor } from '../../journal/ship-cursor.ts'
import { Shipper } from '../../journal/shipper.ts'
import type { Check } from '../../server/health.ts'
import type { ExportMetrics } from '../../telemetry/export-metrics.ts'
import type { ProcessLog } from '../../telemetry/log.ts'
import { openTarget } from './shipping-targets.ts'
import type { ServeSettings } from './settings.ts'

interface RecordShippingOptions {
  readonly settings: ServeSettings
  readonly now: () => number
  readonly metrics: ExportMetrics
  readonly log: ProcessLog
}

/** Copies of the records in other places. */
export interface RecordShipping {
  /** For whoever removes files. */
  readonly shipping: Shipping
  /** From the files that are there, and those that this journal will write. */
  start(journal: Pick<Journal, 'written'>): void
  checks(): readonly Check[]
  /** Sends what it can in a few seconds; when the journal has ended. */
  stop(): Promise<void>
}

const fiveSeconds = 5_000

/** Rejects when what was sent before cannot be read. */
export async function openShipping({
  settings,
  now,
  metrics,
  log,
}: RecordShippingOptions): Promise<RecordShipping> {
  const { to, recordsDir: directory, writerName: pod } = settings
  let written: Journal['written'] = () => undefined
  const shippers = await Promise.all(
    to.map(async (setting) => {
      const { name: target } = setting
      return new Shipper({
        directory,
        pod,
        target: openTarget(setting, settings, { now, log }),
        cursor: await openCursor({ directory, target, pod }),
        written: () => written(),
        now,
        log,
        onFailure: () => {
          metrics.exportFailed(target)
        },
        onLost: () => {
          metrics.exportLost(target)
        },
      })
    }),
  )
  return {
    shipping: {
      lacking: () => lackingOf(shippers),
      lost: (target, file) => {
        metrics.exportLost(target)
        log.error('records_removed_unshipped', { target, file })
      },
    },
    start(journal) {
      written = () => journal.written()
      metrics.setExportSource(() =>
        shippers.map((one) => ({ sink: one.name, lagSeconds: one.lagSeconds() })),
      )
      for (const one of shippers) one.start()
    },
    checks: () => shippers.map(toCheck),
    stop: async () => {
      await Promise.all(shippers.map((one) => one.stop(fiveSeconds)))
    },
  }
}

async function lackingOf(shippers: readonly Shipper[]) {
  const known = await Promise.all(
    shippers.map(async (one) => ({ name: one.name, has: await one.has() })),
  )
  return (file: KnownFile) => known.filter(({ has }) => !has(file)).map(({ name }) => name)
}

function toCheck(shipper: Shipper): Check {
  const why = shipper.trouble()
  const lag = `${shipper.lagSeconds().toFixed(0)} s behind`
  return {
    name: `records to ${shipper.name}`,
    ok: why === undefined,
    detail: why === undefined ? lag : `${lag}: ${why}`,
  }
}
