/** A kind of Flux's own objects, with the plural under which the API server serves it. */
export interface FluxKind {
  readonly group: string
  readonly kind: string
  readonly resource: string
}

export const kustomizeGroup = 'kustomize.toolkit.fluxcd.io'
export const helmGroup = 'helm.toolkit.fluxcd.io'
export const sourceGroup = 'source.toolkit.fluxcd.io'
const notificationGroup = 'notification.toolkit.fluxcd.io'
const imageGroup = 'image.toolkit.fluxcd.io'

/** What steers Flux, and so may change only from Git. */
export const fluxKinds: readonly FluxKind[] = [
  { group: kustomizeGroup, kind: 'Kustomization', resource: 'kustomizations' },
  { group: helmGroup, kind: 'HelmRelease', resource: 'helmreleases' },
  { group: sourceGroup, kind: 'GitRepository', resource: 'gitrepositories' },
  { group: sourceGroup, kind: 'OCIRepository', resource: 'ocirepositories' },
  { group: sourceGroup, kind: 'Bucket', resource: 'buckets' },
  { group: sourceGroup, kind: 'HelmRepository', resource: 'helmrepositories' },
  { group: sourceGroup, kind: 'HelmChart', resource: 'helmcharts' },
  { group: sourceGroup, kind: 'ExternalArtifact', resource: 'externalartifacts' },
  {
    group: 'source.extensions.fluxcd.io',
    kind: 'ArtifactGenerator',
    resource: 'artifactgenerators',
  },
  { group: notificationGroup, kind: 'Alert', resource: 'alerts' },
  { group: notificationGroup, kind: 'Provider', resource: 'providers' },
  { group: notificationGroup, kind: 'Receiver', resource: 'receivers' },
  { group: imageGroup, kind: 'ImageRepository', resource: 'imagerepositories' },
  { group: imageGroup, kind: 'ImagePolicy', resource: 'imagepolicies' },
  { group: imageGroup, kind: 'ImageUpdateAutomation', resource: 'imageupdateautomations' },
]

const ownGroup = /^[a-z]+\.(?:toolkit|extensions)\.fluxcd\.io$/

/** Also of kinds that a later Flux brings. */
export function isFluxKind(group: string, kind: string): boolean {
  if (ownGroup.test(group)) return true
  return fluxKinds.some((known) => known.group === group && known.kind === kind)
}
