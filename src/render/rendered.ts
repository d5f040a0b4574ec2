import { GuardError } from '../core/errors.ts'
import { digest } from '../core/manifest/canonical.ts'
import type { SourceProblem } from '../core/provenance/declarations.ts'
import type { TreeFile, Trees } from '../core/provenance/repository.ts'
import { runAll, runEdits, type Editing, type Run } from './kustomize-editing.ts'
import type { CachedReading, Readings } from './readings.ts'
import { splitRendered, type RenderedDocument } from './rendered-documents.ts'
import type { Renderer, SourceLimits } from './renderer.ts'
import { rulesOf } from './reading-rules.ts'
import { UnfitFile, withScratch, type Scratch } from './scratch-tree.ts'
import { Shelf } from './shelf.ts'
import { isAbsent } from './commit-tree.ts'
import {
  emptyIndex,
  insertAll,
  toEntries,
  treePath,
  type Place,
  type SourceAt,
  type SourceIndex,
} from './source-index.ts'
import { planKey, type Plan } from '../core/plans/plan.ts'
import { runTool, type ToolEnd, type ToolLimits } from './tool-process.ts'
import type { ToolName, Tools, ToolState } from './tools.ts'

/** Everything that a build reads, or why there is none. */
export interface Inputs {
  readonly files: readonly TreeFile[]
  readonly problems: readonly SourceProblem[]
  /** Epoch ms after which to look again, since a file could not be read for now. */
  readonly expires: number
  /** Whether a kustomization names a file outside of its folder. */
  readonly reachesOut: boolean
  /** Part of the build though the commit does not have it. */
  readonly written: readonly WrittenFile[]
  readonly editing?: Editing
  /** Charts of the same commit that the chart depends on, and that are not in it. */
  readonly localCharts: readonly LocalChart[]
  /** What the command line says apart from the plan. */
  readonly options: readonly string[]
}

export interface WrittenFile {
  readonly in: 'tree' | 'home'
  readonly path: string
  readonly text: string
}

export interface LocalChart {
  /** From the root of the repository. */
  readonly folder: string
  /** By which the chart that depends on it calls it. */
  readonly names: readonly string[]
}

/** What kustomize and helm do not have in common. */
export interface Recipe {
  readonly tool: ToolName
  /** The file that whatever has no better place is reported for. */
  mainFile(source: Plan): string
  inputs(at: SourceAt, trees: Trees): Promise<Inputs>
  /** Commands that make the files ready for the build, one after the other. */
  before?(source: Plan, scratch: Scratch, inputs: Inputs): readonly (readonly string[])[]
  args(source: Plan, scratch: Scratch, inputs: Inputs): readonly string[]
  explain(complaint: string, where: Where): SourceProblem
  /** Where the objects of a rendering, and its problems, come from. */
  places(at: SourceAt, trees: Trees, inputs: Inputs): Promise<PlaceOf>
}

export interface Where extends Pick<Inputs, 'files' | 'localCharts'> {
  readonly source: Plan
  readonly tree: string
}

/** As much as is known of an object, or of a document that could not be read. */
export interface Rendered {
  readonly kind?: string
  readonly name?: string
  /** The template that helm names, under the name of its chart. */
  readonly template: string
}

export type PlaceOf = (object: Rendered) => Place

export interface RenderedOptions extends SourceLimits {
  readonly readings: Readings
  readonly tools: Tools
  readonly retryMs: number
  readonly now: () => number
  readonly toolLimits: ToolLimits
  /** What may stay in memory of what was rendered last. */
  readonly outputCacheBytes: number
  /** Lets so many renderers run at a time. */
  readonly inTurn: <T>(job: () => Promise<T>) => Promise<T>
  readonly signal: AbortSignal
}

/** Objects that a released program makes of the files. */
export function rendered(recipe: Recipe, options: RenderedOptions): Renderer {
  const { now, outputCacheBytes } = options
  const outputs: Outputs = new Shelf(outputCacheBytes, weigh, now)
  const shop: Shop = { ...options, recipe, outputs }
  return {
    key: async (at, trees) => idOf(await prepare(shop, at, trees)),
    build: (at, trees) => build(shop, at, trees),
    reading: (at, trees, { text }) => {
      const [, digest = ''] = text.split(' ')
      const bytes = async () => {
        const documents = await documentsOf(shop, await prepare(shop, at, trees))
        const found = documents.find((one) => one.digest === digest)
        if (found !== undefined) return found.bytes
        throw new GuardError('RenderFailed', `${recipe.tool} does not render the same again`)
      }
      return shop.readings.get({ id: digest, bytes }, rulesOf(at.source), 'request')
    },
  }
}

interface Output {
  readonly documents: readonly RenderedDocument[]
  readonly expires: number
}

type Outputs = Shelf<Output>

function weigh({ documents }: Output): number {
  return documents.reduce((sum, { bytes }) => sum + bytes.length + 300, 0)
}

interface Shop extends RenderedOptions {
  readonly recipe: Recipe
  readonly outputs: Outputs
}

interface Job {
  readonly at: SourceAt
  readonly trees: Trees
  readonly inputs: Inputs
  readonly tool: ToolState
}

async function prepare({ recipe, tools }: Shop, at: SourceAt, trees: Trees): Promise<Job> {
  const [inputs, tool] = await Promise.all([recipe.inputs(at, trees), tools.find(recipe.tool)])
  return { at, trees, inputs, tool }
}

/** Equal ids: the same program does the same with the same files. */
function idOf({ at: { source, commit }, inputs, tool }: Job): string {
  return digest({
    source: planKey(source),
    tool: tool.kind === 'ready' ? tool.version : '',
    files: inputs.files.map((file) => [file.path, file.oid, file.mode]),
    problems: inputs.problems.map(({ file, line, message }) => [file, line, message]),
    reachesOut: inputs.reachesOut,
    written: inputs.written.map((file) => ({ ...file })),
    localCharts: inputs.localCharts.map((chart) => ({ ...chart })),
    options: inputs.options,
    editing: { ...inputs.editing },
    // What could not be read for now may be anything.
    commit: inputs.expires === Infinity ? '' : commit,
  })
}

async function build(shop: Shop, at: SourceAt, trees: Trees): Promise<SourceIndex> {
  const job = await prepare(shop, at, trees)
  const { problems, expires } = job.inputs
  if (problems.length > 0) {
    return (await isRemoved(at, trees)) ? ofNothing(problems) : nothing(problems, expires)
  }
  try {
    const documents = await documentsOf(shop, job)
    return await readAll(shop, job, documents)
  } catch (error) {
    if (error instanceof UnfitFile) return nothing([error.problem], Infinity)
    if (error instanceof Unrendered) return nothing([error.problem], error.expires)
    throw error
  }
}

/**
 * Whether an engine would find no folder: a commit that ends what it applies may remove both, and then
 * declares nothing there, whoever is still to hear of it.
 */
async function isRemoved({ source, commit }: SourceAt, trees: Trees): Promise<boolean> {
  const { kustomize, helm, path } = source
  const isOfEngine = kustomize !== undefined || helm?.usesClusterVersions === true
  return isOfEngine && isAbsent(trees, commit, treePath(path))
}

function ofNothing(problems: readonly SourceProblem[]): SourceIndex {
  return {
    ...emptyIndex(),
    problems: problems.map((problem) => ({ ...problem, hides: 'nothing' })),
  }
}

/** The whole source: nobody can say what it would declare. */
function nothing(problems: readonly SourceProblem[], expires: number): SourceIndex {
  const whole = problems.map((problem) => ({ ...problem, hides: 'anything' as const }))
  return { ...emptyIndex(), problems: whole, expires }
}

/** Document by document: what a commit does not change of a rendering is not parsed again. */
async function readAll(
  shop: Shop,
  job: Job,
  documents: readonly RenderedDocument[],
): Promise<SourceIndex> {
  const { readings, recipe, fileBytes } = shop
  const { at, trees, inputs } = job
  const id = idOf(job)
  const placeOf = await recipe.places(at, trees, inputs)
  const building = { ...emptyIndex(), expires: inputs.expires }
  for (const { digest: text, bytes, template } of documents) {
    if (bytes.length > fileBytes) {
      const message = `rendered: a document is larger than ${fileBytes} bytes`
      building.problems.push({ ...placeOf({ template }), message, hides: 'anything' })
      continue
    }
    const known = { id: text, bytes: () => Promise.resolve(bytes) }
    const reading = await readings.get(known, rulesOf(at.source))
    building.expires = Math.min(building.expires, reading.expires)
    building.problems.push(...problemsIn(reading, placeOf({ template })))
    const entries = toEntries(`${id} ${text}`, reading, ({ kind, name }) =>
      placeOf({ kind, name, template }),
    )
    insertAll(building, entries, { ...shop, source: at.source })
  }
  return building
}

function problemsIn(reading: CachedReading, place: Place): readonly SourceProblem[] {
  const { problems, names, hides } = reading
  const mark = hides === undefined ? {} : { hides }
  return problems.map(({ message }) => ({
    ...place,
    message: `rendered: ${message}`,
    names,
    ...mark,
  }))
}

/** Why there is no rendering. */
class Unrendered extends GuardError {
  readonly problem: SourceProblem
  readonly expires: number

  constructor(problem: SourceProblem, expires: number) {
    super('RenderFailed', problem.message)
    this.problem = problem
    this.expires = expires
  }
}

async function documentsOf(shop: Shop, job: Job): Promise<readonly RenderedDocument[]> {
  const { outputs, inTurn } = shop
  const { documents } = await outputs.get(`${job.at.repository} ${idOf(job)}`, async () => ({
    documents: splitRendered(await inTurn(() => render(shop, job))),
    expires: Infinity,
  }))
  return documents
}

async function render(shop: Shop, { at, trees, inputs, tool }: Job): Promise<Buffer> {
  const { recipe, fileBytes, toolLimits: limits, signal } = shop
  const { source } = at
  const later = shop.now() + shop.retryMs
  if (tool.kind === 'unusable') {
    const message = `${recipe.tool} cannot be used here: ${tool.why}`
    throw new Unrendered({ file: recipe.mainFile(source), line: 1, message }, later)
  }
  const { program, isolation, start } = tool
  const { files, written, localCharts } = inputs
  return withScratch(files, { trees, fileBytes, written }, async (scratch) => {
    const { tree, home } = scratch
    const run: Run = (args, cwd = tree) =>
      runTool({ program, args, cwd, home, isolation, limits, signal, start })
    const failed =
      (await runEdits(inputs.editing, { tree, run, readings: shop.readings })) ??
      (await runAll(recipe.before?.(source, scratch, inputs) ?? [], run))
    const end = failed ?? (await run(recipe.args(source, scratch, inputs)))
    if (end.kind === 'done') return end.output
    const isForGood = end.kind === 'ended' && end.isForGood
    const problem = problemOf(recipe, end, { source, files, localCharts, tree })
    throw new Unrendered(problem, isForGood ? Infinity : later)
  })
}

function problemOf(
  recipe: Recipe,
  end: Exclude<ToolEnd, { kind: 'done' }>,
  where: Where,
): SourceProblem {
  if (end.kind === 'failed') return recipe.explain(end.complaint, where)
  const message = `${recipe.tool} ${end.what}`
  return { file: recipe.mainFile(where.source), line: 1, message }
}
