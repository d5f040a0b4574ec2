import type { CommitStatus, Repository } from './repository.ts'

/** What the mirror knows about a commit, after at most one fetch. */
export async function findCommit(
  commit: string,
  mirror: Repository,
  signal: AbortSignal,
): Promise<CommitStatus> {
  const status = await mirror.commit(commit)
  if (status.kind !== 'unknown' && status.kind !== 'unreachable') return status
  await mirror.refresh(signal)
  return mirror.commit(commit)
}
