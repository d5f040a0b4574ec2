import { signerWith, whyNotSigned, type Signer } from '../../core/audit/checkpoint.ts'
import type { Checkpoint } from '../../core/audit/checkpoint.ts'
import type { PinnedKeys } from '../../core/breakglass/keys.ts'
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
import { openAnchors, storeAnchor } from './anchors.ts'
import type { ServeSettings } from './settings.ts'
import { openShipping } from './shipping.ts'

/** What checkpoints are signed with, and by what others know them. */
export interface CheckpointKey {
  readonly sign: Signer
  readonly published: PinnedKeys
}

/** Throws UsageError for a key that cannot be used; undefined, with a warning, where there is none. */
export async function readSigner(
  { checkpointKeyFile }: ServeSettings,
  { env, log }: { readonly env: Env; readonly log: Log },
): Promise<CheckpointKey | undefined> {
  if (checkpointKeyFile === undefined) {
    log.warn('checkpoints_not_signed', { missing: '--checkpoint-key-file' })
    return undefined
  }
  const { kid, secret, published } = await readKeyFile(checkpointKeyFile, env)
  log.info('checkpoint_key_loaded', { kid })
  return { sign: signerWith(kid, secret), published }
}

/** For break-glass, when the disk of the records is full: some 25,000 records. */
const reserveBytes = 16 * 1024 * 1024

interface RecordsOptions {
  readonly settings: ServeSettings
  readonly signer: CheckpointKey | undefined
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
  /**
   * Stores what the process before this one closed its chain with: where there is one replica, nobody
   * was there any more to admit it. To be called when somebody is.
   */
  readonly storeEarlier: () => void
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
      ...(signer === undefined ? {} : { sign: signer.sign }),
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
    reserveBytes: journal.reserve() === 'held' ? reserveBytes : 0,
  }))
  return {
    journal,
    checks: () => [toCheck(journal), ...anchors.checks(), ...shipped.checks()],
    storeEarlier() {
      const closing = journal.closedBefore()
      if (closing === undefined || !isOurs(closing, signer)) return
      running.add(storeAnchor(closing, { api, log }))
    },
  }
}

/** Files can be written to by others: what we did not sign is not ours to spread. */
function isOurs(checkpoint: Checkpoint, key: CheckpointKey | undefined): boolean {
  if (key === undefined) return checkpoint.kid === undefined
  return whyNotSigned(checkpoint, key.published) === undefined
}

/** It makes nobody unready: whoever is not asked lets no break-glass through either. */
function toCheck(journal: Pick<Journal, 'lastError' | 'reserve' | 'head'>): Check {
  const name = 'records'
  if (journal.reserve() === 'spent') {
    return { name, ok: false, detail: 'the disk is full: what is left is for break-glass' }
  }
  const error = journal.lastError()
  if (error === undefined) return { name, ok: true, detail: `${journal.head().seq} written` }
  const { code = 'unknown' } = error.cause as { readonly code?: string }
  return { name, ok: false, detail: `the last one was not written: ${code}` }
}
