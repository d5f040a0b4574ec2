import { stat } from 'node:fs/promises'
import path from 'node:path'
import { parseGitUrl } from '../../core/policy/git-url.ts'
import type { Policy } from '../../core/policy/schema.ts'
import { openBranchWork, type BranchWork } from '../../git/branch-work.ts'
import type { Env } from '../env.ts'
import { UsageError } from '../exit.ts'

/** A repository of the policy, copied for us to write commits in. */
export interface WorkRepository {
  readonly name: string
  /** As git takes it, and where the branch is pushed to. */
  readonly url: string
  /** Those that count and that are there. */
  readonly branches: readonly string[]
  readonly work: BranchWork
}

export interface RepositoryOptions {
  readonly repo?: readonly string[]
  readonly base?: string
}

export interface Opening {
  readonly directory: string
  /** Copied too, where it is there. */
  readonly branch: string
  readonly env: Env
}

/** Copies of all repositories of a policy, with the branches that count. */
export async function openRepositories(
  policy: Policy,
  options: RepositoryOptions,
  { directory, branch, env }: Opening,
): Promise<readonly WorkRepository[]> {
  const places = await placesOf(policy, options.repo ?? [], env)
  const { base } = options
  const wanted = policy.spec.repositories.map(({ name, url, branches }) => ({
    name,
    url: places.get(name) ?? url,
    branches: base === undefined ? branches : branches.filter((one) => one === base),
  }))
  if (wanted.every(({ branches }) => branches.length === 0)) {
    throw new UsageError(`--base ${base ?? ''}: it is no branch that the policy lets count`)
  }
  return Promise.all(
    wanted
      .filter(({ branches }) => branches.length > 0)
      .map(async ({ name, url, branches }) => {
        const work = await openBranchWork({
          url,
          directory: path.join(directory, name),
          vars: env.vars,
          signal: env.signal,
        })
        const there = branches.filter((one) => work.heads.has(one))
        if (there.length === 0) {
          throw new UsageError(`${name}: there is no branch ${branches.join(' or ')} at ${url}`)
        }
        await work.fetch([...there, branch])
        return { name, url, branches: there, work }
      }),
  )
}

/** `NAME=DIR` or `NAME=URL`, in place of the URL of the policy. */
async function placesOf(policy: Policy, repo: readonly string[], env: Env) {
  const names = policy.spec.repositories.map(({ name }) => name)
  const places = new Map<string, string>()
  for (const pair of repo) {
    const cut = pair.indexOf('=')
    const [name, place] = [pair.slice(0, cut), pair.slice(cut + 1)]
    if (cut < 1 || place === '') throw new UsageError(`--repo ${pair}: NAME=DIR or NAME=URL`)
    if (!names.includes(name)) {
      throw new UsageError(`--repo ${name}: the policy has none such, only ${names.join(', ')}`)
    }
    places.set(name, await placeOf(place, env))
  }
  return places
}

async function placeOf(place: string, env: Env): Promise<string> {
  const directory = path.resolve(env.cwd, place)
  const isThere = await stat(directory).then(
    (found) => found.isDirectory(),
    () => false,
  )
  if (isThere) return directory
  const url = parseGitUrl(place)
  if (typeof url !== 'string') return place
  throw new UsageError(`--repo ${place}: there is no such directory, and a URL ${url}`)
}
