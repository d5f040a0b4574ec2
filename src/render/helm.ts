import type { SourceProblem } from '../core/provenance/declarations.ts'
import type { TreeFile, Trees } from '../core/provenance/repository.ts'
import { BuildFiles, type BuildLimits } from './build-files.ts'
import { findInTree, isLink, isSubmodule, linkProblem, submoduleProblem } from './commit-tree.ts'
import { sayableLine } from './complaint.ts'
import type { DeclaredLine } from './input-reading.ts'
import type { Readings } from './readings.ts'
import type { Inputs, PlaceOf, Recipe, Where } from './rendered.ts'
import { treePath, type SourceAt } from './source-index.ts'
import type { Plan } from '../core/plans/plan.ts'

export interface HelmRecipeOptions extends BuildLimits {
  readonly readings: Readings
}

/** Where a template can stand: values too, for `tpl`. What NOTES.txt says is not applied. */
const mayHoldTemplates = /(?:^|\/)templates\/(?!NOTES\.txt$)|\.(?:ya?ml|tpl|gotmpl)$/

/** `helm template` of a chart with everything that it depends on beside it, all of one commit. */
export function helm(options: HelmRecipeOptions): Recipe {
  return {
    tool: 'helm',
    mainFile,
    inputs: (at, trees) => findInputs(options, at, trees),
    args: argumentsOf,
    explain,
    places: (at, trees, inputs) => findPlaces(options, { at, trees }, inputs),
  }
}

function mainFile({ path }: Plan): string {
  return join(treePath(path), 'Chart.yaml')
}

function argumentsOf({ path, namespace, helm: chart }: Plan, tree: string): string[] {
  const { releaseName = '', valuesFiles = [], includeCRDs = true } = chart ?? {}
  const { kubeVersion, apiVersions = [] } = chart ?? {}
  const chartPath = join(tree, treePath(path))
  return [
    ['template', releaseName, chartPath, `--namespace=${namespace}`],
    // A schema may name others by URL, and whether values are as they should be is not asked here.
    ['--skip-schema-validation', includeCRDs ? '--include-crds' : '--skip-crds'],
    valuesFiles.map((file) => `--values=${join(tree, treePath(file))}`),
    kubeVersion === undefined ? [] : [`--kube-version=${kubeVersion}`],
    apiVersions.map((version) => `--api-versions=${version}`),
  ].flat()
}

async function findInputs(
  { readings, ...limits }: HelmRecipeOptions,
  at: SourceAt,
  trees: Trees,
): Promise<Inputs> {
  const found = new BuildFiles(limits)
  await findChart(found, at, trees)
  for (const file of at.source.helm?.valuesFiles ?? []) {
    const there = await findInTree(trees, at.commit, treePath(file))
    if (there.kind === 'file') found.add(there.file)
    else found.report({ file, line: 1 }, there.kind === 'none' ? there.why : 'values are a file')
  }
  for (const file of found.inputs().files) {
    if (!mayHoldTemplates.test(file.path) || !found.isReadable(file)) continue
    const text = readings.blob(at.repository, trees, file.oid)
    found.note(file, await readings.look(text, 'template'))
  }
  return found.inputs()
}

async function findChart(found: BuildFiles, { source, commit }: SourceAt, trees: Trees) {
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

function explain(complaint: string, where: Where): SourceProblem {
  const main = { file: mainFile(where.source), line: 1 }
  const missing = /missing in charts\/ directory: ([\w.,\s-]+)/.exec(complaint)?.[1]?.trim()
  if (missing !== undefined) {
    const message = `dependencies are not in charts/, and nothing is fetched: ${missing}`
    return { ...main, message }
  }
  // One line per call on the way to what went wrong; the last place is the nearest.
  const [trace = ''] = complaint.slice(Math.max(0, complaint.indexOf('Error: '))).split('\n\n')
  const places = Array.from(trace.matchAll(/([\w.+-]+\/[^\s():"]*?\.\w+)(?::(\d+))?/g))
  const known = places.filter(([, name]) => isTemplate(where, name))
  const nearest = known.findLast(([, , at]) => at !== undefined) ?? known.at(-1)
  const [, template, line = '1'] = nearest ?? []
  const place =
    template === undefined ? main : { file: fileOf(where.source, template), line: Number(line) }
  // The words of `fail` and `required` are the chart's own, and may hold any value.
  const isRaised = /execution error at \(/.test(trace)
  const words = trace.replace(/\s+/g, ' ').replaceAll('interface {}', 'nothing')
  const said = isRaised ? 'the template calls fail or required' : sayableLine(words, where.tree)
  return { ...place, message: `helm: ${said}` }
}

function isTemplate({ source, files }: Where, name = ''): boolean {
  return files.some(({ path }) => path === fileOf(source, name))
}

/** `shop/templates/web.yaml`: the first step is the name of the chart, whatever its folder is called. */
function fileOf({ path }: Plan, template: string): string {
  return join(treePath(path), template.slice(template.indexOf('/') + 1))
}

/** Helm says from which template a document is; the line is told from the template's text. */
async function findPlaces(
  { readings }: HelmRecipeOptions,
  { at, trees }: { readonly at: SourceAt; readonly trees: Trees },
  { files }: Inputs,
): Promise<PlaceOf> {
  const declared = new Map<string, readonly DeclaredLine[]>()
  for (const { path, oid } of files) {
    if (!mayHoldTemplates.test(path)) continue
    const text = readings.blob(at.repository, trees, oid)
    declared.set(path, (await readings.look(text, 'template')).declares)
  }
  return ({ template, kind }) => {
    if (template === '') return { file: mainFile(at.source), line: 1 }
    const file = fileOf(at.source, template)
    const alike = declared.get(file)?.filter((one) => one.kind === kind) ?? []
    return { file, line: alike.length === 1 ? (alike[0]?.line ?? 1) : 1 }
  }
}

function join(folder: string, name: string): string {
  if (name === '') return folder
  return folder === '' ? name : `${folder}/${name}`
}
