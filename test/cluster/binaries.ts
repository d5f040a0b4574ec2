import { constants } from 'node:fs'
import { access, mkdir } from 'node:fs/promises'
import path from 'node:path'
import { download, isReleased } from './download.ts'
import { Failure, messageOf, type Progress } from './failure.ts'
import { familyOf, type Family, type ProgramName } from './families.ts'
import { goBuild } from './go-build.ts'
import { withLock } from './lock.ts'
import { run } from './run.ts'

export interface Found {
  readonly path: string
  readonly version: string
  readonly source: 'KUBEBUILDER_ASSETS' | 'PATH' | 'cache' | 'download' | 'go build'
}

/** Programs of an engine cannot say what they are: only what was built here counts. */
const versionArguments: Readonly<Partial<Record<ProgramName, readonly string[]>>> = {
  etcd: ['--version'],
  'kube-apiserver': ['--version'],
  'kube-controller-manager': ['--version'],
  kubectl: ['version', '--client'],
  kustomize: ['version'],
  helm: ['version', '--short'],
}

/** Finds or makes each of them, in the order that docs and `binaries --help` promise. */
export async function ensureBinaries<Name extends ProgramName>(
  names: readonly Name[],
  progress: Progress,
): Promise<Record<Name, Found>> {
  const found: Partial<Record<Name, Found>> = {}
  for (const name of names) {
    found[name] = (await installed(name)) ?? (await make(name, progress))
  }
  return found as Record<Name, Found>
}

async function installed(name: ProgramName): Promise<Found | undefined> {
  const family = familyOf(name)
  const assets = process.env['KUBEBUILDER_ASSETS']
  // Chosen on purpose, perhaps to try another version: it only has to run.
  const chosen = assets === undefined ? undefined : await answering(name, path.join(assets, name))
  if (chosen !== undefined) return { ...chosen, source: 'KUBEBUILDER_ASSETS' }
  for (const dir of (process.env['PATH'] ?? '').split(path.delimiter)) {
    const candidate = path.isAbsolute(dir) ? await answering(name, path.join(dir, name)) : undefined
    if (candidate !== undefined && minorOf(candidate.version) === minorOf(family.version)) {
      return { ...candidate, source: 'PATH' }
    }
  }
  return cached(name, family)
}

async function cached(name: ProgramName, family: Family): Promise<Found | undefined> {
  const file = path.join(family.cacheDir, name)
  if (!(await isExecutable(file))) return undefined
  return { path: file, version: family.version, source: 'cache' }
}

async function make(name: ProgramName, progress: Progress): Promise<Found> {
  const family = familyOf(name)
  await mkdir(family.cacheDir, { recursive: true })
  return withLock(path.join(family.cacheDir, 'lock'), progress, async () => {
    const already = await cached(name, family)
    if (already !== undefined) return already
    const failures: string[] = []
    for (const { source, attempt } of waysToMake) {
      try {
        return { path: await attempt(family, name, progress), version: family.version, source }
      } catch (error) {
        failures.push(messageOf(error))
      }
    }
    throw new Failure(3, [`no ${name} ${family.version} to be had:`, ...failures].join('\n  '))
  })
}

const waysToMake = [
  { source: 'download', attempt: downloadOnce },
  { source: 'go build', attempt: goBuild },
] as const

let unreachable: string | undefined

/** One dead end is enough: the next binary need not wait for the same time-out. */
async function downloadOnce(
  family: Family,
  name: ProgramName,
  progress: Progress,
): Promise<string> {
  const offline = (process.env['SOLEWRITER_OFFLINE'] ?? '') !== ''
  if (!isReleased(family)) throw new Failure(3, `no official ${name} for download`)
  if (offline) throw new Failure(3, 'no download: SOLEWRITER_OFFLINE is set')
  if (unreachable !== undefined) throw new Failure(3, unreachable)
  try {
    return await download(family, name, progress)
  } catch (error) {
    unreachable = messageOf(error)
    throw error
  }
}

async function answering(
  name: ProgramName,
  file: string,
): Promise<{ path: string; version: string } | undefined> {
  const args = versionArguments[name]
  if (args === undefined || !(await isExecutable(file))) return undefined
  const { code, stdout } = await run(file, args, { timeoutMs: 10_000 })
  const version = /\d+\.\d+\.\d+[^\s]*/.exec(stdout)?.[0]
  return code === 0 && version !== undefined ? { path: file, version: `v${version}` } : undefined
}

function minorOf(version: string): string {
  return version.replace(/^v/, '').split('.').slice(0, 2).join('.')
}

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  )
}
