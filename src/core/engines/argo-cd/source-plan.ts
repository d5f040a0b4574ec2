import { stringAt, type JsonObject } from '../../manifest/json.ts'
import type { EngineReference, Plan } from '../../plans/plan.ts'
import type { SourcedPlan } from '../engine.ts'
import { meaningOfObject } from './meaning.ts'
import { shown } from './names.ts'
import { resolvePath } from './repository-path.ts'
import { isSameTarget, readTarget, type Target } from './target-revision.ts'

/** What all sources of an Application share. */
export interface Context {
  readonly engine: EngineReference
  /** Of the destination. */
  readonly namespace: string
  readonly project: string
  readonly instance: string
  readonly references: Readonly<Record<string, string>>
  readonly isOneOfMany: boolean
  readonly creates: readonly JsonObject[]
}

/** A source that holds manifests, and its place among the revisions of an operation. */
export interface Followed extends SourcedPlan {
  readonly position: number
  readonly target: Target
  readonly tagPrefix: string
}

const texts = ['repoURL', 'path', 'targetRevision', 'chart', 'ref', 'name', 'tagPrefix'] as const
const tools = ['kustomize', 'helm', 'directory'] as const
const members: readonly string[] = [...texts, ...tools, 'plugin']

/** Undefined for a source that only lends files to the others; a text says why it is refused. */
export function planOf(
  source: JsonObject,
  position: number,
  context: Context,
): Followed | string | undefined {
  const why = whyNot(source)
  if (why !== undefined) return why
  const url = textAt(source, 'repoURL')
  const tagPrefix = textAt(source, 'tagPrefix')
  if (isOnlyLent(source, context)) return undefined
  const path = folderOf(textAt(source, 'path'))
  if (url === '' || path === undefined) {
    return 'a source has no repoURL, or no path below the root of the repository'
  }
  const target = readTarget(textAt(source, 'targetRevision'), tagPrefix)
  if (typeof target === 'string') return target
  const plan = { path, ...branchOf(target), ...shared(source, context) }
  return { url, plan, position, target, tagPrefix }
}

function isOnlyLent(source: JsonObject, { isOneOfMany }: Context): boolean {
  return isOneOfMany && textAt(source, 'path') === '' && textAt(source, 'ref') !== ''
}

function folderOf(path: string): string | undefined {
  if (path === '' || path.startsWith('/')) return undefined
  const folder = resolvePath('', path)
  return folder === '' ? '.' : folder
}

function branchOf(target: Target): Pick<Plan, 'branch' | 'pin'> {
  return target.kind === 'commit' ? { branch: '', pin: target.id } : { branch: target.name }
}

function shared(source: JsonObject, context: Context): Omit<Plan, 'path' | 'branch' | 'pin'> {
  const { namespace, engine, references, creates } = context
  const environment = environmentOf(source, context)
  return {
    renderer: 'argo-cd',
    namespace,
    engine,
    argoCd: { source: toolsOf(source), environment, references },
    ...(creates.length > 0 ? { creates } : {}),
  }
}

/** Other sources may lend files only where their commit is the source's own. */
export function referencesOf(
  source: JsonObject,
  all: readonly JsonObject[],
): Readonly<Record<string, string>> | string {
  const references = new Map<string, string>()
  for (const other of all) {
    const ref = textAt(other, 'ref')
    if (ref === '') continue
    if (!/^[\w-]+$/.test(ref) || references.has(ref)) return `ref ${shown(ref)} is not one name`
    references.set(ref, whyNotFrom(source, other))
  }
  return Object.fromEntries(references)
}

function whyNotFrom(source: JsonObject, other: JsonObject): string {
  const [own, others] = [source, other].map((one) =>
    readTarget(textAt(one, 'targetRevision'), textAt(one, 'tagPrefix')),
  )
  if (textAt(source, 'repoURL') !== textAt(other, 'repoURL')) {
    return 'comes from another repository: keep the file beside the chart'
  }
  const isKnown = typeof own === 'object' && typeof others === 'object'
  return isKnown && isSameTarget(own, others) ? '' : 'is taken at another revision'
}

function whyNot(source: JsonObject): string | undefined {
  const unknown = Object.keys(source).find((key) => !members.includes(key))
  if (unknown !== undefined) return `a source has a member that is not known: ${shown(unknown)}`
  const wrong = texts.find((key) => typeof (source[key] ?? '') !== 'string')
  if (wrong !== undefined) return `${wrong} of a source is no text`
  if ((source['plugin'] ?? null) !== null) return 'a source is made by a plugin, which is not run'
  if (textAt(source, 'chart') !== '') {
    return 'a source is a chart of a chart repository, not of Git: keep a copy in the repository'
  }
  return /^oci:/i.test(textAt(source, 'repoURL')) ? 'a source is an OCI image, not Git' : undefined
}

/** Without what says nothing, as Argo CD leaves it out before it asks what kind of source it is. */
function toolsOf(source: JsonObject): JsonObject {
  const { kustomize = null, helm = null, directory = null } = source
  return meaningOfObject({ kustomize, helm, directory })
}

function environmentOf(source: JsonObject, context: Context): Readonly<Record<string, string>> {
  return {
    ARGOCD_APP_NAME: context.instance,
    ARGOCD_APP_NAMESPACE: context.namespace,
    ARGOCD_APP_PROJECT_NAME: context.project === '' ? 'default' : context.project,
    ARGOCD_APP_SOURCE_REPO_URL: textAt(source, 'repoURL'),
    ARGOCD_APP_SOURCE_PATH: textAt(source, 'path'),
    ARGOCD_APP_SOURCE_TARGET_REVISION: textAt(source, 'targetRevision'),
  }
}

function textAt(source: JsonObject, key: string): string {
  return stringAt(source, key) ?? ''
}
