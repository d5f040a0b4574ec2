import type { Ground } from '../../core/provenance/proof.ts'
import type { Repositories, Repository } from '../../core/provenance/repository.ts'
import type { Scene } from '../../core/scan/scene.ts'

/** Before a head: what is older is not looked for. */
const mostFormer = 10
/**
 * In all of those commits: each is an index of all that it declares, and one that is forgotten before it
 * is asked again is read again for every finding.
 */
const mostFormerObjects = 30_000

/** Heads as they are now: a scan compares with one state of Git, whatever is fetched meanwhile. */
export function heldStill({ repositories }: Pick<Ground, 'repositories'>): {
  readonly repositories: Repositories
} {
  return {
    repositories: new Map([...repositories].map(([name, one]) => [name, still(one)])),
  }
}

function still(one: Repository): Repository {
  const tips = one.tips()
  return {
    name: one.name,
    commit: (oid) => one.commit(oid),
    tips: () => tips,
    tag: (name) => one.tag(name),
    tipUntil: (branch, oid) => one.tipUntil(branch, oid),
    previousTips: (branch) => one.previousTips(branch),
    trailers: (key, range) => one.trailers(key, range),
    firstParents: (commit, most) => one.firstParents?.(commit, most) ?? Promise.resolve([]),
    fetchedAt: () => one.fetchedAt(),
    refresh: (signal) => one.refresh(signal),
    problem: () => one.problem(),
  }
}

/** Each branch is asked about once; the more the heads declare, the fewer commits before them. */
export function formerCommits(repositories: Repositories, declared: number): Scene['former'] {
  const most = Math.min(mostFormer, Math.floor(mostFormerObjects / Math.max(1, declared)))
  const known = new Map<string, Promise<readonly string[]>>()
  return (repository, branch) => {
    const key = `${repository}\n${branch}`
    const asked = known.get(key) ?? commitsBefore(repositories.get(repository), branch, most)
    known.set(key, asked)
    return asked
  }
}

async function commitsBefore(
  one: Repository | undefined,
  branch: string,
  most: number,
): Promise<readonly string[]> {
  const head = one?.tips().find((tip) => tip.branch === branch)?.commit
  if (one === undefined || head === undefined || most === 0) return []
  const seen = one.previousTips(branch).map(({ commit }) => commit)
  const parents = (await one.firstParents?.(head, most)) ?? []
  return [...new Set([...parents, ...seen])].filter((commit) => commit !== head).slice(0, most)
}
