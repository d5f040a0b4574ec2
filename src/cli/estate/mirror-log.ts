import type { BranchMove, MirrorEvent, TagMove } from '../../git/mirror-event.ts'
import type { Log } from '../../telemetry/log.ts'

const mostTagsTold = 20

/** What happened to the mirror of a repository. */
export function logMirrorEvent(repository: string, event: MirrorEvent, log: Log): void {
  switch (event.kind) {
    case 'fetched':
      log.debug('mirror_fetched', { repository, milliseconds: event.milliseconds })
      return
    case 'ready':
      log.info('mirror_ready', { repository, isFirst: event.isFirst })
      return
    case 'moved':
      logMove(repository, event, log)
      return
    case 'tags-moved':
      logTags(repository, event.moves, log)
      return
    case 'corrupt':
      log.error('mirror_corrupt', { repository, err: event.error })
      return
    case 'fetch-failed':
    case 'repack-failed':
      log.warn(`mirror_${event.kind.replace('-', '_')}`, { repository, err: event.error })
  }
}

function logMove(repository: string, move: BranchMove, log: Log): void {
  const { branch, from, to, isForced } = move
  if (isForced) log.warn('branch_rewritten', { repository, branch, from, to })
  else log.info('branch_moved', { repository, branch, from, to })
}

/** A tag that moves is as rare, and as telling, as a branch that is rewritten. */
function logTags(repository: string, moves: readonly TagMove[], log: Log): void {
  log.info('tags_changed', { repository, tags: moves.length })
  const moved = moves.filter(
    ({ from, to }) => from !== undefined && to !== undefined && from !== to,
  )
  for (const { tag, from, to } of moved.slice(0, mostTagsTold)) {
    log.warn('tag_moved', { repository, tag, from, to })
  }
}
