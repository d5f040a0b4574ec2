import type { JsonObject } from '../manifest/json.ts'

/** An object of a GitOps engine, such as a Kustomization or an Application. */
export interface EngineReference {
  readonly group: string
  readonly kind: string
  readonly namespace: string
  readonly name: string
}

/** One way in which a commit becomes objects: of a source of the policy, or of an engine object. */
export interface Plan {
  /** From the root of the repository; `.` is the root. */
  readonly path: string
  readonly renderer: 'plain' | 'kustomize' | 'helm'
  /** For namespaced objects that name none; '' for none. */
  readonly namespace: string
  /** Its head is the tip for what the plan declares. */
  readonly branch: string
  /** With the renderer plain. */
  readonly plain?: PlainOptions
  /** With the renderer kustomize. */
  readonly kustomize?: KustomizeOptions
  /** With the renderer helm, and only with it. */
  readonly helm?: HelmOptions
  /** What the plan comes from; absent for a source of the policy. Renders nothing differently. */
  readonly engine?: EngineReference
  /** Set when the engine object names one commit or tag: the branch moves on without this plan. */
  readonly isPinned?: true
}

export interface PlainOptions {
  /** Folders below `path` too. */
  readonly isRecursive: boolean
  /** Globs over paths relative to `path`, as Argo CD reads them; '' for none. */
  readonly include: string
  readonly exclude: string
}

export interface KustomizeOptions {
  /** Whose way of editing the kustomization is followed. */
  readonly engine: 'flux' | 'argo-cd'
  /**
   * What the engine object adds to the kustomization at `path`, under the keys of the engine object
   * (`namePrefix`, `images`, `patches`, `commonMetadata`, `targetNamespace`, ...).
   */
  readonly edits: JsonObject
  /** Variables of Flux's `postBuild`; absent where nothing is substituted. */
  readonly substitutions?: Readonly<Record<string, string>>
}

export interface HelmOptions {
  readonly releaseName: string
  /** From the root of the repository; later ones win. */
  readonly valuesFiles: readonly string[]
  /** On top of the files. */
  readonly values?: JsonObject
  /** `--set` and `--set-string`, on top of the values. */
  readonly parameters?: readonly HelmParameter[]
  readonly includeCRDs: boolean
  readonly kubeVersion?: string
  readonly apiVersions: readonly string[]
}

export interface HelmParameter {
  readonly name: string
  readonly value: string
  readonly isString: boolean
}

/** Two plans with one key declare the same objects at every commit. */
export function planKey({ path, renderer, namespace, plain, kustomize, helm }: Plan): string {
  return JSON.stringify([path, renderer, namespace, plain, kustomize, helm])
}

/** For messages and records: `Kustomization flux-system/apps`, or the path of a source. */
export function planName({ engine, path }: Plan): string {
  return engine === undefined ? path : `${engine.kind} ${engine.namespace}/${engine.name}`
}
