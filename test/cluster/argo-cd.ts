import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { argoCdNamespace } from './argo-cd-install.ts'
import type { BringUp } from './bring-up.ts'
import { engineComponent, engineKubeconfig, type EngineProcess } from './engine-process.ts'
import { programOf } from './engine-programs.ts'
import { isOk } from './http.ts'
import { freePort, isOpen } from './ports.ts'
import type { EngineAddresses } from './state.ts'

// Argo CD's controller with what it cannot do without, a repository server and a cache; its API
// server and its ApplicationSet controller where they are asked for.

const loopback = '127.0.0.1'

/** What all of its processes share. */
interface Shared {
  readonly redis: number
  readonly repoServer: number
  /** Flags of those that ask the two. */
  readonly flags: readonly string[]
  readonly env: NodeJS.ProcessEnv
}

type ProcessName =
  | 'argocd-repo-server'
  | 'argocd-application-controller'
  | 'argocd-server'
  | 'argocd-applicationset-controller'

export async function startArgoCd(cluster: BringUp): Promise<Record<string, EngineAddresses>> {
  const shared = await shareOf(cluster)
  await startCache(cluster, shared)
  const repoServer = await startRepoServer(cluster, shared)
  const asked = cluster.plan.with
  const started = await Promise.all([
    startController(cluster, shared),
    ...(asked.includes('argocd-server') ? [startServer(cluster, shared)] : []),
    ...(asked.includes('argocd-applicationset-controller') ? [startSets(cluster, shared)] : []),
  ])
  return Object.fromEntries([repoServer, ...started])
}

async function shareOf({ layout }: BringUp): Promise<Shared> {
  const redis = await freePort()
  const repoServer = await freePort()
  // Where the image has its certificates and known hosts: none.
  const settings = path.join(layout.engines, 'argocd-settings')
  for (const folder of ['ssh', 'tls', 'gpg', 'plugins']) {
    mkdirSync(path.join(settings, folder), { recursive: true, mode: 0o700 })
  }
  writeFileSync(path.join(settings, 'ssh', 'ssh_known_hosts'), '')
  return {
    redis,
    repoServer,
    flags: [`--redis=${loopback}:${redis}`, `--namespace=${argoCdNamespace}`],
    env: {
      // Its name for "this cluster" then leads to the server of the kubeconfig.
      ARGOCD_FAKE_IN_CLUSTER: 'true',
      ARGOCD_APP_CONF_PATH: settings,
      ARGOCD_SSH_DATA_PATH: path.join(settings, 'ssh'),
      ARGOCD_TLS_DATA_PATH: path.join(settings, 'tls'),
      ARGOCD_GNUPGHOME: path.join(settings, 'gpg'),
      ARGOCD_PLUGINSOCKFILEPATH: path.join(settings, 'plugins'),
      ARGOCD_GPG_ENABLED: 'false',
      // Two minutes by default; the repository server believes what it saw for as long.
      ARGOCD_RECONCILIATION_TIMEOUT: '10s',
      ARGOCD_RECONCILIATION_JITTER: '0s',
    },
  }
}

async function startCache({ plan, layout, components }: BringUp, { redis }: Shared): Promise<void> {
  const component = engineComponent(layout, {
    name: 'argocd-redis',
    program: programOf(plan.engines, 'miniredis').path,
    args: ['--listen', `${loopback}:${redis}`],
    env: {},
    isReady: () => isOpen(redis),
  })
  await components.start(component)
}

function startRepoServer(cluster: BringUp, shared: Shared) {
  const { layout, plan } = cluster
  const tools = path.join(layout.engines, 'argocd-tools')
  mkdirSync(tools, { mode: 0o700 })
  symlinkSync(plan.renderers.kustomize, path.join(tools, 'kustomize'))
  symlinkSync(plan.renderers.helm, path.join(tools, 'helm'))
  writeFileSync(path.join(tools, 'git-verify-wrapper.sh'), verifier, { mode: 0o700 })
  return start(cluster, 'argocd-repo-server', (metrics) => ({
    args: [
      `--redis=${loopback}:${shared.redis}`,
      `--address=${loopback}`,
      `--port=${shared.repoServer}`,
      `--metrics-address=${loopback}`,
      `--metrics-port=${metrics}`,
    ],
    env: {
      ...shared.env,
      PATH: [tools, process.env['PATH']].join(path.delimiter),
      ARGOCD_ASK_PASS_SOCK: path.join(layout.engines, 'ask-pass.sock'),
    },
    health: `http://${loopback}:${metrics}/healthz`,
  }))
}

/** It is read for what it says, whatever its exit code. */
const verifier = `#!/bin/sh
git verify-commit "$1" 2>&1 || true
`

async function startController(cluster: BringUp, shared: Shared) {
  const name = 'argocd-application-controller'
  const KUBECONFIG = await engineKubeconfig(cluster, argoCdNamespace, name)
  return start(cluster, name, (metrics) => ({
    args: [
      ...shared.flags,
      `--repo-server=${loopback}:${shared.repoServer}`,
      `--metrics-port=${metrics}`,
    ],
    env: { ...shared.env, KUBECONFIG },
    health: `http://${loopback}:${metrics}/healthz`,
  }))
}

async function startServer(cluster: BringUp, shared: Shared) {
  const name = 'argocd-server'
  const KUBECONFIG = await engineKubeconfig(cluster, argoCdNamespace, name)
  const port = await freePort()
  return start(cluster, name, (metrics) => ({
    args: [
      ...shared.flags,
      `--repo-server=${loopback}:${shared.repoServer}`,
      `--address=${loopback}`,
      `--port=${port}`,
      '--insecure',
      `--metrics-address=${loopback}`,
      `--metrics-port=${metrics}`,
    ],
    env: { ...shared.env, KUBECONFIG },
    health: `http://${loopback}:${port}/healthz`,
    url: `http://${loopback}:${port}`,
  }))
}

async function startSets(cluster: BringUp, shared: Shared) {
  const name = 'argocd-applicationset-controller'
  const KUBECONFIG = await engineKubeconfig(cluster, argoCdNamespace, name)
  const [probe, webhook] = [await freePort(), await freePort()]
  return start(cluster, name, (metrics) => ({
    args: [
      `--namespace=${argoCdNamespace}`,
      `--argocd-repo-server=${loopback}:${shared.repoServer}`,
      `--metrics-addr=${loopback}:${metrics}`,
      `--probe-addr=${loopback}:${probe}`,
      `--webhook-addr=${loopback}:${webhook}`,
    ],
    env: { ...shared.env, KUBECONFIG },
    // At the address for probes it knows of none.
    health: `http://${loopback}:${metrics}/metrics`,
  }))
}

interface Described extends Pick<EngineProcess, 'args' | 'env'> {
  readonly health: string
  readonly url?: string
}

async function start(
  { plan, layout, components }: BringUp,
  name: ProcessName,
  describe: (metrics: number) => Described,
): Promise<readonly [ProcessName, EngineAddresses]> {
  const metrics = await freePort()
  const { args, env, health, url } = describe(metrics)
  const program = programOf(plan.engines, 'argocd').path
  const isReady = () => isOk(health)
  await components.start(engineComponent(layout, { name, program, args, env, isReady }))
  return [
    name,
    {
      health,
      metrics: `http://${loopback}:${metrics}/metrics`,
      ...(url === undefined ? {} : { url }),
    },
  ]
}
