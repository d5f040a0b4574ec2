import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { BinaryName, EngineProgramName } from './families.ts'
import { layoutOf } from './layout.ts'

interface Replica {
  /** What the balancer forwards to. */
  readonly url: string
  readonly metrics: string
  readonly ready: string
}

export interface WebhookState {
  readonly url: string
  /** Of the first replica. */
  readonly metrics: string
  readonly records: string
  readonly policy: string
  readonly replicas: readonly Replica[]
  /** Of the account of `serve` and `controller`. */
  readonly kubeconfig: string
  readonly controllerMetrics: string
}

/** Of one process of an engine. */
export interface EngineAddresses {
  readonly health: string
  readonly metrics: string
  /** Of its API, where it has one. */
  readonly url?: string
}

/** What `up` prints. */
export interface ClusterState {
  readonly name: string
  readonly phase: 'starting' | 'ready'
  readonly dir: string
  readonly server: string
  readonly auditLog: string
  readonly clusterUid: string
  readonly kubeconfigs: Readonly<Record<string, string>>
  readonly pids: Readonly<Record<string, number>>
  readonly webhook: WebhookState | null
  /** NAME -> URL at which engines find the repository; empty without one. */
  readonly git: Readonly<Record<string, string>>
  /** By the name in `pids`. */
  readonly engines: Readonly<Record<string, EngineAddresses>>
  /** Paths; `kubectl` is the one that fits this server. What engines run is there if they do. */
  readonly binaries: Readonly<Record<BinaryName, string>> &
    Readonly<Partial<Record<EngineProgramName, string>>>
  readonly etcd: string
  readonly issuer: string
}

export function readState(dir: string): ClusterState | undefined {
  try {
    // Written by our own supervisor into a directory that nobody else may enter.
    return JSON.parse(readFileSync(layoutOf(dir).state, 'utf8')) as ClusterState
  } catch {
    return undefined
  }
}

/** Readers see the old or the new state, never half of one. */
export function writeState(state: ClusterState): void {
  const file = layoutOf(state.dir).state
  writeFileSync(`${file}.tmp`, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 })
  renameSync(`${file}.tmp`, file)
}

export function startingState(name: string, dir: string): ClusterState {
  return {
    name,
    phase: 'starting',
    dir,
    server: '',
    auditLog: layoutOf(dir).auditLog,
    clusterUid: '',
    kubeconfigs: {},
    pids: {},
    webhook: null,
    git: {},
    engines: {},
    binaries: { etcd: '', 'kube-apiserver': '', 'kube-controller-manager': '', kubectl: '' },
    etcd: '',
    issuer: '',
  }
}
