import { canonicalJson } from '../manifest/canonical.ts'
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
  readonly renderer: 'plain' | 'kustomize' | 'helm' | 'argo-cd'
  /** For namespaced objects that name none; '' for none. */
  readonly namespace: string
  /** Its head is the tip for what the plan declares; '' where the engine object names none. */
  readonly branch: string
  /** With the renderer plain. */
  readonly plain?: PlainOptions
  /** With the renderer kustomize. */
  readonly kustomize?: KustomizeOptions
  /** With the renderer helm, and only with it. */
  readonly helm?: HelmOptions
  /** With the renderer argo-cd: the files of the folder say which of the others it is. */
  readonly argoCd?: ArgoCdOptions
  /**
   * What the engine creates where nobody declares it, such as the namespace of its objects: no renderer
   * knows of it, and it counts only for an object that no plan of the commit declares.
   */
  readonly creates?: readonly JsonObject[]
  /** What the plan comes from; absent for a source of the policy. Renders nothing differently. */
  readonly engine?: EngineReference
  /**
   * The full id of the one commit that the engine object names, by itself or by a tag: the branch moves
   * on without this plan, which says the same at every commit. On an allowed branch, or there is no plan.
   */
  readonly pin?: string
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
  /** What Flux decrypts before it applies it. */
  readonly encryptedFiles?: 'sops'
}

export interface HelmOptions {
  /** Whose way of packing and installing the chart is followed; that of `helm template` where absent. */
  readonly engine?: 'flux'
  readonly releaseName: string
  /** From the root of the repository; later ones win. */
  readonly valuesFiles: readonly string[]
  /**
   * In place of the chart's own values.yaml, merged in this order; from the root of the repository.
   * `ignoresMissingValuesFiles` holds for them too.
   */
  readonly defaultValuesFiles?: readonly string[]
  /** What follows the + of the chart's version; `{commit}` stands for the first 12 digits of the commit. */
  readonly versionMetadata?: string
  /** Those of `valuesFiles` that are not there are left out. */
  readonly ignoresMissingValuesFiles?: true
  /** On top of the files; YAML as it is written, where the engine object holds text. */
  readonly values?: JsonObject | string
  /** `--set` and `--set-string`, on top of the values. */
  readonly parameters?: readonly HelmParameter[]
  /** `--set-file`, on top of the values too. */
  readonly files?: readonly HelmFile[]
  /** The namespace that templates see, where it is not the one of the plan. */
  readonly namespace?: string
  readonly includeCRDs: boolean
  readonly skipsTests?: true
  readonly kubeVersion?: string
  readonly apiVersions: readonly string[]
  /** What is not set of the two is what the cluster says. */
  readonly usesClusterVersions?: true
}

export interface HelmParameter {
  readonly name: string
  /** As it stands on the command line of helm, where a comma begins the next parameter. */
  readonly value: string
  readonly isString: boolean
}

export interface HelmFile {
  readonly name: string
  /** From the root of the repository. */
  readonly path: string
}

/** A source of an Application, before anybody looked into its folder. */
export interface ArgoCdOptions {
  /** `kustomize`, `helm` and `directory` of the source, those that say anything. */
  readonly source: JsonObject
  /** What is put in for `$ARGOCD_APP_...`, by name; nothing that differs from commit to commit. */
  readonly environment: Readonly<Record<string, string>>
  /** Other sources by the name under which files are taken from them: '', or why they are not. */
  readonly references: Readonly<Record<string, string>>
}

const keys = new WeakMap<Plan, string>()

/**
 * Two plans with one key declare the same objects at every commit. Holds the values of variables, which
 * may be secret: nothing to log.
 */
export function planKey(plan: Plan): string {
  const known = keys.get(plan)
  if (known !== undefined) return known
  const key = makeKey(plan)
  keys.set(plan, key)
  return key
}

function makeKey(plan: Plan): string {
  const { path, renderer, namespace, pin = '', plain, kustomize, helm, argoCd, creates = [] } = plan
  const parameters = helm?.parameters?.map((one) => ({ ...one })) ?? []
  const files = helm?.files?.map((one) => ({ ...one })) ?? []
  const options = [{ ...plain }, { ...kustomize }, { ...helm, parameters, files }, { ...argoCd }]
  return canonicalJson([path, renderer, namespace, pin, ...options, creates])
}

/** The same rendering of the same branch, for the same engine object. */
export function isSamePlan(one: Plan, other: Plan): boolean {
  if (one === other) return true
  const isAlike = one.branch === other.branch && isOfOne(one.engine, other.engine)
  return isAlike && planKey(one) === planKey(other)
}

/** Whether two plans come from one engine object, or both from none. */
export function isOfOne(one: Plan['engine'], other: Plan['engine']): boolean {
  if (one === undefined || other === undefined) return one === other
  const isSameKind = one.group === other.group && one.kind === other.kind
  return isSameKind && one.namespace === other.namespace && one.name === other.name
}

/** For messages and records: `Kustomization flux-system/apps`, or the path of a source. */
export function planName({ engine, path }: Plan): string {
  return engine === undefined ? path : `${engine.kind} ${engine.namespace}/${engine.name}`
}
