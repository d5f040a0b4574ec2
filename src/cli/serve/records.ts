import { signerWith, type Signer } from '../../core/audit/checkpoint.ts'
import { openJournal } from '../../journal/journal.ts'
import type { Journal } from '../../journal/options.ts'
import type { Api } from '../../kubernetes/api.ts'
import type { Check } from '../../server/health.ts'
import type { AuditMetrics } from '../../telemetry/audit-metrics.ts'
import type { ExportMetrics } from '../../telemetry/export-metrics.ts'
import type { Log, ProcessLog } from '../../telemetry/log.ts'
import { readKeyFile } from '../breakglass/key-file.ts'
import type { Env } from '../env.ts'
import type { Running } from '../running.ts'
import { openAnchors } from './anchors.ts'
import type { ServeSettings } from './settings.ts'
import { openShipping } from './shipping.ts'

/** Throws UsageError for a key that cannot be used; undefined, with a warning, where there is none. */
export async function readSigner(
  { checkpointKeyFile }: ServeSettings,
  { env, log }: { readonly env: Env; readonly log: Log },
): Promise<Signer | undefined> {
  if (checkpointKeyFile === undefined) {
    log.warn('checkpoints_not_signed', { missing: '--checkpoint-key-file' })
    return undefined
  }
  const { kid, secret } = await readKeyFile(checkpointKeyFile, env)
  log.info('checkpoint_key_loaded', { kid })
  return signerWith(kid, secret)
}

/** For break-glass, when the disk of the records is full: some 25,000 records. */
const reserveBytes = 16 * 1024 * 1024

interface RecordsOptions {
  readonly settings: ServeSettings
  readonly signer: Signer | undefined
  readonly env: Env
  readonly api: Api
  readonly metrics: AuditMetrics & ExportMetrics
  readonly log: ProcessLog
  readonly running: Running
}

interface Records {
  readonly journal: Journal
  /** What is told, and does not make us unready. */
  readonly checks: () => readonly Check[]
}

/** The records of decisions, with checkpoints of which the newest is in the cluster too. */
export async function openRecords({
  settings,
  signer,
  env,
  api,
  metrics,
  log,
  running,
}: RecordsOptions): Promise<Records> {
  const { recordsDir, recordsKeep, recordsSize, writerName } = settings
  const anchors = openAnchors({ api, now: env.now, log })
  // It ends after the journal, whose last checkpoint it stores.
  running.add(() => anchors.stop())
  const shipped = await openShipping({ settings, now: env.now, metrics, log })
  // So does this: what the journal writes last is to be sent too.
  running.add(() => shipped.stop())
  const journal = await openJournal({
    directory: recordsDir,
    writer: writerName,
    now: env.now,
    log,
    checkpoints: {
      ...(signer === undefined ? {} : { sign: signer }),
      onStored: (checkpoint) => {
        anchors.take(checkpoint)
      },
    },
    reserve: { bytes: reserveBytes },
    housekeeping: {
      ...(recordsKeep === undefined ? {} : { keepFor: recordsKeep }),
      ...(recordsSize === undefined ? {} : { keepBytes: recordsSize }),
      compress: true,
      shipping: shipped.shipping,
    },
  })
  running.add(() => journal.stop())
  shipped.start(journal)
  metrics.setRecordsSource(() => ({
    head: journal.head().seq,
    checkpointAgeSeconds: anchors.ageSeconds(),
  }))
  return { journal, checks: () => [...anchors.checks(), ...shipped.checks()] }
}
