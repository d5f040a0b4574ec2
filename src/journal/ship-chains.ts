import { stat } from 'node:fs/promises'
import { isCompressed } from './record-bytes.ts'
import {
  closesChain,
  lastLineOf,
  namedFiles,
  unlessGone,
  type KnownFile,
  type NamedFile,
} from './record-files.ts'
import type { Position, Positions } from './ship-cursor.ts'

const anHour = 60 * 60 * 1000

/** The files of one chain, in order. */
export interface ChainFiles {
  readonly boot: string
  readonly pod: string
  readonly files: readonly NamedFile[]
  /** Whether the same replica has begun another one. */
  readonly isFollowed: boolean
}

export async function chainsIn(directory: string): Promise<readonly ChainFiles[]> {
  const byBoot = Map.groupBy(await namedFiles(directory), ({ boot }) => boot)
  const latest = new Map<string, string>()
  for (const [boot, [file]] of byBoot) if (file !== undefined) latest.set(file.pod, boot)
  return Array.from(byBoot, ([boot, files]) => {
    const pod = files[0]?.pod ?? ''
    return { boot, pod, files, isFollowed: latest.get(pod) !== boot }
  })
}

/** Whether nobody has written to it for an hour: its own process ships what it writes at once. */
export async function isQuiet({ files }: ChainFiles, now: number): Promise<boolean> {
  const last = files.at(-1)
  const found = last === undefined ? undefined : await stat(last.path).catch(unlessGone)
  return found !== undefined && now - found.mtimeMs > anHour
}

interface Sent {
  readonly now: number
  /** Of its last file, in bytes. */
  readonly offset: number
  /** Since it was asked last. */
  readonly isNew: boolean
}

/** Whether nothing follows what was sent of it. */
export async function hasEnded(chain: ChainFiles, { now, offset, isNew }: Sent): Promise<boolean> {
  const last = chain.files.at(-1)
  if (last === undefined || isCompressed(last.name)) return true
  if (isNew && (await isClosedAt(last, offset))) return true
  return chain.isFollowed && (await isQuiet(chain, now))
}

/** What closes it may have been written since: then it is not sent yet. */
async function isClosedAt({ path }: NamedFile, offset: number): Promise<boolean> {
  const line = await lastLineOf(path)
  if (line === undefined || !closesChain(line)) return false
  return (await stat(path)).size === offset
}

/** Whether a target has all of it. */
export function hasAll(position: Position | undefined, file: KnownFile): boolean {
  if (position === undefined) return false
  const { index, offset, ended = false } = position
  if (ended || index > file.index) return true
  return index === file.index && !isCompressed(file.name) && offset >= file.size
}

/** What of a chain somebody has sent furthest. */
export function furthest(all: readonly Positions[], boot: string): Position | undefined {
  const known = all.flatMap((positions) => positions.get(boot) ?? [])
  return known.toSorted(
    (a, b) =>
      Number(b.ended ?? false) - Number(a.ended ?? false) ||
      b.index - a.index ||
      b.offset - a.offset,
  )[0]
}
