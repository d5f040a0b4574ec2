import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from '../cluster/cluster.ts'

/**
 * Holds all replicas of the webhook while an engine says what it applies and begins to: afterwards its
 * requests and what the watch has to say arrive together, in whatever order.
 */
export async function holdReplicas({ pids }: Cluster, milliseconds: number): Promise<void> {
  const replicas = Object.entries(pids).flatMap(([name, pid]) =>
    name.startsWith('serve-') ? [pid] : [],
  )
  for (const pid of replicas) process.kill(pid, 'SIGSTOP')
  await sleep(milliseconds)
  for (const pid of replicas) process.kill(pid, 'SIGCONT')
}
