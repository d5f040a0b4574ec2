import { mkdtemp, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { Failure, type Progress } from './failure.ts'
import type { Family, ProgramName } from './families.ts'
import { copyOfModule, moduleDirectory, writeEdited } from './go-module.ts'
import { run } from './run.ts'

const heartbeatMs = 10_000

/** Builds into the family's cache directory; the file appears there complete or not at all. */
export async function goBuild(
  family: Family,
  name: ProgramName,
  progress: Progress,
): Promise<string> {
  const target = path.join(family.cacheDir, name)
  const scratch = await mkdtemp(path.join(family.cacheDir, 'build-'))
  const started = Date.now()
  const elapsed = () => `${Math.round((Date.now() - started) / 1000)} s`
  progress(`building ${name} ${family.version} (up to four minutes on 2 cores, the first time)`)
  const heartbeat = setInterval(() => {
    progress(`building ${name}: ${elapsed()}`)
  }, heartbeatMs)
  try {
    const binary = path.join(scratch, name)
    const args = await buildArguments(family, name, { scratch, binary })
    const { code, stderr } = await run('go', args, {
      cwd: family.dir,
      // A workspace around the checkout would replace the modules whose sums we trust.
      env: { ...process.env, GOWORK: 'off', ...family.env },
    })
    if (code !== 0) throw new Failure(3, `go build ${name} failed: ${stderr.trim().slice(-2000)}`)
    // First, so that whoever finds the binary finds them too.
    await keepManifests(family, scratch)
    await rename(binary, target)
    progress(`built ${name} in ${elapsed()}`)
    return target
  } finally {
    clearInterval(heartbeat)
    await rm(scratch, { recursive: true, force: true })
  }
}

interface Places {
  readonly scratch: string
  readonly binary: string
}

async function buildArguments(
  family: Family,
  name: ProgramName,
  { scratch, binary }: Places,
): Promise<string[]> {
  const flags = ['-s', '-w', ...family.ldflags].join(' ')
  const args = ['build', '-trimpath', '-buildvcs=false', '-mod=readonly', '-ldflags', flags]
  if (family.edit !== undefined) {
    args.push('-modfile', await writeEdited(family, family.edit, scratch))
  }
  return [...args, '-o', binary, family.packages[name] ?? '']
}

/** The module's directory is Go's: a start from the cache must do without Go. */
async function keepManifests(family: Family, scratch: string): Promise<void> {
  if (family.manifests === undefined) return
  const { module, path: within, copy } = family.manifests
  const fresh = path.join(scratch, 'manifests')
  await copyOfModule(path.join(await moduleDirectory(family, module), within), fresh)
  await rm(copy, { recursive: true, force: true })
  await rename(fresh, copy)
}
