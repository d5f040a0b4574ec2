import type { TreeFile, Trees } from '../core/provenance/repository.ts'
import type { BuildFiles } from './build-files.ts'
import { findInTree, join, pathFrom, type Found } from './commit-tree.ts'
import type { InputReading, Reference } from './input-reading.ts'
import type { Readings } from './readings.ts'
import type { IsLeftOut } from './source-ignore.ts'
import type { Place, SourceAt } from './source-index.ts'

/** The files of a kustomization and of all that it names, as they are found. */
export interface Walk {
  readonly at: SourceAt
  readonly trees: Trees
  readonly readings: Readings
  readonly found: BuildFiles
  readonly folders: Set<string>
  readonly rules: WalkRules
}

/** Where engines differ. */
export interface WalkRules {
  /** Files outside of the folder of their kustomization are read. */
  readonly reachesOut: boolean
  readonly decryptsSops: boolean
  readonly isLeftOut: IsLeftOut
}

const fileNames = ['kustomization.yaml', 'kustomization.yml', 'Kustomization']
export const [defaultName = ''] = fileNames

export function isKustomization(path: string): boolean {
  return fileNames.some((name) => path === name || path.endsWith(`/${name}`))
}

export function isKustomizationOf(folder: string, path: string): boolean {
  return fileNames.some((name) => path === join(folder, name))
}

/** What stands at a path, as the engine sees it. */
export async function findFor({ trees, at, rules }: Walk, path: string): Promise<Found> {
  const found = await findInTree(trees, at.commit, path)
  if (found.kind !== 'file' || !rules.isLeftOut(path)) return found
  return { kind: 'none', why: `Flux leaves it out (.sourceignore, or by default): ${path}` }
}

/** The kustomization of a folder; a second one is a problem. */
export async function kustomizationIn(walk: Walk, folder: string): Promise<TreeFile | undefined> {
  const found = await Promise.all(fileNames.map((name) => findFor(walk, join(folder, name))))
  const [main, second] = found.flatMap((one) => (one.kind === 'file' ? [one.file] : []))
  if (second !== undefined) {
    walk.found.report({ file: second.path, line: 1 }, 'a second kustomization in the folder')
  }
  return main
}

/** `from` is where the folder is named. The file that says what is in it, if there is one. */
export async function openFolder(
  walk: Walk,
  folder: string,
  from: Place,
): Promise<TreeFile | undefined> {
  const { found, folders } = walk
  if (folders.has(folder)) return undefined
  folders.add(folder)
  const main = await kustomizationIn(walk, folder)
  if (main === undefined) {
    const here = await findFor(walk, folder)
    found.report(from, here.kind === 'none' ? here.why : `no kustomization in ${folder || '.'}`)
    return undefined
  }
  found.add(main)
  const reading = await look(walk, main, 'kustomization')
  if (reading !== undefined) await followAll(walk, { folder, file: main.path }, reading)
  return main
}

/** A kustomization, wherever its text comes from. */
interface Kustomization {
  readonly folder: string
  readonly file: string
}

export async function followAll(
  walk: Walk,
  { folder, file }: Kustomization,
  { references }: Pick<InputReading, 'references'>,
): Promise<void> {
  for (const reference of references) {
    await follow(walk, folder, { reference, from: { file, line: reference.line } })
  }
}

interface Followed {
  readonly reference: Reference
  readonly from: Place
}

async function follow(walk: Walk, folder: string, { reference, from }: Followed): Promise<void> {
  const { found } = walk
  const target = pathFrom(folder, reference.path)
  if (target === undefined) {
    found.report(from, `leads out of the repository: ${reference.path}`)
    return
  }
  if (reference.use === 'folder') return void (await openFolder(walk, target, from))
  const there = await findFor(walk, target)
  if (there.kind === 'none') found.report(from, there.why)
  else if (there.kind === 'file') await openFile(walk, there.file, { folder, reference, from })
  else if (reference.use === 'resource') await openFolder(walk, target, from)
  else found.report(from, `a folder in place of a file: ${target}`)
}

async function openFile(
  walk: Walk,
  file: TreeFile,
  { folder, reference, from }: Followed & { readonly folder: string },
): Promise<void> {
  const { found, rules } = walk
  if (folder !== '' && !file.path.startsWith(`${folder}/`)) {
    if (!rules.reachesOut) {
      found.report(from, `a file outside of the folder of its kustomization: ${file.path}`)
      return
    }
    found.reachOut()
  }
  found.add(file)
  if (reference.use === 'transformer') await look(walk, file, 'transformers')
  if (rules.decryptsSops && reference.isDecrypted === true) await look(walk, file, 'sops')
}

async function look(walk: Walk, file: TreeFile, reader: 'kustomization' | 'transformers' | 'sops') {
  const { at, trees, found, readings } = walk
  if (!found.isReadable(file)) return undefined
  const reading = await readings.look(readings.blob(at.repository, trees, file.oid), reader)
  found.note(file, reading)
  return reading
}
