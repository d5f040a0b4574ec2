import { fork, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { ensureBinaries } from './binaries.ts'
import { ask } from './control-socket.ts'
import { sweep, takeDown } from './directory.ts'
import { enginePrograms } from './engine-programs.ts'
import { Failure, type Progress } from './failure.ts'
import { binaryNames, familyOf, type RendererName } from './families.ts'
import { makeKubeconfig, type Identity } from './identities.ts'
import { checkedName, clusterDir, layoutOf } from './layout.ts'
import {
  checkedGroups,
  type ClusterPlan,
  type ComponentGroup,
  type ExternalWebhook,
} from './plan.ts'
import { run, type Outcome } from './run.ts'
import type { ClusterState } from './state.ts'
import type { SupervisorMessage } from './supervisor-message.ts'

const sources = path.join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts')

export interface ClusterOptions {
  readonly name?: string
  readonly setup?: readonly string[]
  readonly with?: readonly ComponentGroup[]
  readonly replicas?: number
  readonly policy?: string
  /** Another script than that of the sources, such as the bundle. */
  readonly cli?: string
  /** NAME -> directory of a Git repository. */
  readonly repositories?: Readonly<Record<string, string>>
  /** More flags of kube-apiserver. */
  readonly apiServerFlags?: readonly string[]
  /** A webhook that the caller runs, registered in place of `serve`. */
  readonly externalWebhook?: ExternalWebhook
  /** The API server sends its audit events to `controller` as well as to its file. */
  readonly isAuditSent?: boolean
  /** False: it goes on when this process ends. */
  readonly isBoundToParent?: boolean
  readonly progress?: Progress
}

export interface Cluster extends ClusterState {
  /** `user` is a name among `kubeconfigs` or the path of a kubeconfig. */
  kubectl(user: string, args: readonly string[], options?: { input?: string }): Promise<Outcome>
  kubeconfig(identity: Identity): Promise<string>
  /** Ends one component of `pids` and waits for that; it stays away until `start`. */
  kill(component: string, signal?: NodeJS.Signals): Promise<void>
  /** Starts again what was killed and waits until it is ready. */
  start(component: string): Promise<void>
  restart(component: string): Promise<void>
  /** Ends everything; nothing is left. Again does no harm. */
  stop(): Promise<void>
  /** Lets go of the supervisor, so that this process can end. */
  release(): void
}

export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const { progress = () => undefined } = options
  const plan = await planOf(options, progress)
  // What a killed cluster of that name left would be in the way.
  await sweep(plan.name)
  const supervisor = fork(path.join(import.meta.dirname, 'supervisor.ts'), [plan.dir], {
    detached: true,
    execArgv: [],
    env: childEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  const state = await readiness(supervisor, plan, progress)
  const release = () => {
    if (supervisor.connected) supervisor.disconnect()
    supervisor.stderr?.destroy()
    supervisor.unref()
  }
  // A bound one is held by the channel, which need not keep this process up.
  supervisor.unref()
  supervisor.channel?.unref()
  return { ...attach(state), release }
}

/** The same operations on a cluster that somebody else started. */
export function attach(state: ClusterState): Omit<Cluster, 'release'> {
  const layout = layoutOf(state.dir)
  const kill = async (component: string, signal: NodeJS.Signals = 'SIGKILL') => {
    await ask(layout.controlSocket, { verb: 'kill', component, signal })
  }
  const start = async (component: string) => {
    await ask(layout.controlSocket, { verb: 'start', component })
  }
  return {
    ...state,
    kill,
    start,
    async restart(component) {
      await kill(component, 'SIGTERM')
      await start(component)
    },
    kubectl(user, args, runOptions = {}) {
      const kubeconfig = state.kubeconfigs[user] ?? user
      const flags = ['--kubeconfig', kubeconfig, '--cache-dir', layout.kubectlCache]
      return run(state.binaries.kubectl, [...flags, ...args], runOptions)
    },
    kubeconfig: (identity) => makeKubeconfig(state, identity),
    async stop() {
      if (existsSync(state.dir)) await takeDown(state.name)
    },
  }
}

const planDefaults = {
  setup: [],
  with: [],
  replicas: 1,
  cli: sources,
  repositories: {},
  apiServerFlags: [],
  externalWebhook: null,
  isAuditSent: false,
  isBoundToParent: true,
} as const

async function planOf(options: ClusterOptions, progress: Progress): Promise<ClusterPlan> {
  const { progress: _progress, policy, ...rest } = options
  const given = { ...planDefaults, ...rest }
  const name = checkedName(options.name ?? `t-${randomBytes(4).toString('hex')}`)
  const directories = Object.entries<string>(given.repositories)
  const groups = checkedGroups(given.with)
  return {
    ...given,
    with: groups,
    name,
    dir: clusterDir(name),
    binaries: await ensureBinaries(binaryNames, progress),
    renderers: await renderersFor(policy, groups, progress),
    engines: await enginePrograms(groups, progress),
    setup: given.setup.map((file) => path.resolve(file)),
    policy: policy === undefined ? null : path.resolve(policy),
    cli: path.resolve(given.cli),
    repositories: Object.fromEntries(directories.map(([key, dir]) => [key, path.resolve(dir)])),
  }
}

async function renderersFor(
  policy: string | undefined,
  groups: readonly ComponentGroup[],
  progress: Progress,
): Promise<ClusterPlan['renderers']> {
  const text = policy === undefined ? '' : readFileSync(policy, 'utf8')
  const pathOf = async (name: RendererName): Promise<string> => {
    const isNamed = new RegExp(`renderer["']?:\\s*["']?${name}\\b`).test(text)
    // Argo CD's repository server calls them too.
    if (isNamed || groups.includes('argo-cd'))
      return (await ensureBinaries([name], progress))[name].path
    return path.join(familyOf(name).cacheDir, name)
  }
  return { kustomize: await pathOf('kustomize'), helm: await pathOf('helm') }
}

/** A test runner tells its children by the environment that they are tests. */
function childEnvironment(): NodeJS.ProcessEnv {
  const { NODE_TEST_CONTEXT: _context, NODE_OPTIONS: _options, ...rest } = process.env
  return rest
}

function readiness(supervisor: ChildProcess, plan: ClusterPlan, progress: Progress) {
  return new Promise<ClusterState>((resolve, reject) => {
    const complaints: Buffer[] = []
    supervisor.stderr?.on('data', (chunk: Buffer) => complaints.push(chunk))
    supervisor.on('message', (message: SupervisorMessage) => {
      if (message.kind === 'progress') progress(message.line)
      else if (message.kind === 'ready') resolve(message.state)
      else reject(new Failure(1, message.error))
    })
    supervisor.once('exit', () => {
      const text = Buffer.concat(complaints).toString('utf8').trim().slice(-2000)
      reject(new Failure(3, `the supervisor ended: ${text}`))
    })
    supervisor.send(plan)
  })
}
