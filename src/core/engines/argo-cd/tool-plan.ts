import { isJsonObject, type Json, type JsonObject } from '../../manifest/json.ts'
import type { ArgoCdOptions, Plan, PlainOptions } from '../../plans/plan.ts'
import { helmOptions } from './helm-options.ts'
import { kustomizeEdits } from './kustomize-edits.ts'
import { mergeParameters } from './parameter-files.ts'
import { resolvePath } from './repository-path.ts'
import { whyNotMembers } from './tool-members.ts'

/** What a folder of a commit says about how Argo CD reads it. */
export interface SourceFolder {
  /** Of the files that lie in the folder itself. */
  readonly names: readonly string[]
  /** The parameter files that are there, by their paths. */
  readonly parameters: ReadonlyMap<string, JsonObject>
}

export type ToolPlan =
  | { readonly kind: 'plan'; readonly plan: Plan }
  | { readonly kind: 'refused'; readonly why: string; readonly file: string }

/** Files that change the options of a source, from the root of the repository, the last one on top. */
export function parameterFiles({ path, argoCd }: Plan): readonly string[] {
  const instance = argoCd?.environment['ARGOCD_APP_NAME'] ?? ''
  const names = ['.argocd-source.yaml', `.argocd-source-${instance}.yaml`]
  return names.map((name) => resolvePath(path, name) ?? name)
}

/** The plan for the tool that Argo CD chooses: the one that the source names, else what the files show. */
export function toolPlan(plan: Plan, folder: SourceFolder): ToolPlan {
  const { argoCd, ...rest } = plan
  if (argoCd === undefined) return { kind: 'plan', plan }
  let { source } = argoCd
  for (const [file, parameters] of parametersIn(plan, folder)) {
    const merged = mergeParameters(source, parameters)
    if (typeof merged === 'string') return { kind: 'refused', why: merged, file }
    source = merged
  }
  const chosen = withTool(rest, { ...argoCd, source }, folder.names)
  if (typeof chosen === 'string') return { kind: 'refused', why: chosen, file: plan.path }
  return { kind: 'plan', plan: chosen }
}

function parametersIn(plan: Plan, { parameters }: SourceFolder): readonly [string, JsonObject][] {
  return parameterFiles(plan).flatMap((file) => {
    const found = parameters.get(file)
    return found === undefined ? [] : [[file, found] as [string, JsonObject]]
  })
}

type Bare = Omit<Plan, 'argoCd'>
type Tool = 'directory' | 'kustomize' | 'helm'

function withTool(plan: Bare, options: ArgoCdOptions, names: readonly string[]): Plan | string {
  const named = Object.keys(options.source)
  if (named.length > 1) return `the source has options of several tools: ${named.join(', ')}`
  const tool = (named[0] ?? discover(names)) as Tool
  const own = options.source[tool] ?? {}
  if (!isJsonObject(own)) return `${tool} has no options that can be read`
  return whyNotMembers(tool, own) ?? readers[tool](plan, options, own)
}

type Reader = (plan: Bare, options: ArgoCdOptions, own: JsonObject) => Plan | string

const readers: Readonly<Record<Tool, Reader>> = {
  directory: (plan, _options, own) => {
    const plain = plainOptions(own)
    return typeof plain === 'string' ? plain : { ...plan, renderer: 'plain', plain }
  },
  kustomize: (plan, options, own) => {
    const edits = kustomizeEdits(own, options.environment)
    if (typeof edits === 'string') return edits
    return { ...plan, renderer: 'kustomize', kustomize: { engine: 'argo-cd', edits } }
  },
  helm: (plan, options, own) => {
    const helm = helmOptions(own, options, plan)
    return typeof helm === 'string' ? helm : { ...plan, renderer: 'helm', helm }
  },
}

function plainOptions(own: JsonObject): PlainOptions | string {
  const { recurse = false, include = '', exclude = '', jsonnet = null } = own
  if (isJsonObject(jsonnet) && Object.values(jsonnet).some((value) => !isEmpty(value))) {
    return 'the source is made by jsonnet, which is not evaluated'
  }
  return {
    isRecursive: recurse === true,
    include: typeof include === 'string' ? include : '',
    exclude: typeof exclude === 'string' ? exclude : '',
  }
}

function isEmpty(value: Json): boolean {
  return Array.isArray(value) && value.length === 0
}

const kustomizations: readonly string[] = [
  'kustomization.yaml',
  'kustomization.yml',
  'Kustomization',
]

/** Argo CD goes through the folder by name, and the last file that tells counts. */
function discover(names: readonly string[]): Tool {
  let tool: Tool = 'directory'
  for (const name of names.toSorted(byBytes)) {
    if (name.endsWith('Chart.yaml')) tool = 'helm'
    if (kustomizations.includes(name)) tool = 'kustomize'
  }
  return tool
}

function byBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other))
}
