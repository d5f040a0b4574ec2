import { spawnSync } from 'node:child_process'
import { existsSync, lstatSync, mkdirSync, rmSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import path from 'node:path'
import { Failure } from './failure.ts'

// Everything of one cluster is below one directory: removing it removes the cluster.

const clusterName = /^[a-z0-9](?:[a-z0-9-]{0,28}[a-z0-9])?$/

export function checkedName(name: string): string {
  if (clusterName.test(name)) return name
  throw new Failure(2, `--name ${JSON.stringify(name)}: up to 30 of a-z, 0-9 and inner hyphens`)
}

/** The directory of this user's clusters. */
export function clustersDir(): string {
  return path.join(tmpdir(), `solewriter-${userInfo().uid}-clusters`)
}

/** Predictable and in a shared place: somebody else may have been there first. */
export function hasClustersDir(): boolean {
  const found = lstatSync(clustersDir(), { throwIfNoEntry: false })
  if (found === undefined) return false
  if (found.isDirectory() && found.uid === userInfo().uid) return true
  throw new Failure(3, `${clustersDir()} belongs to somebody else`)
}

export function makeClustersDir(): void {
  if (!hasClustersDir()) mkdirSync(clustersDir(), { recursive: true, mode: 0o700 })
}

export function clusterDir(name: string): string {
  return path.join(clustersDir(), checkedName(name))
}

export interface Layout {
  readonly dir: string
  readonly pki: string
  readonly kubeconfigs: string
  readonly logs: string
  readonly config: string
  readonly etcdData: string
  readonly kubectlCache: string
  readonly records: string
  readonly replicas: string
  /** What engines run from and write to. */
  readonly engines: string
  readonly state: string
  readonly controlSocket: string
  readonly auditLog: string
}

export function layoutOf(dir: string): Layout {
  return {
    dir,
    pki: path.join(dir, 'pki'),
    kubeconfigs: path.join(dir, 'kubeconfigs'),
    logs: path.join(dir, 'logs'),
    config: path.join(dir, 'config'),
    etcdData: path.join(dir, 'etcd'),
    kubectlCache: path.join(dir, 'kubectl-cache'),
    records: path.join(dir, 'records'),
    replicas: path.join(dir, 'replicas'),
    engines: path.join(dir, 'engines'),
    state: path.join(dir, 'state.json'),
    controlSocket: path.join(dir, 'control.sock'),
    auditLog: path.join(dir, 'logs', 'audit.jsonl'),
  }
}

export function makeLayout(layout: Layout): void {
  const { pki, kubeconfigs, logs, config, records, replicas, engines } = layout
  for (const folder of [pki, kubeconfigs, logs, config, records, replicas, engines]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
  }
}

export function removeClusterDir(dir: string): void {
  const { engines } = layoutOf(dir)
  // Argo CD locks its checkouts away from itself.
  if (existsSync(engines)) spawnSync('chmod', ['-R', 'u+rwX', engines], { stdio: 'ignore' })
  rmSync(dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
}
