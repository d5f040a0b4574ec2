import { changesOnlySignatures } from '../conditions/accounts.ts'
import { changesFinalizers, removesFinalizers } from '../conditions/finalizers.ts'
import { dropsDeadOwners, ownersAreGone } from '../conditions/garbage.ts'
import { inTerminatingNamespace, isBeingDeleted } from '../conditions/namespaces.ts'
import { hasLabel, hasValue } from '../conditions/objects.ts'
import { aggregatesRules } from '../conditions/roles.ts'
import { all, type BuiltInRow } from '../row.ts'
import { created } from './fields.ts'
import { controller } from './subjects.ts'

const tokenSecret = hasValue('type', 'kubernetes.io/service-account-token')
const invalidSince = 'kubernetes.io/legacy-token-invalid-since'
const kubeletClient = 'kubernetes.io/kube-apiserver-client-kubelet'

const deletion: readonly BuiltInRow[] = [
  {
    name: 'garbage-collection',
    subject: controller('generic-garbage-collector'),
    resources: ['*'],
    operations: ['DELETE'],
    condition: ownersAreGone,
    note: 'deletes what nobody owns any more',
  },
  {
    name: 'garbage-references',
    subject: controller('generic-garbage-collector'),
    resources: ['*'],
    operations: ['UPDATE'],
    fields: ['metadata.ownerReferences'],
    condition: dropsDeadOwners,
    note: 'forgets dead owners, and orphans what an owner leaves behind',
  },
  {
    name: 'garbage-finalizers',
    subject: controller('generic-garbage-collector'),
    resources: ['*'],
    operations: ['UPDATE'],
    fields: ['metadata.finalizers'],
    condition: removesFinalizers('orphan', 'foregroundDeletion'),
    note: 'lets an owner go once its dependents are gone or orphaned',
  },
  {
    name: 'namespace-content',
    subject: controller('namespace-controller'),
    resources: ['*'],
    operations: ['DELETE'],
    condition: inTerminatingNamespace,
    note: 'empties a Namespace that is being deleted',
  },
  {
    name: 'namespace-end',
    subject: controller('namespace-controller'),
    resources: ['namespaces/finalize', 'namespaces/status'],
    operations: ['UPDATE'],
    fields: ['spec.finalizers', 'status'],
    condition: isBeingDeleted,
    note: 'reports what is left in a Namespace, and lets it go',
  },
]

const accounts: readonly BuiltInRow[] = [
  {
    name: 'default-accounts',
    subject: controller('service-account-controller'),
    resources: ['serviceaccounts'],
    operations: ['CREATE'],
    fields: created(),
    names: ['default'],
    note: 'gives each Namespace its default account',
  },
  {
    name: 'root-certificates',
    subject: controller('root-ca-cert-publisher'),
    resources: ['configmaps'],
    operations: ['CREATE', 'UPDATE'],
    fields: created('metadata.annotations["kubernetes.io/description"]', 'data'),
    names: ['kube-root-ca.crt'],
    note: 'publishes the certificate by which Pods know the API server',
  },
  {
    name: 'legacy-token-marks',
    subject: controller('legacy-service-account-token-cleaner'),
    resources: ['secrets'],
    operations: ['UPDATE'],
    fields: [`metadata.labels["${invalidSince}"]`],
    condition: tokenSecret,
    note: 'marks old token Secrets that nobody uses',
  },
  {
    name: 'legacy-token-cleanup',
    subject: controller('legacy-service-account-token-cleaner'),
    resources: ['secrets'],
    operations: ['DELETE'],
    condition: all(tokenSecret, hasLabel(invalidSince)),
    note: 'removes old token Secrets that it has marked',
  },
  {
    name: 'bootstrap-signatures',
    subject: controller('bootstrap-signer'),
    resources: ['configmaps'],
    operations: ['UPDATE'],
    fields: ['data'],
    namespaces: ['kube-public'],
    names: ['cluster-info'],
    condition: changesOnlySignatures,
    note: 'signs what joining machines read',
  },
  {
    name: 'bootstrap-token-cleanup',
    subject: controller('token-cleaner'),
    resources: ['secrets'],
    operations: ['DELETE'],
    namespaces: ['kube-system'],
    condition: hasValue('type', 'bootstrap.kubernetes.io/token'),
    note: 'removes bootstrap tokens that have expired',
  },
  {
    name: 'role-aggregation',
    subject: controller('clusterrole-aggregation-controller'),
    resources: ['clusterroles.rbac.authorization.k8s.io'],
    operations: ['UPDATE'],
    fields: ['rules'],
    condition: aggregatesRules,
    note: 'fills roles that aggregate others',
  },
]

const certificates: readonly BuiltInRow[] = [
  {
    name: 'certificate-approval',
    subject: controller('certificate-controller'),
    resources: ['certificatesigningrequests.certificates.k8s.io/approval'],
    operations: ['UPDATE'],
    fields: ['status.conditions'],
    condition: hasValue('spec.signerName', kubeletClient),
    note: 'approves client certificates of kubelets',
  },
  {
    name: 'certificate-signing',
    subject: controller('certificate-controller'),
    resources: ['certificatesigningrequests.certificates.k8s.io/status'],
    operations: ['UPDATE'],
    fields: ['status.certificate', 'status.conditions'],
    condition: hasValue(
      'spec.signerName',
      kubeletClient,
      'kubernetes.io/kubelet-serving',
      'kubernetes.io/kube-apiserver-client',
      'kubernetes.io/legacy-unknown',
    ),
    note: 'signs what is approved',
  },
  {
    name: 'certificate-cleanup',
    subject: controller('certificate-controller'),
    resources: ['certificatesigningrequests.certificates.k8s.io'],
    operations: ['DELETE'],
    note: 'removes requests that are old or done',
  },
  {
    name: 'pod-certificate-cleanup',
    subject: controller('podcertificaterequestcleaner'),
    resources: ['podcertificaterequests.certificates.k8s.io'],
    operations: ['DELETE'],
    note: 'removes requests that are old',
  },
  {
    name: 'serving-trust',
    subject: controller('kube-apiserver-serving-clustertrustbundle-publisher'),
    resources: ['clustertrustbundles.certificates.k8s.io'],
    operations: ['CREATE', 'UPDATE', 'DELETE'],
    fields: created('spec'),
    condition: hasValue('spec.signerName', 'kubernetes.io/kube-apiserver-serving'),
    note: 'publishes the certificate by which clients know the API server',
  },
]

const accounting: readonly BuiltInRow[] = [
  {
    name: 'quota-status',
    subject: controller('resourcequota-controller'),
    resources: ['resourcequotas/status'],
    operations: ['UPDATE'],
    fields: ['status'],
    note: 'counts what quotas limit',
  },
  {
    name: 'disruption-status',
    subject: controller('disruption-controller'),
    resources: ['poddisruptionbudgets.policy/status'],
    operations: ['UPDATE'],
    fields: ['status'],
    note: 'counts what may be disrupted',
  },
  {
    name: 'disruption-stale-marks',
    subject: controller('disruption-controller'),
    resources: ['pods/status'],
    operations: ['UPDATE'],
    fields: ['status.conditions'],
    note: 'takes back marks of disruptions that did not happen',
  },
  {
    name: 'storage-migration',
    subject: controller('storage-version-migrator-controller'),
    resources: ['*'],
    operations: ['UPDATE'],
    fields: [],
    note: 'has objects stored anew, without a change',
  },
  {
    name: 'storage-migration-status',
    subject: controller('storage-version-migrator-controller'),
    resources: [
      'storageversionmigrations.storagemigration.k8s.io/status',
      'customresourcedefinitions.apiextensions.k8s.io/status',
    ],
    operations: ['UPDATE'],
    fields: ['status.conditions', 'status.resourceVersion', 'status.storedVersions'],
    note: 'reports progress, and which versions are still stored',
  },
  {
    name: 'storage-versions',
    subject: controller('storage-version-garbage-collector'),
    resources: [
      'storageversions.internal.apiserver.k8s.io',
      'storageversions.internal.apiserver.k8s.io/status',
    ],
    operations: ['UPDATE', 'DELETE'],
    fields: ['status'],
    note: 'forgets API servers that are gone',
  },
  {
    name: 'pod-group-protection',
    subject: controller('podgroup-protection-controller'),
    resources: ['podgroups.scheduling.k8s.io'],
    operations: ['UPDATE'],
    fields: ['metadata.finalizers'],
    condition: changesFinalizers('scheduling.k8s.io/podgroup-protection'),
    note: 'keeps a group while Pods are in it',
  },
]

export const clusterControllers: readonly BuiltInRow[] = [
  ...deletion,
  ...accounts,
  ...certificates,
  ...accounting,
]
