import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { GuardError } from '../../core/errors.ts'
import type { Policy, PolicyRepository } from '../../core/policy/schema.ts'
import { openMirror } from '../../git/mirror.ts'
import type { Env } from '../env.ts'
import { directoriesOf } from '../library.ts'
import type { Progress } from '../output.ts'
import { searchPathOf } from '../renderers.ts'

/** Where the repositories of a policy are, until it is disposed of. */
export interface Directories extends AsyncDisposable {
  readonly directories: ReadonlyMap<string, string>
}

const longestFetch = 600_000

/** Those that are given, and copies of the others from their URLs. Rejects with GitFailed. */
export async function findDirectories(
  policy: Policy,
  { repo = [], shown }: { readonly repo?: readonly string[]; readonly shown: Progress },
  env: Env,
): Promise<Directories> {
  const given = directoriesOf(policy, repo, env)
  const lacking = policy.spec.repositories.filter(({ name }) => !given.has(name))
  if (lacking.length === 0) {
    return { directories: given, [Symbol.asyncDispose]: () => Promise.resolve() }
  }
  const mirrorDir = await mkdtemp(path.join(tmpdir(), 'solewriter-scan-'))
  const remove = () => rm(mirrorDir, { recursive: true, force: true })
  try {
    const fetched: [string, string][] = []
    for (const settings of lacking) {
      shown.update(`fetching ${settings.name}`)
      fetched.push([settings.name, await fetchInto(mirrorDir, settings, env)])
    }
    return { directories: new Map([...given, ...fetched]), [Symbol.asyncDispose]: remove }
  } catch (error) {
    await remove()
    throw error
  }
}

async function fetchInto(mirrorDir: string, settings: PolicyRepository, env: Env): Promise<string> {
  const { now, signal } = env
  const mirror = openMirror(settings, { mirrorDir, searchPath: searchPathOf(env), now })
  try {
    await mirror.start()
    await mirror.refresh(AbortSignal.any([signal, AbortSignal.timeout(longestFetch)]))
    signal.throwIfAborted()
    if (mirror.tips().length > 0) return path.join(mirrorDir, `${settings.name}.git`)
    const why = mirror.problem() ?? `it has no branch ${settings.branches.join(' or ')}`
    throw new GuardError('GitFailed', `repository ${settings.name}: ${why}`)
  } finally {
    await mirror.stop()
  }
}
