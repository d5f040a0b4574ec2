import { setTimeout as sleep } from 'node:timers/promises'
import type { ApiClient, KubernetesObject } from './api-client.ts'
import { Failure } from './failure.ts'

// The objects that every cluster of ours starts with.

const rbac = 'rbac.authorization.k8s.io'
const controllersReadyMs = 60_000

const clusterAdmins: KubernetesObject = {
  apiVersion: `${rbac}/v1`,
  kind: 'ClusterRoleBinding',
  metadata: { name: 'local-cluster-admins' },
  roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'cluster-admin' },
  // By name: a certificate of the group sre-oncall that `kubeconfig` makes has no rights of its own.
  subjects: [
    { apiGroup: rbac, kind: 'User', name: 'alice' },
    { apiGroup: rbac, kind: 'User', name: 'bob' },
    { kind: 'ServiceAccount', namespace: 'ci', name: 'deployer' },
  ],
}

export async function createFirstObjects(api: ApiClient): Promise<void> {
  await ensureServiceAccount(api, 'ci', 'deployer')
  await api.ensure(`/apis/${rbac}/v1/clusterrolebindings`, clusterAdmins)
}

export async function ensureServiceAccount(api: ApiClient, namespace: string, name: string) {
  await api.ensure('/api/v1/namespaces', { metadata: { name: namespace } })
  await api.ensure(`/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name } })
}

/** Without the account that the controllers make, no Pod can be created in the namespace. */
export async function waitForControllers(api: ApiClient): Promise<void> {
  const deadline = Date.now() + controllersReadyMs
  while ((await api.read('/api/v1/namespaces/default/serviceaccounts/default')) === undefined) {
    if (Date.now() > deadline) throw new Failure(3, 'the controller-manager does nothing')
    await sleep(100)
  }
}

/** The name of a cluster, as tokens for it are addressed. */
export async function readClusterUid(api: ApiClient): Promise<string> {
  const deadline = Date.now() + controllersReadyMs
  for (;;) {
    const namespace = await api.read('/api/v1/namespaces/kube-system')
    if (namespace?.metadata.uid !== undefined) return namespace.metadata.uid
    if (Date.now() > deadline) throw new Failure(3, 'there is no namespace kube-system')
    await sleep(100)
  }
}
