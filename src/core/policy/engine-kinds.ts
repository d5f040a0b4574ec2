/** A kind of object that tells an engine what to apply. */
export interface EngineKindName {
  /** As the policy writes it. */
  readonly resource: string
  readonly group: string
  readonly kind: string
}

const kinds: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'kustomize.toolkit.fluxcd.io': { kustomizations: 'Kustomization' },
  'helm.toolkit.fluxcd.io': { helmreleases: 'HelmRelease' },
  'source.toolkit.fluxcd.io': {
    buckets: 'Bucket',
    gitrepositories: 'GitRepository',
    helmcharts: 'HelmChart',
    helmrepositories: 'HelmRepository',
    ocirepositories: 'OCIRepository',
  },
  'argoproj.io': {
    applications: 'Application',
    applicationsets: 'ApplicationSet',
    appprojects: 'AppProject',
  },
  'configsync.gke.io': { reposyncs: 'RepoSync', rootsyncs: 'RootSync' },
  'helm.fluxcd.io': { helmreleases: 'HelmRelease' },
}

export const engineKinds: readonly EngineKindName[] = Object.entries(kinds).flatMap(
  ([group, names]) =>
    Object.entries(names).map(([plural, kind]) => ({
      resource: `${plural}.${group}`,
      group,
      kind,
    })),
)

export function engineKindOf(group: string, kind: string): EngineKindName | undefined {
  return engineKinds.find((one) => one.group === group && one.kind === kind)
}
