import { isJsonObject, type Json } from '../../manifest/json.ts'
import { refused, type Obstacle } from './outcome.ts'

/**
 * What the custom resource definitions of Flux 2.9 have there. A field of a later version could change
 * what is applied, and nobody would look at it here.
 */
const fields = {
  Kustomization:
    'buildMetadata commonMetadata components decryption deletionPolicy dependsOn force ' +
    'healthCheckExprs healthChecks ignore ignoreMissingComponents images interval kubeConfig ' +
    'namePrefix nameSuffix patches path postBuild prune retryInterval serviceAccountName sourceRef ' +
    'suspend targetNamespace timeout wait',
  postBuild: 'substitute substituteFrom substituteStrategy',
  decryption: 'provider secretRef serviceAccountName',
  HelmRelease:
    'chart chartRef commonMetadata dependsOn driftDetection healthCheckExprs install interval ' +
    'kubeConfig maxHistory persistentClient postRenderStrategy postRenderers releaseName rollback ' +
    'serviceAccountName storageNamespace suspend targetNamespace test timeout uninstall upgrade ' +
    'values valuesFrom waitStrategy',
  install:
    'crds createNamespace disableHooks disableOpenAPIValidation disableSchemaValidation ' +
    'disableTakeOwnership disableWait disableWaitForJobs remediation replace serverSideApply ' +
    'skipCRDs strategy timeout',
  upgrade:
    'chartNameChangeStrategy cleanupOnFail crds disableHooks disableOpenAPIValidation ' +
    'disableSchemaValidation disableTakeOwnership disableWait disableWaitForJobs force ' +
    'preserveValues remediation serverSideApply strategy timeout',
  HelmChart:
    'chart ignoreMissingValuesFiles interval reconcileStrategy sourceRef suspend valuesFiles ' +
    'verify version',
  GitRepository:
    'ignore include interval provider proxySecretRef recurseSubmodules ref secretRef ' +
    'serviceAccountName sparseCheckout suspend timeout url verify',
  'GitRepository ref': 'branch commit name semver tag',
  OCIRepository:
    'certSecretRef ignore insecure interval layerSelector provider proxySecretRef ref secretRef ' +
    'serviceAccountName suspend timeout url verify',
  'OCIRepository ref': 'digest semver semverFilter tag',
  substituteFrom: 'kind name optional',
  valuesFrom: 'kind literal name optional targetPath valuesKey',
} as const

/** Why the value is refused: it is no object, or has a field that was not there. Absent is fine. */
export function unknownField(
  what: keyof typeof fields,
  value: Json | undefined,
): Obstacle | undefined {
  if (value === undefined) return undefined
  if (!isJsonObject(value)) return refused(`${what} is no object`)
  const known = fields[what].split(' ')
  const unknown = Object.keys(value).find((key) => !known.includes(key))
  if (unknown === undefined) return undefined
  return refused(`${what} has a field that Flux 2.9 does not have: ${unknown.slice(0, 60)}`)
}
