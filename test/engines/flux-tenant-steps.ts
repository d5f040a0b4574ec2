import { configMap, documents, kustomization, namespace } from './flux-manifests.ts'
import { isGone, says, type Step } from './flux-step.ts'

const tenant = documents(
  namespace('tenant'),
  'apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: applier, namespace: tenant}',
  `
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: applier, namespace: tenant}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: admin}
subjects: [{kind: ServiceAccount, name: applier, namespace: tenant}]
`,
  kustomization('tenant', { path: './tenant', serviceAccountName: 'applier' }, 'tenant'),
)

/** Whom Flux impersonates. */
export const tenantSteps: readonly Step[] = [
  {
    title: 'a tenant, by an account of its own',
    files: {
      'clusters/prod/tenant.yaml': tenant,
      'tenant/settings.yaml': documents(configMap('settings', { a: '1' }, 'tenant')),
    },
    holds: (flux) => says(flux, 'settings', { a: '1' }, 'tenant'),
  },
  {
    title: 'a change and a removal by a tenant',
    files: {
      'tenant/settings.yaml': null,
      'tenant/other.yaml': documents(configMap('other', { a: '2' }, 'tenant')),
    },
    async holds(flux) {
      await says(flux, 'other', { a: '2' }, 'tenant')
      await isGone(flux, { kind: 'ConfigMap', namespace: 'tenant', name: 'settings' })
    },
  },
]
