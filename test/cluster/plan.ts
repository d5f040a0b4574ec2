import type { Found } from './binaries.ts'
import type { EnginePrograms } from './engine-programs.ts'
import { Failure } from './failure.ts'
import type { BinaryName, RendererName } from './families.ts'

export interface ExternalWebhook {
  readonly url: string
  /** PEM of who signed its certificate. */
  readonly caBundle: string
  /** What the API server shows to it; by default what it would show to `serve`. */
  readonly client?: { readonly cert: string; readonly key: string }
}

/** What the supervisor is told to bring up; a value that survives JSON. */
export interface ClusterPlan {
  readonly name: string
  readonly dir: string
  readonly binaries: Readonly<Record<BinaryName, Found>>
  /** Where `serve` looks for them: made if the policy names them, perhaps not there otherwise. */
  readonly renderers: Readonly<Record<RendererName, string>>
  /** What the engines of `with` run. */
  readonly engines: EnginePrograms
  /** Files or directories for `kubectl apply`, absolute. */
  readonly setup: readonly string[]
  readonly with: readonly ComponentGroup[]
  readonly replicas: number
  readonly policy: string | null
  /** The script of `solewriter`, from the sources or bundled. */
  readonly cli: string
  /** NAME -> absolute directory. */
  readonly repositories: Readonly<Record<string, string>>
  readonly apiServerFlags: readonly string[]
  readonly externalWebhook: ExternalWebhook | null
  /** The API server sends its audit events to `controller` as well. */
  readonly isAuditSent: boolean
  /** The cluster ends when the process that started it does. */
  readonly isBoundToParent: boolean
}

const engineNames = ['flux', 'argo-cd'] as const
export type EngineName = (typeof engineNames)[number]

/** Processes of Argo CD without which its controller does its work. */
const argoCdExtras = ['argocd-server', 'argocd-applicationset-controller'] as const

/** What `--with` knows, in the order in which they come up. */
const componentGroups = [...engineNames, ...argoCdExtras, 'webhook'] as const
export type ComponentGroup = (typeof componentGroups)[number]

function isComponentGroup(name: string): name is ComponentGroup {
  return (componentGroups as readonly string[]).includes(name)
}

/** Each once, in the order in which they come up, whatever order they are named in. */
export function checkedGroups(names: readonly string[]): ComponentGroup[] {
  const unknown = names.find((name) => !isComponentGroup(name))
  if (unknown !== undefined) {
    throw new Failure(2, `--with ${unknown}: one of ${componentGroups.join(', ')}`)
  }
  const extra = argoCdExtras.find((name) => names.includes(name))
  if (extra !== undefined && !names.includes('argo-cd')) {
    throw new Failure(2, `--with ${extra}: it is nothing without argo-cd`)
  }
  return componentGroups.filter((name) => names.includes(name))
}

/** The engines among the groups. */
export function enginesIn(groups: readonly ComponentGroup[]): EngineName[] {
  return engineNames.filter((name) => groups.includes(name))
}
