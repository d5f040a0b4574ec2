import { rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { Failure, type Progress } from './failure.ts'
import type { Family, ProgramName } from './families.ts'
import { run } from './run.ts'

const heartbeatMs = 10_000

/** Builds into the family's cache directory; the file appears there complete or not at all. */
export async function goBuild(
  family: Family,
  name: ProgramName,
  progress: Progress,
): Promise<string> {
  const target = path.join(family.cacheDir, name)
  const temporary = `${target}.${process.pid}.tmp`
  const started = Date.now()
  const elapsed = () => `${Math.round((Date.now() - started) / 1000)} s`
  progress(`building ${name} ${family.version} (cold build of all: about 10 minutes on 2 cores)`)
  const heartbeat = setInterval(() => {
    progress(`building ${name}: ${elapsed()}`)
  }, heartbeatMs)
  try {
    const { code, stderr } = await run('go', buildArguments(family, name, temporary), {
      cwd: family.dir,
      // A workspace around the checkout would replace the modules whose sums we trust.
      env: { ...process.env, GOWORK: 'off', ...family.env },
    })
    if (code !== 0) throw new Failure(3, `go build ${name} failed: ${stderr.trim().slice(-2000)}`)
    await rename(temporary, target)
    progress(`built ${name} in ${elapsed()}`)
    return target
  } finally {
    clearInterval(heartbeat)
    await rm(temporary, { force: true })
  }
}

function buildArguments(family: Family, name: ProgramName, output: string): string[] {
  const flags = ['-s', '-w', ...family.ldflags].join(' ')
  const common = ['build', '-trimpath', '-buildvcs=false', '-mod=readonly']
  return [...common, '-ldflags', flags, '-o', output, family.packages[name] ?? '']
}
