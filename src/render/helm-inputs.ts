import { createHash } from 'node:crypto'
import type { HelmOptions, Plan } from '../core/plans/plan.ts'
import type { Trees } from '../core/provenance/repository.ts'
import { BuildFiles, type BuildLimits } from './build-files.ts'
import type { FluxArtifacts } from './flux-artifacts.ts'
import { chartFile, openChart, openFile, type Search } from './helm-files.ts'
import { packChart } from './helm-packing.ts'
import { answerAsks, type Answering, type FoundAsk } from './helm-asks.ts'
import type { InputReading } from './input-reading.ts'
import { jsonAsYaml } from './json-as-yaml.ts'
import type { Readings } from './readings.ts'
import type { Inputs } from './rendered.ts'
import { ignoreFileName } from './source-ignore.ts'
import { treePath, type SourceAt } from './source-index.ts'

export interface HelmRecipeOptions extends BuildLimits, Answering {
  readonly readings: Readings
}

export interface FindOptions extends HelmRecipeOptions {
  readonly artifacts: FluxArtifacts
}

/** Where a template can stand: values too, for `tpl`. What NOTES.txt says is not applied. */
export const mayHoldTemplates = /(?:^|\/)templates\/(?!NOTES\.txt$)|\.(?:ya?ml|tpl|gotmpl)$/

/** In the home of helm, where no chart sees it. */
const ownValues = 'values.yaml'

export function mainFile({ path }: Plan): string {
  return chartFile(treePath(path))
}

export interface Asked {
  readonly at: SourceAt
  readonly trees: Trees
}

export async function findInputs(options: FindOptions, { at, trees }: Asked): Promise<Inputs> {
  const { readings, artifacts } = options
  const found = new BuildFiles(options)
  const { helm } = at.source
  const isLeftOut = helm?.engine === 'flux' ? await artifacts.filter(at, trees) : () => false
  if (typeof isLeftOut === 'string') {
    found.report({ file: ignoreFileName, line: 1 }, isLeftOut)
    return found.inputs()
  }
  const search: Search = { at, trees, readings, found, isLeftOut }
  const files = await openChart(search, treePath(at.source.path), {
    file: mainFile(at.source),
    line: 1,
  })
  if (helm !== undefined && files !== undefined) await packChart(search, helm, files)
  if (helm !== undefined) await findNamed(search, helm)
  const asks = [...(await lookAtTemplates(search)), ...(await addOwnValues(search))]
  await answerAsks(search, asks, options)
  return found.inputs()
}

/** Files that the options name, inside of the chart or not. */
async function findNamed(search: Search, options: HelmOptions): Promise<void> {
  for (const { path } of options.files ?? []) await openFile(search, { path, mayBeMissing: false })
  const mayBeMissing = options.ignoresMissingValuesFiles === true
  for (const path of options.valuesFiles) await openFile(search, { path, mayBeMissing })
}

async function lookAtTemplates(search: Search): Promise<readonly FoundAsk[]> {
  const { at, trees, readings, found } = search
  const { files = [], defaultValuesFiles = [] } = at.source.helm ?? {}
  const asks: FoundAsk[] = []
  const lent = new Set([...files.map(({ path }) => path), ...defaultValuesFiles].map(treePath))
  for (const file of found.inputs().files) {
    const mayCall = mayHoldTemplates.test(file.path) || lent.has(file.path)
    if (!mayCall || !found.isReadable(file)) continue
    const text = readings.blob(at.repository, trees, file.oid)
    const reading = await readings.look(text, 'template')
    found.note(file, reading)
    asks.push(...asksIn(file.path, reading))
  }
  return asks
}

function asksIn(file: string, { asks = [] }: InputReading): readonly FoundAsk[] {
  return asks.map((ask) => ({ ...ask, file }))
}

/** What the engine object itself says, which is in no file; a template may stand in it too. */
async function addOwnValues({ at, readings, found }: Search): Promise<readonly FoundAsk[]> {
  const { values, parameters = [] } = at.source.helm ?? {}
  const text = typeof values === 'object' ? jsonAsYaml(values) : values
  if (text !== undefined) found.write({ in: 'home', path: ownValues, text })
  const all = [text ?? '', ...parameters.map(({ value }) => value)].join('\n')
  const bytes = Buffer.from(all)
  const id = createHash('sha256').update(bytes).digest('hex')
  const reading = await readings.look({ id, bytes: () => Promise.resolve(bytes) }, 'template')
  found.note({ path: mainFile(at.source) }, reading)
  return asksIn(mainFile(at.source), reading)
}
