import type { SourceProblem } from '../core/provenance/declarations.ts'
import { join } from './commit-tree.ts'
import { sayableLine } from './complaint.ts'
import { FluxArtifacts } from './flux-artifacts.ts'
import { argumentsOf, packingOf } from './helm-arguments.ts'
import {
  findInputs,
  mainFile,
  mayHoldTemplates,
  type Asked,
  type HelmRecipeOptions,
} from './helm-inputs.ts'
import type { DeclaredLine } from './input-reading.ts'
import type { Inputs, PlaceOf, Recipe, Where } from './rendered.ts'
import { treePath } from './source-index.ts'

/** `helm template` of a chart with everything that it depends on beside it, all of one commit. */
export function helm(options: HelmRecipeOptions): Recipe {
  const artifacts = new FluxArtifacts(options)
  return {
    tool: 'helm',
    mainFile,
    inputs: (at, trees) => findInputs({ ...options, artifacts }, { at, trees }),
    before: packingOf,
    args: argumentsOf,
    explain,
    places: (at, trees, inputs) => findPlaces(options, { at, trees }, inputs),
  }
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
    template === undefined ? main : { file: fileOf(where, template), line: Number(line) }
  // The words of `fail` and `required` are the chart's own, and may hold any value.
  const isRaised = /execution error at \(/.test(trace)
  const words = trace.replace(/\s+/g, ' ').replaceAll('interface {}', 'nothing')
  const said = isRaised ? 'the template calls fail or required' : sayableLine(words, where.tree)
  return { ...place, message: `helm: ${said}` }
}

function isTemplate(where: Where, name = ''): boolean {
  const file = fileOf(where, name)
  return where.files.some(({ path }) => path === file)
}

/**
 * `shop/templates/web.yaml`: the first step is the name of the chart, whatever its folder is called.
 * `shop/charts/db/templates/web.yaml` may be of a chart in another folder.
 */
function fileOf(
  { source, localCharts }: Pick<Where, 'source' | 'localCharts'>,
  template: string,
): string {
  const inside = template.slice(template.indexOf('/') + 1)
  const [, name = '', file = ''] = /^charts\/([^/]+)\/(.*)$/s.exec(inside) ?? []
  const local = localCharts.find(({ names }) => names.includes(name))
  return local === undefined ? join(treePath(source.path), inside) : join(local.folder, file)
}

/** Helm says from which template a document is; the line is told from the template's text. */
async function findPlaces(
  { readings }: HelmRecipeOptions,
  { at, trees }: Asked,
  { files, localCharts }: Inputs,
): Promise<PlaceOf> {
  const declared = new Map<string, readonly DeclaredLine[]>()
  for (const { path, oid } of files) {
    if (!mayHoldTemplates.test(path)) continue
    const text = readings.blob(at.repository, trees, oid)
    declared.set(path, (await readings.look(text, 'template')).declares)
  }
  return ({ template, kind }) => {
    if (template === '') return { file: mainFile(at.source), line: 1 }
    const file = fileOf({ source: at.source, localCharts }, template)
    const alike = declared.get(file)?.filter((one) => one.kind === kind) ?? []
    return { file, line: alike.length === 1 ? (alike[0]?.line ?? 1) : 1 }
  }
}
