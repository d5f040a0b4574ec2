import { open, readFile, readdir, rename } from 'node:fs/promises'
import path from 'node:path'
import { lineHash } from '../core/audit/chain.ts'
import { at, isJsonObject, type Json } from '../core/manifest/json.ts'
import { unlessGone } from './record-files.ts'

/** How much of a chain a target has. */
export interface Position {
  /** Number of the file. */
  readonly index: number
  /** Bytes of that file, uncompressed. */
  readonly offset: number
  /** End of what is being sent from there: after a restart it is sent with the same key. */
  readonly sending?: number
  /** It has all, and nothing follows. */
  readonly ended?: true
}

/** By the run of the process that wrote the chain. */
export type Positions = ReadonlyMap<string, Position>

/** What a target has, as a small file beside the records. Each process writes one of its own. */
export interface Cursor {
  readonly positions: Map<string, Position>
  /** Writes it, whole or not at all. */
  save(): Promise<void>
  /** What the target has as other processes of this directory say. */
  others(): Promise<readonly Positions[]>
}

export interface CursorOptions {
  readonly directory: string
  readonly target: string
  readonly pod: string
}

export async function openCursor({ directory, target, pod }: CursorOptions): Promise<Cursor> {
  const prefix = `shipped-${lineHash(target).slice('sha256:'.length).slice(0, 16)}-`
  const name = `${prefix}${pod}.json`
  const file = path.join(directory, name)
  const positions = new Map(await readPositions(file))
  return {
    positions,
    save: () => write(file, { target, positions: Object.fromEntries(positions) }),
    async others() {
      const names = await readdir(directory)
      const theirs = names.filter((one) => one !== name && one.startsWith(prefix))
      const files = theirs.filter((one) => one.endsWith('.json'))
      return Promise.all(files.map((one) => readPositions(path.join(directory, one))))
    },
  }
}

/** On disk before the name: a file that is half there would lose what others need. */
async function write(file: string, value: object): Promise<void> {
  const unfinished = `${file}.part`
  {
    await using handle = await open(unfinished, 'w', 0o600)
    await handle.writeFile(`${JSON.stringify(value)}\n`)
    await handle.datasync()
  }
  await rename(unfinished, file)
}

/** What cannot be read is sent again from the beginning, which does no harm. */
async function readPositions(file: string): Promise<Positions> {
  const text = (await readFile(file, 'utf8').catch(unlessGone)) ?? '{}'
  let value: Json
  try {
    value = JSON.parse(text) as Json
  } catch {
    return new Map()
  }
  const found = at(value, 'positions')
  if (!isJsonObject(found)) return new Map()
  return new Map(Object.entries(found).flatMap(([boot, one]) => readPosition(boot, one)))
}

function readPosition(boot: string, value: Json | undefined): [string, Position][] {
  const [index, offset, sending] = ['index', 'offset', 'sending'].map((key) => at(value, key))
  if (!isCount(index) || !isCount(offset)) return []
  const rest = isCount(sending) && sending > offset ? { sending } : {}
  return [[boot, { index, offset, ...rest, ...(at(value, 'ended') === true && { ended: true }) }]]
}

function isCount(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
