import { GuardError } from '../core/errors.ts'
import type { TreeFile } from '../core/provenance/repository.ts'
import type { ObjectReader } from './object-reader.ts'
import { isFolder, isSubmodule, type TreeEntry } from './tree-entries.ts'

/** Trees repeat: ten levels of ten equal folders are ten objects and 10^10 paths. */
const mostEntries = 200_000
const deepest = 200
const sizesAtOnce = 1000

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
  path: string,
): Promise<readonly TreeFile[]> {
  const top = await entryAt(reader, root, path)
  if (top === undefined) return []
  const found: Unsized[] = []
  await walk(reader, { entry: top, path, depth: 0 }, found)
  const files: TreeFile[] = []
  for (let from = 0; from < found.length; from += sizesAtOnce) {
    const some = found.slice(from, from + sizesAtOnce)
    files.push(...(await Promise.all(some.map((file) => withSize(reader, file)))))
  }
  return files
}

type Unsized = Omit<TreeFile, 'size'>

interface Place {
  readonly entry: TreeEntry
  readonly path: string
  readonly depth: number
}

async function walk(reader: ObjectReader, place: Place, found: Unsized[]): Promise<void> {
  const { entry, path, depth } = place
  if (!isFolder(entry)) {
    found.push({ path, oid: entry.oid, mode: entry.mode })
    return
  }
  for (const child of await reader.tree(entry.oid)) {
    if (found.length >= mostEntries || depth >= deepest) {
      const limits = `${mostEntries} entries or ${deepest} levels`
      throw new GuardError('GitOutputTooLarge', `the tree at ${path} has more than ${limits}`)
    }
    const below = path === '' ? child.name : `${path}/${child.name}`
    await walk(reader, { entry: child, path: below, depth: depth + 1 }, found)
  }
}

async function withSize(reader: ObjectReader, file: Unsized): Promise<TreeFile> {
  // A submodule's commit is in another repository.
  const size = isSubmodule({ ...file, name: '' }) ? 0 : await reader.blobSize(file.oid)
  return { ...file, size }
}
