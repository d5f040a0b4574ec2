import type { OwnIdentity } from '../decision/own-identity.ts'
import { reportName } from '../decision/own-object.ts'
import { idOf, type LiveObject } from './live-object.ts'

const reportGroups: readonly string[] = ['wgpolicyk8s.io', 'openreports.io']

/** What `manifests/` has and docs/install.md asks for, by name: whatever else is called like us is not ours. */
const inCluster: Readonly<Record<string, readonly string[]>> = {
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration': ['solewriter'],
  'admissionregistration.k8s.io/ValidatingAdmissionPolicy': ['solewriter-guard'],
  'admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding': ['solewriter-guard'],
  'apiextensions.k8s.io/CustomResourceDefinition': [
    'auditcheckpoints.solewriter.dev',
    'breakglassapprovals.solewriter.dev',
    'breakglassgrants.solewriter.dev',
    'postmortems.solewriter.dev',
  ],
  'flowcontrol.apiserver.k8s.io/FlowSchema': ['solewriter', 'solewriter-own', 'solewriter-scan'],
  'flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration': ['solewriter', 'solewriter-scan'],
  'rbac.authorization.k8s.io/ClusterRole': [
    'solewriter',
    'solewriter-annotation-carrier',
    'solewriter-approver',
    'solewriter-controller',
    'solewriter-doctor',
    'solewriter-emergency',
    'solewriter-holder',
    'solewriter-viewer',
  ],
  'rbac.authorization.k8s.io/ClusterRoleBinding': [
    'solewriter',
    'solewriter-annotation-carrier',
    'solewriter-controller',
    'solewriter-emergency',
  ],
}

const inOurNamespace: Readonly<Record<string, readonly string[]>> = {
  '/ConfigMap': [
    'solewriter-caller-ca',
    'solewriter-dashboard',
    'solewriter-emergency',
    'solewriter-policy',
    'solewriter-webhook',
  ],
  '/Secret': ['solewriter-certs', 'solewriter-git', 'solewriter-sinks'],
  '/Service': ['solewriter', 'solewriter-audit', 'solewriter-hooks'],
  '/ServiceAccount': ['solewriter', 'solewriter-controller'],
  'apps/Deployment': ['solewriter-controller'],
  'apps/StatefulSet': ['solewriter'],
  'coordination.k8s.io/Lease': ['solewriter-controller'],
  'monitoring.coreos.com/PodMonitor': ['solewriter'],
  'monitoring.coreos.com/PrometheusRule': ['solewriter'],
  'networking.k8s.io/NetworkPolicy': ['solewriter', 'solewriter-controller'],
  'policy/PodDisruptionBudget': ['solewriter', 'solewriter-controller'],
  'rbac.authorization.k8s.io/Role': [
    'solewriter-console',
    'solewriter-controller',
    'solewriter-emergency',
  ],
  'rbac.authorization.k8s.io/RoleBinding': ['solewriter-controller', 'solewriter-emergency'],
}

/** The controller reads where the API server is. */
const inDefault: Readonly<Record<string, readonly string[]>> = {
  'rbac.authorization.k8s.io/Role': ['solewriter-controller'],
  'rbac.authorization.k8s.io/RoleBinding': ['solewriter-controller'],
}

/**
 * Whether solewriter keeps the object, or is made of it: its records of grants, its reports, and what an
 * installation has, by name. Row 3 guards these once any scope enforces; whoever declares them in Git has
 * them compared like all others.
 */
export function isOwn(live: LiveObject, own: OwnIdentity): boolean {
  const { group, kind, namespace, name } = idOf(live)
  if (group === 'solewriter.dev') return true
  if (reportGroups.includes(group)) return name === reportName
  if (group === '' && kind === 'Namespace') return name === own.namespace
  const names = namesIn(namespace, own)?.[`${group}/${kind}`]
  return names?.includes(name) === true
}

function namesIn(namespace: string, own: OwnIdentity) {
  if (namespace === '') return inCluster
  if (namespace === own.namespace) return inOurNamespace
  return namespace === 'default' ? inDefault : undefined
}
