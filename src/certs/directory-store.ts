import { randomBytes } from 'node:crypto'
import {
  mkdir,
  mkdtemp,
  open,
  readdir,
  readlink,
  rename,
  rm,
  stat,
  symlink,
} from 'node:fs/promises'
import path from 'node:path'
import { GuardError } from '../core/errors.ts'
import { hour } from './lifetime.ts'
import { errorCode, readText } from './read-text.ts'
import type { AuthorityStore, CertificateMaterial, StoredMaterial } from './store.ts'

// A directory laid out as the kubelet lays out a mounted Secret, so that one file source reads
// both: `tls.crt` is a link to `..server/tls.crt`, and `..server` a link to `..server-7`, the
// generation. Renaming a finished directory to the next generation's name works for one writer
// only, and is the moment at which all four files change together.

export interface DirectoryLayout {
  readonly label: 'server' | 'client'
  readonly files: Readonly<Record<keyof CertificateMaterial, string>>
}

export const serverLayout: DirectoryLayout = {
  label: 'server',
  files: {
    caBundlePem: 'ca.crt',
    caKeyPem: 'ca.key',
    certificatePem: 'tls.crt',
    keyPem: 'tls.key',
  },
}

export const clientLayout: DirectoryLayout = {
  label: 'client',
  files: {
    caBundlePem: 'client-ca.crt',
    caKeyPem: 'client-ca.key',
    certificatePem: 'client.crt',
    keyPem: 'client.key',
  },
}

interface Place {
  readonly dir: string
  readonly layout: DirectoryLayout
}

const mostAttempts = 5

export function createDirectoryStore(
  options: Place & { readonly now: () => number },
): AuthorityStore {
  return {
    async load() {
      const stored = await readDirectory(options)
      // Whoever saved it may have died before the links were moved.
      if (stored !== undefined) await publish(options)
      return stored
    },
    async save(next, previousVersion) {
      try {
        return await save(options, { next, previousVersion })
      } catch (error) {
        throw unwritable(options.dir, error)
      }
    },
  }
}

/** As `load`, without writing: a directory may be read-only to whoever looks at it. */
export async function readDirectory(place: Place): Promise<StoredMaterial | undefined> {
  for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
    const generation = await newestGeneration(place)
    if (generation === 0) return undefined
    const material = await readGeneration(place, generation)
    // A generation may be cleared away under our hands; then there is a newer one.
    if ((await newestGeneration(place)) === generation) {
      return { material, version: String(generation) }
    }
  }
  throw new GuardError('CertificateUnreadable', `${place.dir} changes while it is being read`)
}

async function readGeneration(place: Place, generation: number): Promise<CertificateMaterial> {
  const { files } = place.layout
  const read = async (name: string) =>
    (await readText(path.join(place.dir, generationName(place, generation), name))) ?? ''
  return {
    caBundlePem: await read(files.caBundlePem),
    caKeyPem: await read(files.caKeyPem),
    certificatePem: await read(files.certificatePem),
    keyPem: await read(files.keyPem),
  }
}

async function save(
  options: Place & { readonly now: () => number },
  { next, previousVersion }: { next: CertificateMaterial; previousVersion: string | undefined },
): Promise<'saved' | 'conflict'> {
  await mkdir(options.dir, { recursive: true, mode: 0o700 })
  const previous = await newestGeneration(options)
  if (String(previous) !== (previousVersion ?? '0')) return 'conflict'
  await refuseForeignFiles(options)
  const draft = await mkdtemp(path.join(options.dir, `${draftPrefix(options)}`))
  const target = path.join(options.dir, generationName(options, previous + 1))
  try {
    await writeMaterial(draft, { next, layout: options.layout })
    await rename(draft, target)
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    const code = errorCode(error)
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return 'conflict'
    throw error
  }
  // A writer that slept for several generations finds its target cleared away and free again.
  if ((await newestGeneration(options)) > previous + 1) return 'conflict'
  await publish(options)
  await clear(options, previous + 1)
  return 'saved'
}

async function writeMaterial(
  draft: string,
  { next, layout }: { next: CertificateMaterial; layout: DirectoryLayout },
): Promise<void> {
  const { files } = layout
  await writeDurably(path.join(draft, files.caBundlePem), next.caBundlePem, 0o644)
  await writeDurably(path.join(draft, files.caKeyPem), next.caKeyPem, 0o600)
  await writeDurably(path.join(draft, files.certificatePem), next.certificatePem, 0o644)
  await writeDurably(path.join(draft, files.keyPem), next.keyPem, 0o600)
  await syncDirectory(draft)
}

async function writeDurably(file: string, text: string, mode: number): Promise<void> {
  await using handle = await open(file, 'wx', mode)
  await handle.writeFile(text)
  await handle.sync()
}

async function syncDirectory(directory: string): Promise<void> {
  await using handle = await open(directory)
  await handle.sync()
}

/** Points all links at the newest generation, also when others save at the same time. */
async function publish(place: Place): Promise<void> {
  const { dir, layout } = place
  const current = `..${layout.label}`
  try {
    let generation = await newestGeneration(place)
    while ((await linkTarget(path.join(dir, current))) !== generationName(place, generation)) {
      await replaceLink(dir, { name: current, target: generationName(place, generation) })
      generation = await newestGeneration(place)
    }
    for (const name of Object.values(layout.files)) {
      const target = `${current}/${name}`
      if ((await linkTarget(path.join(dir, name))) === target) continue
      await replaceLink(dir, { name, target })
    }
    await syncDirectory(dir)
  } catch (error) {
    throw unwritable(dir, error)
  }
}

async function replaceLink(
  dir: string,
  { name, target }: { name: string; target: string },
): Promise<void> {
  const draft = path.join(dir, `..link-${randomBytes(6).toString('hex')}`)
  await symlink(target, draft)
  await rename(draft, path.join(dir, name))
}

/** Undefined for what is not there and for what is not a link. */
async function linkTarget(file: string): Promise<string | undefined> {
  try {
    return await readlink(file)
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOENT' || code === 'EINVAL') return undefined
    throw error
  }
}

/** Somebody's own `ca.key` is never replaced. */
async function refuseForeignFiles({ dir, layout }: Place): Promise<void> {
  const entries = await readdir(dir, { withFileTypes: true })
  const names = Object.values(layout.files)
  const foreign = entries.find((entry) => names.includes(entry.name) && !entry.isSymbolicLink())
  if (foreign === undefined) return
  throw new GuardError(
    'SettingsInvalid',
    `${path.join(dir, foreign.name)} was not made by solewriter: move it away first`,
  )
}

/** Keeps the newest two generations: somebody may be reading the one before. */
async function clear(
  options: Place & { readonly now: () => number },
  newest: number,
): Promise<void> {
  for (const name of await readdir(options.dir)) {
    const generation = parseGeneration(options, name)
    const file = path.join(options.dir, name)
    const isOld = generation !== undefined && generation < newest - 1
    if (isOld || (await isAbandoned(options, name)))
      await rm(file, { recursive: true, force: true })
  }
}

/** What a writer that died left behind; keys may be in it. */
async function isAbandoned(
  options: Place & { readonly now: () => number },
  name: string,
): Promise<boolean> {
  if (!name.startsWith(draftPrefix(options))) return false
  try {
    return (await stat(path.join(options.dir, name))).mtimeMs < options.now() - hour
  } catch {
    return false
  }
}

/** 0 when there is none. */
async function newestGeneration(place: Place): Promise<number> {
  try {
    const names = await readdir(place.dir)
    return Math.max(0, ...names.map((name) => parseGeneration(place, name) ?? 0))
  } catch (cause) {
    if (errorCode(cause) === 'ENOENT') return 0
    throw new GuardError('CertificateUnreadable', `cannot read the directory ${place.dir}`, {
      cause,
    })
  }
}

function parseGeneration({ layout }: Place, name: string): number | undefined {
  const found = /^\.\.(server|client)-([1-9]\d{0,14})$/.exec(name)
  return found?.[1] === layout.label ? Number(found[2]) : undefined
}

function generationName({ layout }: Place, generation: number): string {
  return `..${layout.label}-${generation}`
}

function draftPrefix({ layout }: Place): string {
  return `..${layout.label}-draft-`
}

function unwritable(dir: string, cause: unknown): GuardError {
  if (cause instanceof GuardError) return cause
  const why = errorCode(cause) ?? 'unknown error'
  return new GuardError('CertificateUnreadable', `cannot write to ${dir}: ${why}`, { cause })
}
