import type { TestContext } from 'node:test'
import type { JsonObject } from '../../src/core/manifest/json.ts'
import type { ReadClusterVersions } from '../../src/core/plans/cluster-versions.ts'
import type { EngineReference, KustomizeOptions, Plan } from '../../src/core/plans/plan.ts'
import type { DeclaredObject, SourceProblem } from '../../src/core/provenance/declarations.ts'
import type { Tools } from '../../src/render/tools.ts'
import type { Files } from './git-repository.ts'
import { plain, setUp } from './index-setup.ts'

const kustomization: EngineReference = {
  group: 'kustomize.toolkit.fluxcd.io',
  kind: 'Kustomization',
  namespace: 'flux-system',
  name: 'apps',
}

const application: EngineReference = {
  group: 'argoproj.io',
  kind: 'Application',
  namespace: 'argocd',
  name: 'apps',
}

export function fluxPlan(edits: JsonObject = {}, more: Partial<KustomizeOptions> = {}): Plan {
  const kustomize = { engine: 'flux', edits, ...more } as const
  const place = { path: 'apps', namespace: '', branch: 'main' }
  return { ...place, renderer: 'kustomize', kustomize, engine: kustomization }
}

export function argoPlan(source: JsonObject = {}, more: Partial<Plan> = {}): Plan {
  const environment = { ARGOCD_APP_NAME: 'apps' }
  const argoCd = { source, environment, references: {} }
  return { ...plain, path: 'apps', renderer: 'argo-cd', argoCd, engine: application, ...more }
}

/** What one plan says: objects by kind and name, as they are applied. */
export interface Said {
  readonly objects: ReadonlyMap<string, DeclaredObject>
  readonly names: readonly string[]
  readonly problems: readonly SourceProblem[]
}

interface SaidOptions {
  readonly files: Files
  readonly tools?: Tools
  readonly versions?: ReadClusterVersions
}

export async function saidBy(
  t: TestContext,
  plan: Plan,
  { files, ...options }: SaidOptions,
): Promise<Said> {
  const { git, index, find } = await setUp(t, { sources: [plan], ...options })
  const commit = await git.commit(files)
  const [listing] = await index.list('fleet', commit)
  if (listing?.failure !== undefined) throw listing.failure
  const { entries = [], problems = [] } = listing ?? {}
  const objects = new Map<string, DeclaredObject>()
  for (const { id } of entries) {
    const found = await find(commit, id)
    if (found.kind === 'declared') objects.set(`${id.kind} ${id.name}`, found.object)
  }
  const names = [...new Set(entries.map(({ id }) => id.name))].toSorted(byText)
  return { objects, names, problems }
}

function byText(one: string, other: string): number {
  return one < other ? -1 : 1
}

/** The value at a path of an object that a plan says. */
export function valueIn({ objects }: Said, name: string, ...path: readonly string[]): unknown {
  let value: unknown = JSON.parse(JSON.stringify(objects.get(name)?.object ?? null))
  for (const key of path) value = (value as Record<string, unknown> | undefined)?.[key]
  return value
}
