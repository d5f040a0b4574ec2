import type { ObjectId } from '../manifest/object-id.ts'

/** What is declared, and in which folder's file. */
export interface KnownPlace {
  readonly namespace: string
  /** From the root of the repository. */
  readonly file: string
}

/**
 * A file for an object that Git does not declare yet: in the folder that holds most of its namespace,
 * if that is one from which manifests are read as they stand; else in the first such folder.
 */
export function newFileFor(
  { kind, namespace, name }: ObjectId,
  {
    folders,
    known,
  }: { readonly folders: readonly string[]; readonly known: readonly KnownPlace[] },
): string | undefined {
  const [fallback] = folders
  if (fallback === undefined) return undefined
  const neighbours = known
    .filter((one) => one.namespace === namespace)
    .map(({ file }) => folderOf(file))
  const counted = [...Map.groupBy(neighbours, (folder) => folder)].toSorted(
    ([a, these], [b, those]) => those.length - these.length || (a < b ? -1 : 1),
  )
  const home = counted
    .map(([folder]) => folder)
    .find((folder) => folders.some((one) => isBelow(one, folder)))
  const folder = home ?? folderPath(fallback)
  const file = `${kind}-${name}`.toLowerCase().replaceAll(/[^a-z0-9.-]+/g, '-')
  return folder === '' ? `${file}.yaml` : `${folder}/${file}.yaml`
}

function folderOf(file: string): string {
  return file.includes('/') ? file.slice(0, file.lastIndexOf('/')) : ''
}

/** Whether a file or folder of the repository is below a folder, as plans name it, or that itself. */
export function isBelow(root: string, path: string): boolean {
  const trimmed = folderPath(root)
  return trimmed === '' || path === trimmed || path.startsWith(`${trimmed}/`)
}

function folderPath(root: string): string {
  const trimmed = root.replace(/^(?:\.\/)+/, '').replace(/\/+$/, '')
  return trimmed === '.' ? '' : trimmed
}
