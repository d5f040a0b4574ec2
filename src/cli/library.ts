import path from 'node:path'
import type { Policy } from '../core/policy/schema.ts'
import { openLocalRepository } from '../git/local-repository.ts'
import type { GitRepository } from '../git/mirror.ts'
import { createIndex, type DeclaredIndex } from '../render/declared-index.ts'
import type { Tools } from '../render/tools.ts'
import type { IndexedRepository } from '../render/tree-indexes.ts'
import type { Env } from './env.ts'
import { UsageError } from './exit.ts'
import { searchPathOf } from './renderers.ts'
import { overrideOf } from './serve/settings.ts'

/** Repositories of a policy as directories: nothing is fetched. */
export interface Library extends AsyncDisposable {
  readonly repositories: ReadonlyMap<string, GitRepository>
  readonly declarations: DeclaredIndex
}

export interface LibraryOptions {
  readonly directories: ReadonlyMap<string, string>
  readonly tools: Tools
}

export async function openLibrary(
  policy: Policy,
  { directories, tools }: LibraryOptions,
  env: Env,
): Promise<Library> {
  const repositories = new Map<string, GitRepository>()
  const sources = new Map<string, IndexedRepository>()
  const declarations = createIndex({ repositories: sources, tools, now: () => 0 })
  const close = async () => {
    await declarations.stop()
    await Promise.all([...repositories.values()].map((repository) => repository.stop()))
  }
  try {
    for (const { name, branches, sources: folders } of policy.spec.repositories) {
      const directory = directories.get(name)
      if (directory === undefined) continue
      const options = { searchPath: searchPathOf(env), now: env.now }
      const trees = await openLocalRepository(name, directory, branches, options)
      repositories.set(name, trees)
      sources.set(name, { trees, sources: folders })
    }
  } catch (error) {
    await close()
    throw error
  }
  return { repositories, declarations, [Symbol.asyncDispose]: close }
}

/** NAME -> directory; every name must be one of the policy. */
export function directoriesOf(
  policy: Policy,
  repo: readonly string[],
  env: Env,
): ReadonlyMap<string, string> {
  const pairs = repo.map((pair) =>
    overrideOf(pair, (directory) => path.resolve(env.cwd, directory)),
  )
  const names = policy.spec.repositories.map(({ name }) => name)
  const unknown = pairs.find(([name]) => !names.includes(name))
  if (unknown === undefined) return new Map(pairs)
  throw new UsageError(`--repo ${unknown[0]}: the policy has none such, only ${names.join(', ')}`)
}
