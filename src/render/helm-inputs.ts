import { createHash } from 'node:crypto'
import type { HelmOptions, Plan } from '../core/plans/plan.ts'
import type { TreeFile, Trees } from '../core/provenance/repository.ts'
import { BuildFiles, type BuildLimits } from './build-files.ts'
import {
  findInTree,
  isLink,
  isSubmodule,
  join,
  linkProblem,
  submoduleProblem,
} from './commit-tree.ts'
import { jsonAsYaml } from './json-as-yaml.ts'
import type { Readings } from './readings.ts'
import type { Inputs } from './rendered.ts'
import { treePath, type SourceAt } from './source-index.ts'

export interface HelmRecipeOptions extends BuildLimits {
  readonly readings: Readings
}

/** Where a template can stand: values too, for `tpl`. What NOTES.txt says is not applied. */
export const mayHoldTemplates = /(?:^|\/)templates\/(?!NOTES\.txt$)|\.(?:ya?ml|tpl|gotmpl)$/

/** In the home of helm, where no chart sees it. */
const ownValues = 'values.yaml'

export function mainFile({ path }: Plan): string {
  return join(treePath(path), 'Chart.yaml')
}

export interface Asked {
  readonly at: SourceAt
  readonly trees: Trees
}

export async function findInputs(
  { readings, ...limits }: HelmRecipeOptions,
  asked: Asked,
): Promise<Inputs> {
  const found = new BuildFiles(limits)
  const { source, repository } = asked.at
  await findChart(found, asked)
  if (source.helm !== undefined) await findNamed(found, asked, source.helm)
  const lent = new Set((source.helm?.files ?? []).map(({ path }) => treePath(path)))
  for (const file of found.inputs().files) {
    const mayCall = mayHoldTemplates.test(file.path) || lent.has(file.path)
    if (!mayCall || !found.isReadable(file)) continue
    const text = readings.blob(repository, asked.trees, file.oid)
    found.note(file, await readings.look(text, 'template'))
  }
  await addOwnValues(found, source, readings)
  return found.inputs()
}

/** Files that the options name, inside of the chart or not. */
async function findNamed(found: BuildFiles, asked: Asked, options: HelmOptions): Promise<void> {
  for (const { path } of options.files ?? []) await findFile(found, asked, { path })
  const mayBeMissing = options.ignoresMissingValuesFiles === true
  for (const path of options.valuesFiles) await findFile(found, asked, { path, mayBeMissing })
}

async function findFile(
  found: BuildFiles,
  { at, trees }: Asked,
  { path, mayBeMissing = false }: { readonly path: string; readonly mayBeMissing?: boolean },
): Promise<void> {
  const place = { file: path, line: 1 }
  const there = await findInTree(trees, at.commit, treePath(path))
  if (there.kind === 'file') found.add(there.file)
  else if (there.kind === 'folder') found.report(place, 'values are a file')
  else if (!mayBeMissing || !isMissing(there.why)) found.report(place, there.why)
}

/** Not a link or a submodule on the way: the engine may find something there. */
function isMissing(why: string): boolean {
  return !why.startsWith(linkProblem) && !why.startsWith(submoduleProblem)
}

/** What the engine object itself says, which is in no file; a template may stand in it too. */
async function addOwnValues(found: BuildFiles, source: Plan, readings: Readings): Promise<void> {
  const { values, parameters = [] } = source.helm ?? {}
  const text = typeof values === 'object' ? jsonAsYaml(values) : values
  if (text !== undefined) found.write({ in: 'home', path: ownValues, text })
  const all = [text ?? '', ...parameters.map(({ value }) => value)].join('\n')
  const bytes = Buffer.from(all)
  const id = createHash('sha256').update(bytes).digest('hex')
  const reading = await readings.look({ id, bytes: () => Promise.resolve(bytes) }, 'template')
  found.note({ path: mainFile(source) }, reading)
}

async function findChart(found: BuildFiles, { at, trees }: Asked): Promise<void> {
  const { source, commit } = at
  const main = { file: mainFile(source), line: 1 }
  const files = await trees.list(commit, treePath(source.path))
  if (!files.some(({ path }) => path === main.file)) found.report(main, 'there is no such chart')
  for (const file of files) addFile(found, file)
}

function addFile(found: BuildFiles, file: TreeFile): void {
  const place = { file: file.path, line: 1 }
  if (isLink(file)) found.report(place, linkProblem)
  else if (isSubmodule(file)) found.report(place, submoduleProblem)
  else if (/(?:^|\/)charts\/[^/]+\.tgz$/.test(file.path)) {
    found.report(place, 'a packed chart is not opened: unpack it into charts/')
  } else found.add(file)
}
