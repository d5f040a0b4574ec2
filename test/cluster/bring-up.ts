import path from 'node:path'
import { apiClient, type ApiClient } from './api-client.ts'
import { createFirstObjects, readClusterUid, waitForControllers } from './bootstrap.ts'
import type { Components } from './components.ts'
import { writeConfigFiles } from './config-files.ts'
import { apiServerComponent, controllerManagerComponent, etcdComponent } from './control-plane.ts'
import type { Progress } from './failure.ts'
import { makeKubeconfig, writeUser, type ClusterAccess } from './identities.ts'
import type { Layout } from './layout.ts'
import { makePki, type ClusterPki } from './pki-files.ts'
import { rootsAmong, type Root } from './engine-apis.ts'
import { engines } from './engines.ts'
import { startGit } from './git.ts'
import { enginesIn, type ClusterPlan } from './plan.ts'
import type { GitUrls } from './policy-aliases.ts'
import { filledIn } from './setup-files.ts'
import { holdPort, type HeldPort } from './ports.ts'
import { register, webhookConfiguration } from './registration.ts'
import { applyManifests } from './setup.ts'
import type { ClusterState, WebhookState } from './state.ts'
import { startWebhook } from './webhook-group.ts'

const issuer = 'https://kubernetes.default.svc'

export interface Closing {
  close(): unknown
}

interface BringUpOptions {
  readonly plan: ClusterPlan
  readonly layout: Layout
  readonly components: Components
  readonly progress: Progress
  /** Something of this process that must end before its components do. */
  readonly onClose: (closing: Closing) => void
}

/** What a component group finds when its turn comes. */
export interface BringUp extends BringUpOptions {
  readonly access: ClusterAccess
  readonly api: ApiClient
  readonly pki: ClusterPki
  readonly kubeconfigs: Record<string, string>
  /** NAME -> URL at which engines find the repository. */
  readonly git: GitUrls
  readonly webhookPort: HeldPort
  /** Undefined when nobody sends audit events. */
  readonly auditPort: HeldPort | undefined
}

/** From nothing to a cluster that answers. */
export async function bringUp(options: BringUpOptions): Promise<ClusterState> {
  const { plan, layout } = options
  const cluster = await startControlPlane(options)
  const clusterUid = await readClusterUid(cluster.api)
  await prepareEngines(cluster)
  const roots = await rootsOf(cluster)
  const addresses = await startEngines(cluster)
  const webhook = await startOwn(cluster, roots)
  await cluster.webhookPort.release()
  await registerExternal(cluster)
  const programs = Object.entries({ ...plan.binaries, ...plan.engines })
  const binaries = programs.map(([name, { path: file }]) => [name, file] as const)
  return {
    name: plan.name,
    phase: 'ready',
    ...cluster.access,
    auditLog: layout.auditLog,
    clusterUid,
    kubeconfigs: cluster.kubeconfigs,
    pids: {},
    webhook,
    git: cluster.git,
    engines: addresses,
    binaries: Object.fromEntries(binaries) as ClusterState['binaries'],
  }
}

/** `--setup` finds the definitions of the engines, and they find what it brings. */
async function prepareEngines(cluster: BringUp): Promise<void> {
  const { plan, layout, progress, kubeconfigs, git } = cluster
  const names = enginesIn(plan.with)
  const kubectl = {
    kubectl: plan.binaries.kubectl.path,
    kubeconfig: kubeconfigs['admin'] ?? '',
    layout,
  }
  if (names.length > 0) progress(`installing ${names.join(', ')}`)
  await Promise.all(names.map((name) => engines[name].install(cluster, kubectl)))
  for (const [index, source] of plan.setup.entries()) {
    progress(`applying ${source}`)
    const filled = filledIn(source, git, path.join(layout.config, `setup-${index}`))
    await applyManifests(
      { title: `--setup ${source}`, sources: [filled], fieldManager: 'cluster-setup' },
      kubectl,
    )
  }
}

/** The engine objects with which the cluster starts. */
async function rootsOf({ plan, api }: BringUp): Promise<Root[]> {
  const found = enginesIn(plan.with).map((name) => rootsAmong(api, engines[name].apis))
  return (await Promise.all(found)).flat()
}

async function startEngines(cluster: BringUp): Promise<ClusterState['engines']> {
  const names = enginesIn(cluster.plan.with)
  if (names.length > 0) cluster.progress(`starting ${names.join(', ')}`)
  const started = await Promise.all(names.map((name) => engines[name].start(cluster)))
  return Object.fromEntries(started.flatMap((addresses) => Object.entries(addresses)))
}

async function startOwn(cluster: BringUp, roots: readonly Root[]): Promise<WebhookState | null> {
  if (!cluster.plan.with.includes('webhook')) return null
  cluster.progress('starting webhook')
  return startWebhook(cluster, roots)
}

async function startControlPlane(options: BringUpOptions): Promise<BringUp> {
  const { plan, layout, components, progress } = options
  const held = {
    etcd: await holdPort(),
    etcdPeer: await holdPort(),
    apiServer: await holdPort(),
    controllerManager: await holdPort(),
    webhook: await holdPort(),
    ...(plan.isAuditSent ? { audit: await holdPort() } : {}),
  }
  const ports = {
    etcd: held.etcd.port,
    etcdPeer: held.etcdPeer.port,
    apiServer: held.apiServer.port,
    controllerManager: held.controllerManager.port,
  }
  const server = `https://127.0.0.1:${ports.apiServer}`
  const access = { dir: layout.dir, server, etcd: `http://127.0.0.1:${ports.etcd}`, issuer }
  progress('starting etcd and making keys')
  const settings = { plan, layout, ports, issuer }
  await Promise.all([held.etcd.release(), held.etcdPeer.release()])
  const [pki] = await Promise.all([
    makePki(layout),
    components.start(etcdComponent({ ...settings, ca: '' })),
  ])
  const webhookHost = `127.0.0.1:${held.webhook.port}`
  const { externalWebhook } = plan
  const auditHost = held.audit === undefined ? undefined : `127.0.0.1:${held.audit.port}`
  writeConfigFiles({ layout, pki, server, webhookHost, auditHost, externalWebhook })
  const ca = pki.authority.cert
  progress('starting kube-apiserver')
  await held.apiServer.release()
  await components.start(apiServerComponent({ ...settings, ca }))
  progress('starting kube-controller-manager')
  const api = apiClient(server, ca, pki.admin)
  await held.controllerManager.release()
  await Promise.all([
    components.start(controllerManagerComponent({ ...settings, ca })),
    createFirstObjects(api),
  ])
  await waitForControllers(api)
  const kubeconfigs = await firstKubeconfigs(access, pki)
  const git = await startGit(options)
  const { webhook: webhookPort, audit: auditPort } = held
  return { ...options, access, api, pki, kubeconfigs, git, webhookPort, auditPort }
}

async function firstKubeconfigs(access: ClusterAccess, pki: ClusterPki) {
  const ci = { kind: 'service-account', namespace: 'ci', name: 'deployer' } as const
  return {
    admin: writeUser(access, 'admin', pki.admin),
    alice: writeUser(access, 'alice', pki.alice),
    bob: writeUser(access, 'bob', pki.bob),
    ci: await makeKubeconfig(access, { ...ci, isPodBound: false }),
  }
}

async function registerExternal({ plan, api, progress }: BringUp): Promise<void> {
  if (plan.externalWebhook === null) return
  const { url, caBundle } = plan.externalWebhook
  progress(`registering ${url}`)
  await register(api, webhookConfiguration(caBundle, url))
}
