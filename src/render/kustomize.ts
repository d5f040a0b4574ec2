import type { SourceProblem } from '../core/provenance/declarations.ts'
import type { TreeFile, Trees } from '../core/provenance/repository.ts'
import { BuildFiles, type BuildLimits } from './build-files.ts'
import { findInTree, pathFrom } from './commit-tree.ts'
import { placeIn, sayableLine } from './complaint.ts'
import type { DeclaredLine, Reference } from './input-reading.ts'
import type { Readings } from './readings.ts'
import type { Inputs, PlaceOf, Recipe, Rendered, Where } from './rendered.ts'
import { treePath, type Place, type SourceAt } from './source-index.ts'
import type { Plan } from '../core/plans/plan.ts'

export interface KustomizeOptions extends BuildLimits {
  readonly readings: Readings
}

const fileNames = ['kustomization.yaml', 'kustomization.yml', 'Kustomization']

/** `kustomize build` of exactly the files that its kustomizations name, all of one commit. */
export function kustomize(options: KustomizeOptions): Recipe {
  return {
    tool: 'kustomize',
    mainFile,
    inputs: (at, trees) => findInputs(options, { at, trees }),
    args: (source, tree) => [
      'build',
      '--load-restrictor=LoadRestrictionsRootOnly',
      treePath(source.path) === '' ? tree : `${tree}/${treePath(source.path)}`,
    ],
    explain,
    places: (at, trees, inputs) => findPlaces(options, { at, trees }, inputs),
  }
}

function mainFile({ path }: Plan): string {
  return join(treePath(path), 'kustomization.yaml')
}

function explain(complaint: string, { source, files, tree }: Where): SourceProblem {
  const message = `kustomize: ${sayableLine(complaint, tree)}`
  const paths = files.map(({ path }) => path)
  const main = paths.find((path) =>
    fileNames.some((name) => path === join(treePath(source.path), name)),
  )
  return { ...placeIn(message, paths, main ?? mainFile(source)), message }
}

interface Asked {
  readonly at: SourceAt
  readonly trees: Trees
}

interface Walk extends Asked {
  readonly options: KustomizeOptions
  readonly found: BuildFiles
  readonly folders: Set<string>
}

async function findInputs(options: KustomizeOptions, asked: Asked): Promise<Inputs> {
  const found = new BuildFiles(options)
  const { source } = asked.at
  const walk: Walk = { ...asked, options, found, folders: new Set() }
  await openFolder(walk, treePath(source.path), { file: mainFile(source), line: 1 })
  return found.inputs()
}

/** `from` is where the folder is named. False if there is no kustomization in it. */
async function openFolder(walk: Walk, folder: string, from: Place): Promise<boolean> {
  const { found, folders } = walk
  if (folders.has(folder)) return true
  const [main, second] = await kustomizationsIn(walk, folder)
  if (main === undefined) {
    const here = await findInTree(walk.trees, walk.at.commit, folder)
    found.report(from, here.kind === 'none' ? here.why : `no kustomization in ${folder || '.'}`)
    return false
  }
  folders.add(folder)
  found.add(main)
  if (second !== undefined) {
    found.report({ file: second.path, line: 1 }, 'a second kustomization in the folder')
  }
  const reading = await look(walk, main, 'kustomization')
  const line = (reference: Reference): Place => ({ file: main.path, line: reference.line })
  for (const reference of reading?.references ?? []) {
    await follow(walk, folder, { reference, from: line(reference) })
  }
  return true
}

async function kustomizationsIn(
  { at, trees }: Asked,
  folder: string,
): Promise<readonly TreeFile[]> {
  const found = await Promise.all(
    fileNames.map((name) => findInTree(trees, at.commit, join(folder, name))),
  )
  return found.flatMap((one) => (one.kind === 'file' ? [one.file] : []))
}

interface Followed {
  readonly reference: Reference
  readonly from: Place
}

async function follow(walk: Walk, folder: string, { reference, from }: Followed): Promise<void> {
  const { found, at, trees } = walk
  const target = pathFrom(folder, reference.path)
  if (target === undefined) {
    found.report(from, `leads out of the repository: ${reference.path}`)
    return
  }
  if (reference.use === 'folder') return void (await openFolder(walk, target, from))
  const there = await findInTree(trees, at.commit, target)
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
  if (folder !== '' && !file.path.startsWith(`${folder}/`)) {
    const message = `a file outside of the folder of its kustomization: ${file.path}`
    walk.found.report(from, message)
    return
  }
  walk.found.add(file)
  if (reference.use === 'transformer') await look(walk, file, 'transformers')
}

async function look(walk: Walk, file: TreeFile, reader: 'kustomization' | 'transformers') {
  const { at, trees, found, options } = walk
  if (!found.isReadable(file)) return undefined
  const text = options.readings.blob(at.repository, trees, file.oid)
  const reading = await options.readings.look(text, reader)
  found.note(file, reading)
  return reading
}

type Candidate = DeclaredLine & { readonly file: string }

/** kustomize renames, so that an object is from the file that has its kind and most of its name. */
async function findPlaces(
  { readings }: KustomizeOptions,
  { at, trees }: Asked,
  inputs: Inputs,
): Promise<PlaceOf> {
  const candidates: Candidate[] = []
  for (const { path, oid } of inputs.files) {
    const isMain = fileNames.some((name) => path === name || path.endsWith(`/${name}`))
    const text = readings.blob(at.repository, trees, oid)
    const { declares } = await readings.look(text, isMain ? 'kustomization' : 'names')
    for (const one of declares) candidates.push({ ...one, file: path })
  }
  const main = inputs.files.find(({ path }) => isMainOf(at.source, path))?.path
  const fallback = { file: main ?? mainFile(at.source), line: 1 }
  return (object) => closest(candidates, object) ?? fallback
}

function isMainOf({ path }: Plan, file: string): boolean {
  return fileNames.some((name) => file === join(treePath(path), name))
}

function closest(
  candidates: readonly Candidate[],
  { kind, name = '' }: Rendered,
): Place | undefined {
  let best: Candidate | undefined
  for (const one of candidates) {
    const fits = one.kind === kind && one.name !== '' && name.includes(one.name)
    if (fits && one.name.length > (best?.name.length ?? 0)) best = one
  }
  return best === undefined ? undefined : { file: best.file, line: best.line }
}

function join(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`
}
