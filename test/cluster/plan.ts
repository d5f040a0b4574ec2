import type { Found } from './binaries.ts'
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
  /** The cluster ends when the process that started it does. */
  readonly isBoundToParent: boolean
}

/** What `--with` knows, in the order in which they come up. */
export const componentGroups = ['webhook'] as const
export type ComponentGroup = (typeof componentGroups)[number]

/** Named by the design; an honest answer until they exist. */
export const plannedGroups: readonly string[] = ['flux', 'argo-cd']

export function isComponentGroup(name: string): name is ComponentGroup {
  return (componentGroups as readonly string[]).includes(name)
}
