import { GuardError } from '../core/errors.ts'
import type { TreeFile } from '../core/provenance/repository.ts'
import type { BlobSizes } from './blob-sizes.ts'
import type { ObjectReader } from './object-reader.ts'
import { isFolder, isSubmodule, type TreeEntry } from './tree-entries.ts'

/** Folders repeat: ten levels of ten equal ones are ten objects and 10^10 paths. */
const mostEntries = 200_000
const deepest = 200
const questionsAtOnce = 1000

/** The entry at `path` ('' is the root) below a root tree. */
export async function entryAt(
  reader: ObjectReader,
  root: string,
  path: string,
): Promise<TreeEntry | undefined> {
  let entry: TreeEntry = { mode: '040000', name: '', oid: root }
  for (const step of path === '' ? [] : path.split('/')) {
    if (!isFolder(entry)) return undefined
    const next = (await reader.tree(entry.oid)).find(({ name }) => name === step)
    if (next === undefined) return undefined
    entry = next
  }
  return entry
}

/** All entries below `path`, as `ls-tree -r -l` lists them: folders are walked, links are not. */
export async function listFiles(
  reader: ObjectReader,
  root: string,
  { path, sizes }: { readonly path: string; readonly sizes: BlobSizes },
): Promise<readonly TreeFile[]> {
  const top = await entryAt(reader, root, path)
  if (top === undefined) return []
  const folders = isFolder(top) ? await readFolders(reader, top.oid) : new Map<string, Folder>()
  const found: Unsized[] = []
  collect(folders, { entry: top, path }, found)
  return inTurns(found, async (file) => {
    // A submodule's commit is in another repository.
    const size = isSubmodule(file) ? 0 : await sizes.get(reader, file.oid)
    return { ...file, size }
  })
}

type Unsized = Omit<TreeFile, 'size'>
type Folder = readonly TreeEntry[]

/** Each different folder once, level by level, so that questions need not wait for each other. */
async function readFolders(
  reader: ObjectReader,
  top: string,
): Promise<ReadonlyMap<string, Folder>> {
  const folders = new Map<string, Folder>()
  let level = [top]
  for (let depth = 0; level.length > 0; depth += 1) {
    const read = await inTurns(level, (oid) => reader.tree(oid))
    for (const [i, oid] of level.entries()) folders.set(oid, read[i] ?? [])
    const below = read.flat().filter((entry) => isFolder(entry) && !folders.has(entry.oid))
    level = [...new Set(below.map(({ oid }) => oid))]
    if (depth >= deepest || folders.size > mostEntries) throw tooLarge()
  }
  return folders
}

function collect(
  folders: ReadonlyMap<string, Folder>,
  { entry, path }: { readonly entry: TreeEntry; readonly path: string },
  found: Unsized[],
): void {
  if (!isFolder(entry)) {
    if (found.length >= mostEntries) throw tooLarge()
    found.push({ path, oid: entry.oid, mode: entry.mode })
    return
  }
  for (const child of folders.get(entry.oid) ?? []) {
    collect(
      folders,
      { entry: child, path: path === '' ? child.name : `${path}/${child.name}` },
      found,
    )
  }
}

function tooLarge(): GuardError {
  const limits = `${mostEntries} entries or ${deepest} levels`
  return new GuardError('GitOutputTooLarge', `the tree has more than ${limits}`)
}

async function inTurns<T, R>(
  items: readonly T[],
  job: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = []
  for (let from = 0; from < items.length; from += questionsAtOnce) {
    const turn = await Promise.all(items.slice(from, from + questionsAtOnce).map(job))
    for (const result of turn) results.push(result)
    // What is known needs no answer of git, and reviews must get theirs in between.
    await new Promise((resolve) => setImmediate(resolve))
  }
  return results
}
