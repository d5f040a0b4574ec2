import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ApiClient } from './api-client.ts'
import { balance } from './balancer.ts'
import { ensureServiceAccount } from './bootstrap.ts'
import type { BringUp } from './bring-up.ts'
import type { Root } from './engine-apis.ts'
import { Failure } from './failure.ts'
import { makeKubeconfig } from './identities.ts'
import {
  carrierBinding,
  carrierRole,
  eventBinding,
  eventRole,
  keeperBinding,
  keeperRole,
  leaseBinding,
  leaseRole,
  ownAccount,
  readerBinding,
  readerRole,
} from './reader-role.ts'
import { register, webhookConfiguration } from './registration.ts'
import { applyManifests } from './setup.ts'
import type { WebhookState } from './state.ts'
import {
  controllerComponent,
  policyFile,
  serveReplica,
  type ServeOptions,
  type ServeReplica,
} from './webhook-replicas.ts'

const rbac = '/apis/rbac.authorization.k8s.io/v1'
const ownGroup = '/apis/solewriter.dev/v1alpha1'
const definitions = path.join(import.meta.dirname, '..', '..', 'manifests', 'base', 'crds.yaml')
const servedWithinMs = 30_000

/** `serve` replicas behind one address, then the configuration that sends reviews there. */
export async function startWebhook(
  cluster: BringUp,
  roots: readonly Root[],
): Promise<WebhookState> {
  const { api, plan, layout, access, components, webhookPort } = cluster
  await grantReading(api)
  await installDefinitions(cluster)
  const options: ServeOptions = {
    plan,
    layout,
    access,
    kubeconfig: await makeKubeconfig(access, {
      kind: 'service-account',
      ...ownAccount,
      isPodBound: false,
    }),
    policy: policyFile(cluster, roots),
  }
  const replicas = await makeReplicas(options, webhookPort.port)
  if (replicas.length === 1) await webhookPort.release()
  await Promise.all(replicas.map(({ component }) => components.start(component)))
  if (replicas.length > 1) {
    const backends = replicas.map((replica) => ({ port: replica.port, ready: readyUrl(replica) }))
    cluster.onClose(balance(await webhookPort.takeOver(), backends))
  }
  await cluster.auditPort?.release()
  const auditPort = cluster.auditPort?.port
  const withAudit = auditPort === undefined ? options : { ...options, auditPort }
  const controller = await controllerComponent(withAudit)
  await components.start(controller.component)
  const url = `https://127.0.0.1:${webhookPort.port}/validate`
  await register(api, webhookConfiguration(cluster.pki.webhookAuthority.cert, url))
  return {
    ...describe(url, options, replicas),
    kubeconfig: options.kubeconfig,
    controllerMetrics: controller.metrics,
  }
}

/** One replica stands on the address itself: nothing in between adds to what is measured. */
function makeReplicas(options: ServeOptions, webhookPort: number): Promise<ServeReplica[]> {
  const { replicas } = options.plan
  const indexes = Array.from({ length: replicas }, (_, index) => index)
  const fixedPort = replicas === 1 ? webhookPort : 0
  return Promise.all(indexes.map((index) => serveReplica(options, index, fixedPort)))
}

function describe(url: string, options: ServeOptions, replicas: ServeReplica[]) {
  const described = replicas.map((replica) => ({
    url: `https://127.0.0.1:${replica.port}/validate`,
    metrics: `http://127.0.0.1:${replica.healthPort}/metrics`,
    ready: readyUrl(replica),
  }))
  const { records } = options.layout
  const metrics = described[0]?.metrics ?? ''
  return { url, metrics, records, policy: options.policy, replicas: described }
}

function readyUrl({ healthPort }: ServeReplica): string {
  return `http://127.0.0.1:${healthPort}/readyz`
}

/** As they are shipped; a token that is activated has to find them served. */
async function installDefinitions({ plan, layout, kubeconfigs, api }: BringUp): Promise<void> {
  const kubectl = {
    kubectl: plan.binaries.kubectl.path,
    kubeconfig: kubeconfigs['admin'] ?? '',
    layout,
  }
  const manifests = { title: definitions, sources: [definitions], fieldManager: 'cluster-setup' }
  await applyManifests(manifests, kubectl)
  const deadline = Date.now() + servedWithinMs
  for (const resource of ['breakglassgrants', 'breakglassapprovals', 'postmortems']) {
    while ((await api.send('GET', `${ownGroup}/${resource}`)).status !== 200) {
      if (Date.now() > deadline) throw new Failure(3, `${resource} are not served`)
      await sleep(50)
    }
  }
}

async function grantReading(api: ApiClient): Promise<void> {
  const { namespace, name } = ownAccount
  await ensureServiceAccount(api, namespace, name)
  await api.ensure(`${rbac}/clusterroles`, readerRole)
  await api.ensure(`${rbac}/clusterrolebindings`, readerBinding)
  await api.ensure(`${rbac}/clusterroles`, keeperRole)
  await api.ensure(`${rbac}/clusterrolebindings`, keeperBinding)
  await api.ensure(`${rbac}/clusterroles`, carrierRole)
  await api.ensure(`${rbac}/clusterrolebindings`, carrierBinding)
  await api.ensure(`${rbac}/namespaces/default/roles`, eventRole)
  await api.ensure(`${rbac}/namespaces/default/rolebindings`, eventBinding)
  await api.ensure(`${rbac}/namespaces/${namespace}/roles`, leaseRole)
  await api.ensure(`${rbac}/namespaces/${namespace}/rolebindings`, leaseBinding)
}
