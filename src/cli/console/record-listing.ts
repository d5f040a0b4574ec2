import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'

/** A record file as it stands now. */
export interface ListedFile {
  readonly file: string
  readonly size: number
  /** Epoch ms of the last record, or nearly so. */
  readonly changedAt: number
}

export interface Listing {
  /** What changed last comes first. */
  readonly files: readonly ListedFile[]
  /** Places that cannot be read. */
  readonly problems: readonly string[]
}

const recordFile = /\.jsonl(?:\.gz)?$/

/** Record files below all places; one that is being compressed, once. */
export async function listRecords(places: readonly string[]): Promise<Listing> {
  const problems: string[] = []
  const names = new Set<string>()
  for (const place of places) {
    for (const name of await namesBelow(place, problems)) names.add(name)
  }
  const files: ListedFile[] = []
  for (const file of names) {
    if (file.endsWith('.gz') && names.has(file.slice(0, -'.gz'.length))) continue
    const found = await stat(file).catch(() => undefined)
    if (found?.isFile() === true) {
      files.push({ file, size: found.size, changedAt: found.mtimeMs })
    }
  }
  return { files: files.toSorted((a, b) => b.changedAt - a.changedAt), problems }
}

async function namesBelow(place: string, problems: string[]): Promise<readonly string[]> {
  try {
    const names = await readdir(place, { recursive: true })
    return names.filter((name) => recordFile.test(name)).map((name) => path.join(place, name))
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException
    problems.push(`Records in ${place} cannot be read: ${code}.`)
    return []
  }
}
