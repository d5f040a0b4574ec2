import { namedCommits } from '../../core/engines/named-commits.ts'
import type { JsonObject } from '../../core/manifest/json.ts'
import { findCommit } from '../../core/provenance/find-commit.ts'
import type { Ground } from '../../core/provenance/proof.ts'
import { repositoryNamed } from '../../core/provenance/repository-claim.ts'
import type { Policy } from '../../core/policy/schema.ts'

export interface FetchingAhead extends Pick<Ground, 'repositories'> {
  readonly policy: Policy
}

const longestMs = 60_000

/**
 * While an engine builds what it has found, the mirror brings it too: by the first write it is read.
 * Whoever asks before that waits for the same fetch. What fails here fails there as well, and is told
 * there.
 */
export async function fetchAhead(
  object: JsonObject,
  { policy, repositories }: FetchingAhead,
): Promise<void> {
  const signal = AbortSignal.timeout(longestMs)
  const looking = namedCommits(object).map(async ({ url, commit }) => {
    const name = repositoryNamed(policy.spec.repositories, url)?.name
    const mirror = name === undefined ? undefined : repositories.get(name)
    if (mirror !== undefined) await findCommit(commit, mirror, signal)
  })
  await Promise.allSettled(looking)
}
