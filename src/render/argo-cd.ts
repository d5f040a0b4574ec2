import { parseJson } from '../core/admission/parse-json.ts'
import { parameterFiles, toolPlan } from '../core/engines/argo-cd/tool-plan.ts'
import { digest } from '../core/manifest/canonical.ts'
import { isJsonObject, type JsonObject } from '../core/manifest/json.ts'
import { planKey, type Plan } from '../core/plans/plan.ts'
import type { SourceProblem } from '../core/provenance/declarations.ts'
import type { TreeFile, Trees } from '../core/provenance/repository.ts'
import { isLink, isSubmodule, linkProblem, submoduleProblem } from './commit-tree.ts'
import type { Readings } from './readings.ts'
import type { Renderer } from './renderer.ts'
import { Shelf } from './shelf.ts'
import { nothing, treePath, type SourceAt } from './source-index.ts'

export interface ArgoCdOptions {
  readonly readings: Readings
  readonly renderers: Readonly<Record<Exclude<Plan['renderer'], 'argo-cd'>, Renderer>>
  readonly fileBytes: number
  readonly now: () => number
}

interface Resolved {
  /** The plan with one of the other renderers, or why there is none. */
  readonly plan: Plan | SourceProblem
  readonly expires: number
}

type Delegate =
  | { readonly renderer: Renderer; readonly at: SourceAt }
  | { readonly problem: SourceProblem; readonly expires: number }

const rememberedPlans = 2000

/** A source of an Application: its files say which tool makes objects of them, and with which options. */
export function argoCd(options: ArgoCdOptions): Renderer {
  const plans = new Shelf<Resolved>(rememberedPlans, () => 1, options.now)
  const resolve = async (at: SourceAt, trees: Trees): Promise<Resolved> => {
    const tree = (await trees.treeAt(at.commit, treePath(at.source.path))) ?? 'none'
    const key = [at.repository, tree, digest(planKey(at.source))].join('\n')
    return plans.get(key, () => choose(options, at, trees))
  }
  const delegate = async (at: SourceAt, trees: Trees): Promise<Delegate> => {
    const { plan, expires } = await resolve(at, trees)
    if (!('renderer' in plan)) return { problem: plan, expires }
    if (plan.renderer === 'argo-cd') throw new Error('an unresolved plan')
    return { renderer: options.renderers[plan.renderer], at: { ...at, source: plan } }
  }
  return {
    key: async (at, trees) => {
      const to = await delegate(at, trees)
      if ('problem' in to) return digest({ ...to.problem, commit: at.commit })
      return `${to.at.source.renderer} ${await to.renderer.key(to.at, trees)}`
    },
    build: async (at, trees) => {
      const to = await delegate(at, trees)
      if ('renderer' in to) return to.renderer.build(to.at, trees)
      return { ...nothing(to.problem, to.problem.message), expires: to.expires }
    },
    reading: async (at, trees, entry) => {
      const to = await delegate(at, trees)
      if ('renderer' in to) return to.renderer.reading(to.at, trees, entry)
      throw new Error(to.problem.message)
    },
  }
}

async function choose(options: ArgoCdOptions, at: SourceAt, trees: Trees): Promise<Resolved> {
  const { commit, source } = at
  const folder = treePath(source.path)
  const start = folder === '' ? 0 : folder.length + 1
  const files = await trees.list(commit, folder)
  const own = files.filter((file) => !isSubmodule(file) && !file.path.slice(start).includes('/'))
  const wanted = parameterFiles(source)
  const parameters = new Map<string, JsonObject>()
  let expires = Infinity
  for (const file of files.filter(({ path }) => wanted.includes(path))) {
    const read = await readParameters(options, at, { trees, file })
    expires = Math.min(expires, read.expires)
    if ('problem' in read) return { plan: read.problem, expires }
    parameters.set(file.path, read.object)
  }
  const names = own.map(({ path }) => path.slice(start))
  const chosen = toolPlan(source, { names, parameters })
  if (chosen.kind === 'plan') return { plan: chosen.plan, expires }
  return { plan: { file: chosen.file, line: 1, message: chosen.why }, expires }
}

type Parameters =
  | { readonly object: JsonObject; readonly expires: number }
  | { readonly problem: SourceProblem; readonly expires: number }

async function readParameters(
  { readings, fileBytes }: ArgoCdOptions,
  { repository }: SourceAt,
  { trees, file }: { readonly trees: Trees; readonly file: TreeFile },
): Promise<Parameters> {
  const place = { file: file.path, line: 1 }
  const why = whyNotRead(file, fileBytes)
  if (why !== undefined) return { problem: { ...place, message: why }, expires: Infinity }
  const text = readings.blob(repository, trees, file.oid)
  const { text: json, problems, expires } = await readings.rewrite(text, { engine: 'none' })
  const [problem] = problems
  if (problem !== undefined) return { problem: { file: file.path, ...problem }, expires }
  const object = parseJson(Buffer.from(json))
  if (isJsonObject(object)) return { object, expires }
  return { problem: { ...place, message: 'not an object' }, expires }
}

function whyNotRead(file: TreeFile, limit: number): string | undefined {
  if (isLink(file)) return linkProblem
  if (isSubmodule(file)) return submoduleProblem
  return file.size > limit ? `the file is larger than ${limit} bytes` : undefined
}
