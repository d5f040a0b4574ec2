import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { GuardError } from '../core/errors.ts'

/** What a finished mirror says about itself. A directory without it was never finished. */
export interface Stamp {
  /** Of the remote: a mirror of another one is not ours. */
  readonly url: string
  /** Epoch ms of the last good fetch. */
  readonly fetchedAt: number
}

const stampFile = 'solewriter.json'

/** The directory of one mirror, `<mirrorDir>/<name>.git`, and those beside it while it is rebuilt. */
export class MirrorDirectory {
  readonly path: string
  readonly #base: string
  readonly #next: string
  readonly #old: string

  constructor(base: string, name: string) {
    // Git runs in another working directory.
    this.#base = resolve(base)
    this.path = join(this.#base, `${name}.git`)
    this.#next = `${this.path}.next`
    this.#old = `${this.path}.old`
  }

  /** Clears away what a killed process left. One process owns the directory. */
  async prepare(): Promise<void> {
    try {
      await mkdir(this.#base, { recursive: true, mode: 0o700 })
      await this.removeOld()
      await rm(this.#next, { recursive: true, force: true })
      await this.removeLeftovers()
    } catch (cause) {
      throw new GuardError('GitFailed', `${this.#base} cannot be prepared for mirrors`, { cause })
    }
  }

  /** Locks and half-written packs; git would wait for their owner or keep them for ever. */
  async removeLeftovers(): Promise<void> {
    const files = await readdir(this.path, { recursive: true }).catch(() => [])
    const isLeftover = (file: string): boolean =>
      file.endsWith('.lock') || /^objects\/(?:.*\/)?(?:\.tmp-|tmp_)[^/]*$/.test(file)
    await Promise.all(
      files.filter(isLeftover).map((file) => rm(join(this.path, file), { force: true })),
    )
  }

  async readStamp(): Promise<Stamp | undefined> {
    const text = await readFile(join(this.path, stampFile), 'utf8').catch(() => undefined)
    return text === undefined ? undefined : parseStamp(text)
  }

  writeStamp(stamp: Stamp): Promise<void> {
    return writeStampInto(this.path, stamp)
  }

  /** Bytes and number of the packs. */
  async usage(): Promise<{ readonly bytes: number; readonly packs: number }> {
    return packsIn(this.path)
  }

  /** An empty place for a new mirror. */
  async makeNext(): Promise<string> {
    await rm(this.#next, { recursive: true, force: true })
    await mkdir(this.#next, { mode: 0o700 })
    return this.#next
  }

  /** Puts the finished new mirror in the place of the old one, which stays beside it for now. */
  async swapIn(stamp: Stamp): Promise<void> {
    await writeStampInto(this.#next, stamp)
    await this.removeOld()
    await rename(this.path, this.#old).catch(ignoreMissing)
    await rename(this.#next, this.path)
  }

  removeOld(): Promise<void> {
    return rm(this.#old, { recursive: true, force: true })
  }
}

export async function packsIn(
  gitDir: string,
): Promise<{ readonly bytes: number; readonly packs: number }> {
  const folder = join(gitDir, 'objects/pack')
  const files = await readdir(folder).catch(() => [])
  // A file may be renamed between the two looks.
  const sizes = files.map((file) =>
    stat(join(folder, file)).then(
      ({ size }) => size,
      () => 0,
    ),
  )
  const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0)
  return { bytes, packs: files.filter((file) => file.endsWith('.pack')).length }
}

async function writeStampInto(directory: string, stamp: Stamp): Promise<void> {
  const file = join(directory, stampFile)
  await writeFile(`${file}.lock`, JSON.stringify(stamp))
  await rename(`${file}.lock`, file)
}

function parseStamp(text: string): Stamp | undefined {
  try {
    const { url, fetchedAt } = JSON.parse(text) as Record<string, unknown>
    return typeof url === 'string' && Number.isSafeInteger(fetchedAt)
      ? { url, fetchedAt: fetchedAt as number }
      : undefined
  } catch {
    return undefined
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}
