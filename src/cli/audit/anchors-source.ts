import { readdir, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { readAnchors, type Anchor } from '../../core/audit/anchors.ts'
import { checkpointFolder } from '../../core/audit/kept-checkpoints.ts'
import { openLocalRepository } from '../../git/local-repository.ts'
import type { Env } from '../env.ts'
import { UsageError } from '../exit.ts'
import { searchPathOf } from '../renderers.ts'
import { standardInput } from '../records.ts'

export const usualAnchorsBranch = 'solewriter-checkpoints'

const largest = 1024 * 1024

/**
 * What `kubectl get auditcheckpoints -o json` prints, one file of a repository that `controller` commits
 * to, a directory of them, or the repository itself: its branch counts, whatever is checked out.
 */
export async function anchorsAt(
  place: string,
  branch: string,
  env: Env,
): Promise<readonly Anchor[]> {
  if (place === standardInput) return parse(await text(env.stdin), place)
  const file = path.resolve(env.cwd, place)
  const found = await stat(file).catch((cause: unknown) => {
    throw new UsageError(`${place} cannot be read`, { cause })
  })
  if (!found.isDirectory()) return fromFile(file, place)
  if (await isRepository(file)) return fromRepository(file, { place, branch, env })
  const names = (await readdir(file)).filter((name) => name.endsWith('.json')).toSorted()
  if (names.length === 0) throw new UsageError(`${place} is no repository, and holds no *.json`)
  const all = names.map((name) => fromFile(path.join(file, name), path.join(place, name)))
  return (await Promise.all(all)).flat()
}

/** With a working tree, or bare. */
async function isRepository(directory: string): Promise<boolean> {
  const names = new Set(await readdir(directory))
  return names.has('.git') || (names.has('HEAD') && names.has('objects'))
}

interface InRepository {
  readonly place: string
  readonly branch: string
  readonly env: Env
}

async function fromRepository(
  directory: string,
  { place, branch, env }: InRepository,
): Promise<readonly Anchor[]> {
  const options = { searchPath: searchPathOf(env), now: env.now }
  const repository = await openLocalRepository(place, directory, [branch], options)
  try {
    const [tip] = repository.tips()
    if (tip === undefined) {
      throw new UsageError(`${place}: ${repository.problem() ?? `has no branch ${branch}`}`)
    }
    const files = await repository.list(tip.commit, checkpointFolder)
    const anchors: Anchor[] = []
    for (const { oid, path: name } of files.filter((one) => one.path.endsWith('.json'))) {
      const bytes = await repository.blob(oid, largest)
      anchors.push(...parse(Buffer.from(bytes).toString('utf8'), `${place}:${branch}:${name}`))
    }
    if (anchors.length > 0) return anchors
    throw new UsageError(`${place}: ${branch} holds no ${checkpointFolder}/*.json`)
  } finally {
    await repository.stop()
  }
}

async function fromFile(file: string, shown: string): Promise<readonly Anchor[]> {
  const read = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new UsageError(`${shown} cannot be read`, { cause })
  })
  return parse(read, shown)
}

function parse(read: string, shown: string): readonly Anchor[] {
  const anchors = readAnchors(read, shown)
  if (typeof anchors === 'string') throw new UsageError(`${shown} ${anchors}`)
  return anchors
}
