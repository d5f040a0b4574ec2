import { existsSync, readdirSync, statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { isListening } from './control-socket.ts'
import { Failure } from './failure.ts'
import { clusterDir, clustersDir, hasClustersDir, layoutOf, removeClusterDir } from './layout.ts'
import { processesOf } from './process-table.ts'
import { readState, type ClusterState } from './state.ts'

// The clusters of this user, by their directories.

const startGraceMs = 5_000
const downWithinMs = 60_000

/** All that live; what dead ones left is removed. */
export async function listClusters(): Promise<ClusterState[]> {
  if (!hasClustersDir()) return []
  const found: ClusterState[] = []
  for (const name of readdirSync(clustersDir()).toSorted()) {
    if (await sweep(name)) continue
    const state = readState(clusterDir(name))
    if (state !== undefined) found.push(state)
  }
  return found
}

export async function findCluster(name: string): Promise<ClusterState> {
  const state = (await sweep(name)) ? undefined : readState(clusterDir(name))
  if (state?.phase === 'ready') return state
  throw new Failure(
    1,
    `there is no cluster ${name}${state === undefined ? '' : ' yet: it is starting'}`,
  )
}

/** Ends it and waits until nothing of it is left. */
export async function takeDown(name: string): Promise<void> {
  const dir = clusterDir(name)
  if (!hasClustersDir() || !existsSync(dir)) throw new Failure(1, `there is no cluster ${name}`)
  if (await sweep(name)) return
  const pids = readState(dir)?.pids ?? {}
  if (pids['supervisor'] !== undefined) signal(pids['supervisor'], 'SIGTERM')
  const deadline = Date.now() + downWithinMs
  while (existsSync(dir) || (await ownProcesses(dir, pids)).length > 0) {
    if (Date.now() > deadline) throw new Failure(3, `cluster ${name} does not go down: see ${dir}`)
    await sleep(50)
  }
}

/** Removes what a cluster without a supervisor left behind; says whether there was nothing alive. */
export async function sweep(name: string): Promise<boolean> {
  const dir = clusterDir(name)
  if (!hasClustersDir() || !existsSync(dir)) return true
  if (await isListening(layoutOf(dir).controlSocket)) return false
  const state = readState(dir)
  const isFresh = Date.now() - statSync(dir).mtimeMs < startGraceMs
  if (state?.phase !== 'ready' && isFresh) return false
  for (const pid of await ownProcesses(dir, state?.pids ?? {})) signal(pid, 'SIGKILL')
  removeClusterDir(dir)
  return true
}

/** A pid may belong to somebody else by now: it has to name our directory too. */
async function ownProcesses(dir: string, pids: Readonly<Record<string, number>>) {
  const ours = new Set(Object.values(pids))
  return (await processesOf(dir)).filter((pid) => ours.has(pid))
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name)
  } catch {
    // It is gone already.
  }
}
