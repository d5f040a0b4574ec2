import { checkpointFolder, checkpointUpdate } from '../../core/audit/kept-checkpoints.ts'
import { changeFiles } from '../../git/file-branch.ts'
import type { Api } from '../../kubernetes/api.ts'
import { listCheckpoints } from '../../kubernetes/audit-checkpoints.ts'
import { pause } from '../../kubernetes/wait.ts'
import type { ControllerMetrics } from '../../telemetry/controller-metrics.ts'
import type { Log } from '../../telemetry/log.ts'
import type { CheckpointSettings } from './checkpoint-settings.ts'

export interface CheckpointsOptions {
  readonly settings: CheckpointSettings
  /** `PATH` for git and ssh. */
  readonly searchPath: string
  readonly api: Api
  readonly metrics: Pick<ControllerMetrics, 'checkpointsInGit'>
  /** Epoch ms. */
  readonly now: () => number
  readonly log: Log
}

const aMinute = 60_000

/**
 * Keeps the newest checkpoint of each chain in a repository too: whoever rules the cluster, and holds
 * the files, does not rule that. Never rejects.
 */
export async function keepCheckpoints(
  options: CheckpointsOptions,
  signal: AbortSignal,
): Promise<void> {
  const { settings, log, metrics, now } = options
  const told = { why: '', doubts: '' }
  while (!signal.aborted) {
    const why = await keepOnce(options, told, signal).then(
      () => undefined,
      (error: unknown) => error as Error,
    )
    if (why === undefined) {
      told.why = ''
      metrics.checkpointsInGit({ kind: 'kept', at: now() })
    } else if (!signal.aborted) {
      metrics.checkpointsInGit({ kind: 'failed' })
      if (told.why !== why.message) log.error('checkpoints_not_in_git', { err: why })
      told.why = why.message
    }
    const wait = why === undefined ? settings.every : Math.min(settings.every, aMinute)
    await pause(wait, signal)
  }
}

/** What was told already is not told again. */
async function keepOnce(
  { settings, searchPath, api, log }: CheckpointsOptions,
  told: { doubts: string },
  signal: AbortSignal,
): Promise<void> {
  const objects = await listCheckpoints(api, signal)
  const { remote, branch } = settings
  const place = { program: { searchPath }, remote, branch, signal }
  let doubts: readonly string[] = []
  const outcome = await changeFiles(place, checkpointFolder, (there) => {
    const update = checkpointUpdate(objects, there)
    doubts = update.doubts
    if (update.files.size === 0) return undefined
    return { files: update.files, message: messageOf(update.files.size) }
  })
  if (outcome.kind === 'pushed') {
    log.info('checkpoints_in_git', { branch, commit: outcome.commit })
  }
  const text = doubts.join('; ')
  if (text !== '' && text !== told.doubts) log.error('checkpoints_contradict_git', { doubts })
  told.doubts = text
}

function messageOf(count: number): string {
  return `checkpoints: ${count} ${count === 1 ? 'chain' : 'chains'}\n`
}
