import { parseJson } from '../core/admission/parse-json.ts'
import { isJsonObject, type JsonObject } from '../core/manifest/json.ts'
import type { TreeFile, Trees } from '../core/provenance/repository.ts'
import type { BuildFiles } from './build-files.ts'
import {
  findInTree,
  isLink,
  isSubmodule,
  join,
  linkProblem,
  submoduleProblem,
} from './commit-tree.ts'
import type { Readings } from './readings.ts'
import type { IsLeftOut } from './source-ignore.ts'
import { treePath, type Place, type SourceAt } from './source-index.ts'

/** The files of a chart, and of all that it is rendered with, as they are found. */
export interface Search {
  readonly at: SourceAt
  readonly trees: Trees
  readonly readings: Readings
  readonly found: BuildFiles
  /** What the engine does not get to see of the commit. */
  readonly isLeftOut: IsLeftOut
}

/** The file that says what a chart is. */
export function chartFile(folder: string): string {
  return join(folder, 'Chart.yaml')
}

/** The files of a chart; undefined, and a problem, where there is none. */
export async function openChart(
  search: Search,
  folder: string,
  from: Place,
): Promise<readonly TreeFile[] | undefined> {
  const { trees, at, found, isLeftOut } = search
  const files = (await trees.list(at.commit, folder)).filter(({ path }) => !isLeftOut(path))
  for (const file of files) addFile(found, file)
  if (files.some(({ path }) => path === chartFile(folder))) return files
  const isItself = from.file === chartFile(folder)
  found.report(from, `there is no such chart${isItself ? '' : `: ${folder}`}`)
  return undefined
}

function addFile(found: BuildFiles, file: TreeFile): void {
  const place = { file: file.path, line: 1 }
  if (isLink(file)) found.report(place, linkProblem)
  else if (isSubmodule(file)) found.report(place, submoduleProblem)
  else if (/(?:^|\/)charts\/[^/]+\.tgz$/.test(file.path)) {
    found.report(place, 'a packed chart is not opened: unpack it into charts/')
  } else found.add(file)
}

export interface NamedFile {
  /** As the plan has it. */
  readonly path: string
  readonly mayBeMissing: boolean
}

/** A file that the options name, inside of the chart or not. */
export async function openFile(
  { at, trees, found, isLeftOut }: Search,
  { path, mayBeMissing }: NamedFile,
): Promise<TreeFile | undefined> {
  const place = { file: path, line: 1 }
  const inTree = treePath(path)
  const there = await findInTree(trees, at.commit, inTree)
  if (there.kind === 'file' && !isLeftOut(inTree)) {
    found.add(there.file)
    return there.file
  }
  if (there.kind === 'file' || (there.kind === 'none' && isMissing(there.why))) {
    if (!mayBeMissing) found.report(place, whyMissing(inTree, there.kind === 'file'))
  } else found.report(place, there.kind === 'folder' ? 'values are a file' : there.why)
  return undefined
}

/** Not a link or a submodule on the way: the engine may find something there. */
function isMissing(why: string): boolean {
  return !why.startsWith(linkProblem) && !why.startsWith(submoduleProblem)
}

function whyMissing(path: string, isLeftOut: boolean): string {
  if (!isLeftOut) return `there is no ${path} at this commit`
  return `Flux leaves it out (.sourceignore, or by default): ${path}`
}

/** What a YAML file says, read as Kubernetes does; undefined, and a problem, where it cannot be. */
export async function readObject(
  { at, trees, readings, found }: Search,
  file: TreeFile,
): Promise<JsonObject | undefined> {
  if (!found.isReadable(file)) return undefined
  const text = readings.blob(at.repository, trees, file.oid)
  const read = await readings.rewrite(text, { engine: 'none' })
  found.note(file, read)
  if (read.problems.length > 0) return undefined
  const object = parseJson(Buffer.from(read.text))
  if (isJsonObject(object)) return object
  found.report({ file: file.path, line: 1 }, 'not an object')
  return undefined
}
