import { signerWith, type Signer } from '../../core/audit/checkpoint.ts'
import { openJournal } from '../../journal/journal.ts'
import type { Journal } from '../../journal/options.ts'
import type { Api } from '../../kubernetes/api.ts'
import type { AuditMetrics } from '../../telemetry/audit-metrics.ts'
import type { Log } from '../../telemetry/log.ts'
import { readKeyFile } from '../breakglass/key-file.ts'
import type { Env } from '../env.ts'
import type { Running } from '../running.ts'
import { openAnchors, type Anchors } from './anchors.ts'
import type { ServeSettings } from './settings.ts'

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

interface RecordsOptions {
  readonly settings: ServeSettings
  readonly signer: Signer | undefined
  readonly env: Env
  readonly api: Api
  readonly metrics: AuditMetrics
  readonly log: Log
  readonly running: Running
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
}: RecordsOptions): Promise<{ readonly journal: Journal; readonly anchors: Anchors }> {
  const { recordsDir, recordsKeep, recordsSize, writerName } = settings
  const anchors = openAnchors({ api, now: env.now, log })
  // It ends after the journal, whose last checkpoint it stores.
  running.add(() => anchors.stop())
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
    housekeeping: {
      ...(recordsKeep === undefined ? {} : { keepFor: recordsKeep }),
      ...(recordsSize === undefined ? {} : { keepBytes: recordsSize }),
      compress: true,
    },
  })
  running.add(() => journal.stop())
  metrics.setRecordsSource(() => ({
    head: journal.head().seq,
    checkpointAgeSeconds: anchors.ageSeconds(),
  }))
  return { journal, anchors }
}
